from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from django.core.exceptions import BadRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget

from certif.accounts.views.scope import form_page
from certif.audit.operations import operation_of
from certif.lib.numbers import number_in
from certif.lib.refusals import Refusal, status_of
from certif.lib.typography import de, named
from exam.actions.refusals import AlreadyAnswered
from exam.actions.resuming import pending_demand_of
from invigilation import actions
from invigilation.problems import left_waiting
from invigilation.rows import reached, time_left
from invigilation.views.centre import refused_to_member, told_to_member
from invigilation.views.scope import (
    enrolled,
    seen_ago,
    told,
    told_row,
    watched_candidate,
    watched_session,
)
from invigilation.vocabulary import dictionary
from sessions.models import ExamSession

SET = {"1": True, "0": False}
SEEN = gettext_lazy("L’écran de fin du test %(of_name)s est noté vu.")
UNSEEN = gettext_lazy("L’écran de fin du test %(of_name)s est noté non vu.")


class Undo(NamedTuple):
    """« Annuler » beside what is said: the form that takes it back, and where the focus goes."""

    url: str
    field: str
    value: int
    focus: str


@require_POST
def presence(request, session_id, candidate_id):
    candidate = watched_candidate(request, session_id, candidate_id)
    present = SET.get(request.POST.get("present"))
    if present is None:
        raise BadRequest
    return _set_presence(request, candidate, present)


@require_POST
def confirm_day(request, session_id):
    """« Continuer » on a session of another day: the tick that asked for it."""
    watched_session(request, session_id)
    candidate_id = number_in(request.POST, "candidate")
    if not candidate_id:
        raise BadRequest
    candidate = watched_candidate(request, session_id, candidate_id)
    return _set_presence(request, candidate, present=True, other_day=True)


def _set_presence(request, candidate, present, *, other_day=False):
    watched = candidate
    try:
        candidate = actions.set_presence(
            candidate,
            present=present,
            by=request.user,
            operation=operation_of(request),
            other_day=other_day,
        )
    except actions.OtherDay:
        return _ask_other_day(request, candidate)
    except Refusal as refusal:
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    undo = None if candidate.has_started else _undo_presence(candidate)
    is_plain = candidate is watched and not candidate.has_started
    answer = told_row if is_plain else told
    return answer(request, candidate, _presence_sentence(candidate), undo=undo)


def _presence_sentence(candidate):
    if candidate.is_present:
        return _("La présence %(of_name)s est notée.") % {"of_name": de(candidate)}
    return _("La présence %(of_name)s est retirée.") % {"of_name": de(candidate)}


def _undo_presence(candidate):
    url = reverse("invigilation:presence", args=[candidate.session_id, candidate.pk])
    return Undo(url, "present", int(not candidate.is_present), f"tick-{candidate.pk}")


@require_POST
def end_screen(request, session_id, candidate_id):
    """One touch at the left of the row, taken back as a presence is."""
    candidate = enrolled(watched_session(request, session_id), candidate_id)
    seen = SET.get(request.POST.get("seen"))
    if seen is None:
        raise BadRequest
    try:
        attempt = actions.note_end_screen(
            candidate, seen=seen, by=request.user, operation=operation_of(request)
        )
    except Refusal as refusal:
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    is_seen = attempt.end_screen_seen_at is not None
    sentence = SEEN if is_seen else UNSEEN
    url = reverse("invigilation:end_screen", args=[session_id, candidate_id])
    undo = Undo(url, "seen", int(not is_seen), f"seen-{candidate_id}")
    return told(request, candidate, sentence % named(candidate), undo=undo)


def _ask_other_day(request, candidate):
    context = {"session": candidate.session, "candidate": candidate}
    response = render(request, "invigilation/other_day.html", context, status=409)
    return reswap(retarget(response, "#dialog"), "innerHTML") if request.htmx else response


def _reached(candidate):
    """« q. 6/48, reste 42 min », as the list says it of a running test."""
    attempt = getattr(candidate, "attempt", None)
    if attempt is None or not attempt.is_running:
        return ""
    words, _situations = dictionary(get_language())
    left = time_left(words, attempt.deadline, timezone.now())
    return f"{reached(words, attempt)}, {left}"


@dataclass(frozen=True)
class Move:
    """A move of the menu: what its confirmation asks, what it does, what it then says."""

    title: str
    question: str
    consequence: str
    button: str
    done: str
    action: callable
    is_danger: bool = False
    warns: callable = lambda candidate: []
    tells: callable = lambda candidate: ""


