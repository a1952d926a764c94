"""The clock on the board: minutes added, extra time, the code given, the tests past their end."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import ceil

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from certif.accounts.views.scope import form_page
from certif.audit.operations import operation_of
from certif.lib.forms import submit
from certif.lib.numbers import number_in, numbers_in
from certif.lib.refusals import InvalidInput, Refusal, status_of
from certif.lib.typography import de
from exam import actions as exam_actions
from exam.actions.granting import candidates_to_grant, newest_grant, why_left_out
from exam.actions.resuming import authorisation_mark, pending_demand_of
from exam.clock import allotted, extra_minutes
from invigilation import actions
from invigilation.clock import code_given as given_at
from invigilation.clock import room_end
from invigilation.models import IncidentCode
from invigilation.problems import left_waiting
from invigilation.rows import epoch_ms, hour, lost_minutes, minutes, reached
from invigilation.time_forms import (
    CodeGivenForm,
    ExtraTimeForm,
    MinutesForm,
    ResumeForm,
    RoomMinutesForm,
)
from invigilation.views.scope import enrolled, told, told_of, watched_session
from invigilation.vocabulary import dictionary
from sessions.actions import ToConfirm
from sessions.models import TEST_DURATION

NAMED = 3


@dataclass
class Sent:
    """What became of a form: what the action returned, or what to ask again."""

    done: object = None
    asked: ToConfirm | None = None
    status: int = 200


def _send(request, form, action):
    """Raises Refusal, but for what is said in the form itself."""
    if request.method != "POST":
        return Sent()
    try:
        done = submit(form, action)
    except ToConfirm as asked:
        return Sent(asked=asked, status=status_of(asked))
    return Sent(done=done, status=200 if done is not None else 422)


def _asking(request, action):
    """The action with who does it, what he confirmed and the operation of his form."""
    return partial(
        action,
        by=request.user,
        confirmed=request.POST.get("confirmed", ""),
        operation=operation_of(request),
    )


@form_page
def add_time(request, session_id, candidate_id):
    session = watched_session(request, session_id)
    candidate = enrolled(session, candidate_id)
    data = request.POST if request.method == "POST" else None
    form = MinutesForm(data, initial={"last_grant": newest_grant(session)})
    action = _asking(request, partial(exam_actions.grant_minutes, session, [candidate.pk]))
    try:
        sent = _send(request, form, action)
    except Refusal as refusal:
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    if sent.done:
        return told(request, candidate, _granted_sentence(sent.done, session))
    context = {
        "form": form,
        "asked": sent.asked,
        **_end_of(session, candidate),
        "grants": _grants(candidate),
    }
    return _dialog(request, "invigilation/add_time.html", session, context, sent.status)


@form_page
def add_time_room(request, session_id):
    """« Ajouter du temps à plusieurs »: who gets it, who does not and why, before and after."""
    session = watched_session(request, session_id)
    listed = [(each, why_left_out(each)) for each in candidates_to_grant(session)]
    data = request.POST if request.method == "POST" else None
    form = RoomMinutesForm(
        data,
        candidates=[each for each, _why in listed],
        initial={"last_grant": newest_grant(session)},
    )
    action = _asking(request, partial(_grant_ticked, session))
    try:
        sent = _send(request, form, action)
    except Refusal as refusal:
        return told_of(request, session_id, [], refusal.sentence, status_of(refusal))
    if sent.done:
        chosen = [attempt.candidate_id for attempt in sent.done.attempts]
        return told_of(request, session_id, chosen, _granted_sentence(sent.done, session))
    end = room_end(session, timezone.now())
    context = {
        "room_end": hour(end, session.zone) if end else "",
        "form": form,
        "asked": sent.asked,
        "fits": [_fit(form, session, each) for each, why in listed if not why],
        "left_out": [{"candidate": each, "why": why} for each, why in listed if why],
    }
    return _dialog(request, "invigilation/add_time_room.html", session, context, sent.status)


def _grant_ticked(session, *, candidates, **granted):
    return exam_actions.grant_minutes(session, candidates, **granted)


def _fit(form, session, candidate):
    return {
        **_end_of(session, candidate),
        "is_ticked": str(candidate.pk) in map(str, form["candidates"].value() or []),
    }


def _granted_sentence(granted, session):
    count = len(granted.attempts)
    if count == 1:
        (attempt,) = granted.attempts
        facts = {"n": granted.minutes, "name": attempt.candidate}
        sentence = _("+\u00a0%(n)s\u00a0min pour %(name)s") % facts
        if attempt.is_running:
            sentence += _("\u00a0: fin à %(end)s") % {"end": hour(attempt.deadline, session.zone)}
    else:
        sentence = _("+\u00a0%(n)s\u00a0min pour %(count)s candidats") % {
            "n": granted.minutes,
            "count": count,
        }
        if end := room_end(session, timezone.now()):
            sentence += _("\u00a0; la fin de salle annoncée reste %(end)s, chacun a la sienne") % {
                "end": hour(end, session.zone)
            }
    return f"{sentence}.{_left_out_sentence(granted.left_out)}"


def _left_out_sentence(left_out):
    if not left_out:
        return ""
    named = ", ".join(f"{candidate} ({why})" for candidate, why in left_out[:NAMED])
    more = len(left_out) - NAMED
    if more > 0:
        named += " " + ngettext("et %(n)s autre", "et %(n)s autres", more) % {"n": more}
    return " " + _("Sans changement\u00a0: %(names)s.") % {"names": named}


@form_page
def extra_time(request, session_id, candidate_id):
    session = watched_session(request, session_id)
    candidate = enrolled(session, candidate_id)
    data = request.POST if request.method == "POST" else None
    form = ExtraTimeForm(data, initial={"percent": candidate.extra_time_percent or ""})
    action = _asking(request, partial(actions.set_extra_time, candidate))
    try:
        sent = _send(request, form, action)
    except Refusal as refusal:
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    if sent.done:
        return told(request, sent.done, _extra_time_sentence(sent.done))
    context = {
        "form": form,
        "asked": sent.asked,
        "is_reported": IncidentCode.objects.of_extra_time(session.date) is not None,
        "one_percent_ms": TEST_DURATION // timedelta(milliseconds=100),
        **_end_of(session, candidate),
    }
    return _dialog(request, "invigilation/extra_time.html", session, context, sent.status)


def _extra_time_sentence(candidate):
    percent = candidate.extra_time_percent
    if not percent:
        return _("%(name)s n’a pas de temps majoré.") % {"name": candidate}
    return _(
        "Temps majoré %(of_name)s\u00a0: %(percent)s\u00a0%%, +\u00a0%(minutes)s\u00a0min."
    ) % {
        "of_name": de(candidate),
        "percent": percent,
        "minutes": extra_minutes(percent),
    }


@form_page
def resume_authorise(request, session_id, candidate_id):
    """« Autoriser », and the time of the cut with it when there is one to give back."""
    session = watched_session(request, session_id)
    candidate = enrolled(session, candidate_id)
    data = request.POST if request.method == "POST" else None
    measured = _measured_gap(candidate)
    # The list may have proposed them some minutes ago: he has waited since.
    asked_for = number_in(request.GET, "minutes")
    initial = (measured["proposed"] or asked_for) if asked_for else ""
    form = ResumeForm(data, initial={"minutes": initial})
    shown = _shown(request, candidate)
    action = _asking(request, partial(_authorise, candidate, **shown))
    try:
        sent = _send(request, form, action)
    except Refusal as refusal:
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    if request.method == "POST" and sent.status == 200:
        return told(request, candidate, _authorised_sentence(candidate, sent.done))
    context = {
        "form": form,
        "asked": sent.asked,
        **shown,
        **_end_of(session, candidate),
        **measured,
    }
    return _dialog(request, "invigilation/resume.html", session, context, sent.status)


def _shown(request, candidate):
    """What the answer is about: the request on screen, or none and the authorisation before."""
    if request.method == "POST":
        return {name: number_in(request.POST, name) for name in ("demand", "known")}
    attempt = getattr(candidate, "attempt", None)
    pending = pending_demand_of(candidate)
    return {
        "demand": pending.pk if pending else "",
        "known": authorisation_mark(attempt) if attempt else 0,
    }


def _authorise(candidate, *, minutes, confirmed, **answer):
    """How many minutes were added."""
    if minutes is None:
        actions.authorise_resume(candidate, **answer)
        return 0
    actions.authorise_resume_adding(candidate, minutes=minutes, confirmed=confirmed, **answer)
    return minutes


def _authorised_sentence(candidate, added):
    sentence = _("La reprise du test %(of_name)s est autorisée") % {"of_name": de(candidate)}
    if added:
        sentence += ", " + _("+\u00a0%(n)s\u00a0min") % {"n": added}
    return sentence + "."


def _measured_gap(candidate):
    pending = pending_demand_of(candidate)
    if not pending:
        return {"lost": None, "proposed": 0}
    silence = timedelta(seconds=pending.gap_seconds)
    lost = lost_minutes(silence, timezone.now() - pending.asked_at)
    return {"lost": lost, "proposed": lost.proposed}


@form_page
def code_given(request, session_id):
    """« Code donné »: one tap the first time, then only corrected, by its hour."""
    session = watched_session(request, session_id)
    now = timezone.now()
    given = given_at(session, now)
    if request.method == "POST" and "at" not in request.POST:
        return _give_code(request, session)
    before = (given or now).astimezone(session.zone)
    data = request.POST if request.method == "POST" else None
    form = CodeGivenForm(data, session=session, now=now, initial={"at": before.time()})
    action = partial(
        actions.note_code_given, session, by=request.user, operation=operation_of(request)
    )
    try:
        sent = _send(request, form, action)
    except Refusal as refusal:
        return _told_of_code(request, session, refusal.sentence, status_of(refusal))
    if sent.done:
        return _told_of_code(request, sent.done, _code_sentence(sent.done))
    context = {"form": form, "is_given": given is not None}
    return _dialog(request, "invigilation/code_given.html", session, context, sent.status)


def _give_code(request, session):
    try:
        session = actions.note_code_given(session, by=request.user, operation=operation_of(request))
    except Refusal as refusal:
        return _told_of_code(request, session, refusal.sentence, status_of(refusal))
    return _told_of_code(request, session, _code_sentence(session))


def _code_sentence(session):
    return _("Code donné à %(at)s\u00a0: fin de salle à %(end)s.") % {
        "at": hour(session.code_given_at, session.zone),
        "end": hour(room_end(session, timezone.now()), session.zone),
    }


def _told_of_code(request, session, sentence, status=200):
    """On the board, its head; on the large screen and without JavaScript, the page of the code."""
    if request.htmx or status != 200:
        return told_of(request, session.pk, [], sentence, status)
    return redirect(f"{reverse('invigilation:code', args=[session.pk])}#given")


@form_page
def end_overdue(request, session_id):
    """« Terminer les n tests au temps dépassé »: listed by name, then ended if they still are."""
    session = watched_session(request, session_id)
    if request.method != "POST":
        return _list_overdue(request, session)
    chosen = numbers_in(request.POST, "candidates")
    try:
        ended = actions.end_overdue_tests(
            session, chosen, by=request.user, operation=operation_of(request)
        )
    except InvalidInput as refusal:
        return _list_overdue(request, session, fault=refusal.sentence, status=422)
    except Refusal as refusal:
        return told_of(request, session_id, [], refusal.sentence, status_of(refusal))
    changed = [attempt.candidate_id for attempt in ended.attempts]
    return told_of(request, session_id, changed, _ended_sentence(ended))


def _list_overdue(request, session, *, fault="", status=200):
    now = timezone.now()
    words, _situations = dictionary(get_language())
    tests = exam_actions.overdue_tests(session, at=now)
    waiting = left_waiting([test.candidate for test in tests])
    listed = [
        {
            "candidate": attempt.candidate,
            "warnings": waiting[attempt.candidate_id],
            "question": reached(words, attempt),
            "end": hour(attempt.deadline, session.zone),
            "overrun": minutes((now - attempt.deadline) // timedelta(minutes=1)),
        }
        for attempt in tests
    ]
    context = {"listed": listed, "fault": fault}
    return _dialog(request, "invigilation/end_overdue.html", session, context, status)


def _ended_sentence(ended):
    count = len(ended.attempts)
    if count == 0:
        sentence = _("Aucun test n’a été terminé.")
    elif count == 1:
        sentence = _("Le test %(of_name)s est terminé.") % {
            "of_name": de(ended.attempts[0].candidate)
        }
    else:
        sentence = _("%(n)s tests sont terminés.") % {"n": count}
    return sentence + _left_out_sentence(ended.left_out)


def _end_of(session, candidate):
    """The personal end as it is now, and what it is made of."""
    attempt = getattr(candidate, "attempt", None)
    percent = candidate.extra_time_percent
    granted = attempt.granted_minutes if attempt else 0
    is_running = bool(attempt and attempt.is_running)
    lasts = allotted(percent, granted)
    return {
        "candidate": candidate,
        "end": hour(attempt.deadline, session.zone) if is_running else "",
        "lasts": minutes(ceil(lasts / timedelta(minutes=1))),
        "lasts_ms": lasts // timedelta(milliseconds=1),
        "end_ms": epoch_ms(attempt.deadline) if is_running else "",
        "percent": percent,
        "extra_minutes": extra_minutes(percent),
        "granted": granted,
    }


def _grants(candidate):
    attempt = getattr(candidate, "attempt", None)
    return attempt.grants.select_related("granted_by") if attempt else []


def _dialog(request, template, session, context, status):
    context |= {"session": session, "back_url": reverse("invigilation:board", args=[session.pk])}
    return render(request, template, context, status=status)