REFUSE = Move(
    title=gettext_lazy("Refuser la reprise du test"),
    question=gettext_lazy("Refuser à %(name)s de reprendre son test ?"),
    consequence=gettext_lazy("Son test reste en cours ; le candidat pourra redemander."),
    button=gettext_lazy("Refuser la reprise"),
    done=gettext_lazy("La reprise du test %(of_name)s est refusée."),
    action=actions.refuse_resume,
)
CANCEL = Move(
    title=gettext_lazy("Annuler la reprise autorisée"),
    question=gettext_lazy("Retirer à %(name)s l’autorisation de reprendre son test ?"),
    consequence=gettext_lazy("Son test reste en cours ; le candidat pourra redemander."),
    button=gettext_lazy("Annuler l’autorisation"),
    done=gettext_lazy("L’autorisation de reprise %(of_name)s est annulée."),
    action=actions.cancel_resume,
)
END = Move(
    title=gettext_lazy("Terminer le test"),
    question=gettext_lazy("Terminer le test %(of_name)s ?"),
    consequence=gettext_lazy(
        "Ses réponses sont gardées. Vous ne pourrez pas rouvrir ce test : seul un administrateur "
        "du centre le peut, jusqu’à la finalisation."
    ),
    button=gettext_lazy("Terminer le test"),
    done=gettext_lazy("Le test %(of_name)s est terminé."),
    action=actions.end_test,
    is_danger=True,
    warns=lambda candidate: left_waiting([candidate])[candidate.pk],
    tells=_reached,
)
UNLINK = Move(
    title=gettext_lazy("Délier le compte"),
    question=gettext_lazy("Délier le compte rattaché à %(name)s ?"),
    consequence=gettext_lazy(
        "Sa présence sera retirée. Le candidat pourra rejoindre la session avec son propre compte."
    ),
    button=gettext_lazy("Délier le compte"),
    done=gettext_lazy("Le compte rattaché à %(name)s est délié."),
    action=actions.unlink_account,
    is_danger=True,
)


def _confirm(request, candidate, move, back_url, **fields):
    context = {
        "session": candidate.session,
        "move": move,
        "question": move.question % named(candidate),
        "born": candidate.born,
        "reached": move.tells(candidate),
        "seen_ago": seen_ago(candidate),
        "warnings": move.warns(candidate),
        "fields": fields,
        "back_url": back_url,
    }
    return render(request, "invigilation/confirm.html", context)


def _move(request, session_id, candidate_id, move, **fields):
    """GET asks, by name; POST does it and says so."""
    candidate = enrolled(watched_session(request, session_id), candidate_id)
    if request.method != "POST":
        back_url = reverse("invigilation:board", args=[session_id])
        return _confirm(request, candidate, move, back_url, **fields)
    try:
        move.action(candidate, by=request.user, operation=operation_of(request))
    except Refusal as refusal:
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    return told(request, candidate, move.done % named(candidate))


@form_page
def resume_refuse(request, session_id, candidate_id):
    """The very request that was shown, as a problem is answered."""
    if request.method == "POST":
        demand = number_in(request.POST, "demand")
        move = replace(REFUSE, action=partial(REFUSE.action, demand=demand))
        return _move(request, session_id, candidate_id, move)
    candidate = enrolled(watched_session(request, session_id), candidate_id)
    pending = pending_demand_of(candidate)
    if pending is None:
        refusal = AlreadyAnswered()
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    return _move(request, session_id, candidate_id, REFUSE, demand=pending.pk)


@form_page
def resume_cancel(request, session_id, candidate_id):
    return _move(request, session_id, candidate_id, CANCEL)


@form_page
def end_test(request, session_id, candidate_id):
    return _move(request, session_id, candidate_id, END)


@form_page
def unlink(request, session_id, candidate_id):
    """By who watches the session or who belongs to its centre."""
    watched = ExamSession.objects.for_invigilator(request.user).filter(pk=session_id)
    if watched.exists():
        return _move(request, session_id, candidate_id, UNLINK)
    session = get_object_or_404(ExamSession.objects.for_member(request.user), pk=session_id)
    candidate = enrolled(session, candidate_id)
    back_url = reverse("sessions:candidate_list", args=[session_id])
    if request.method != "POST":
        return _confirm(request, candidate, UNLINK, back_url)
    try:
        UNLINK.action(candidate, by=request.user, operation=operation_of(request))
    except Refusal as refusal:
        return refused_to_member(request, session_id, refusal)
    return told_to_member(request, session_id, UNLINK.done % named(candidate))
