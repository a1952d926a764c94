from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.context_processors import csrf
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from certif.accounts.logins import leave_the_sitting
from certif.accounts.views.scope import form_page
from certif.audit.operations import done_already, operation_of
from certif.lib.numbers import number_in
from certif.lib.refusals import Refusal, status_of, with_delay
from exam.actions import note_silences
from invigilation.actions import note_seen
from invigilation.board import VERSION, current, live_answer, read
from invigilation.fast_path import SILENCES_EVERY, give_pass
from invigilation.forms import JoinForm
from invigilation.rows import epoch_ms
from invigilation.spelling import spelled
from invigilation.views.scope import board_page, watched_session
from invigilation.watching import SEEN, watchers_markup
from sessions.actions import join_as_invigilator, leave_invigilation
from sessions.enums import SessionState
from sessions.models import ExamSession

SHOWN_SESSIONS = 10


@form_page
def join(request):
    data = request.POST if request.method == "POST" else None
    form = JoinForm(data, initial={"number": number_in(request.GET, "session") or ""})
    status, refusal = 422 if data is not None else 200, None
    if request.method == "POST" and form.is_valid():
        try:
            session = join_as_invigilator(**form.cleaned_data, by=request.user)
        except Refusal as error:
            refusal, status = error, status_of(error)
            form.add_error(None, error.sentence)
        else:
            return redirect("invigilation:board", session.pk)
    return with_delay(_join_page(request, form, status=status), refusal)


def _join_page(request, form, *, status, closed=None):
    """`closed`: the number of a session that this account does not watch, or that does not exist."""
    watched = rooms_of(request.user)[:SHOWN_SESSIONS]
    context = {"form": form, "watched": watched, "closed": closed}
    return render(request, "invigilation/join.html", context, status=status)


def rooms_of(user):
    return ExamSession.objects.for_invigilator(user).filter(state=SessionState.CREATED)


def or_the_door(view):
    """For a page of the room: back after « Quitter », or an address kept from another day, nobody sits there."""

    @wraps(view)
    def shown(request, session_id):
        try:
            return view(request, session_id)
        except Http404:
            _leave_if_no_room(request)
            form = JoinForm(initial={"number": session_id})
            return _join_page(request, form, status=404, closed=session_id)

    return shown


@require_safe
@gzip_page
@or_the_door
def board(request, session_id):
    session = watched_session(request, session_id)
    note_silences(session)
    note_seen(session_id, request.user.pk)
    page = board_page(request, watched_session(request, session_id))
    return give_pass(page, request, session_id)


@require_safe
def board_live(request, session_id):
    """Polled with `v`, the version held, `n`, the count of polls, `r`, `a` and `s`, the regions held.

    Once a minute with `seen`: the list is on screen.
    """
    if SEEN in request.GET:
        note_seen(session_id, request.user.pk)
    version = number_in(request.GET, "v") or 0
    polls = number_in(request.GET, "n") or 0
    looks_for_silence = polls % SILENCES_EVERY == SILENCES_EVERY - 1
    held = current(session_id, request.user.pk, version)
    if not looks_for_silence and held.exists():
        return _nothing_new(request, session_id)
    try:
        session = watched_session(request, session_id)
    except Http404:
        return _access_over(request, session_id)
    if looks_for_silence:
        note_silences(session)
        if held.all().exists():
            return _nothing_new(request, session_id)
        session = watched_session(request, session_id)
    answer = live_answer(
        session,
        request.user.pk,
        version=version,
        roster=request.GET.get("r"),
        asks_held=(request.GET.get("a"), request.GET.get("s")),
        csrf_token=csrf(request)["csrf_token"],
        is_seen=SEEN in request.GET,
    )
    if settings.CSRF_COOKIE_NAME in request.COOKIES:
        # Renewed by a poll that was on its way, the cookie of before a login would stand again after it.
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
    headers = {VERSION: session.version}
    return give_pass(HttpResponse(answer, headers=headers), request, session_id)


def _nothing_new(request, session_id):
    answer = HttpResponse(status=204)
    if SEEN in request.GET:
        answer = HttpResponse(watchers_markup(session_id, request.user.pk))
    return give_pass(answer, request, session_id)


def _access_over(request, session_id):
    messages.warning(
        request,
        _(
            "Votre accès à la session %(number)s est terminé. Rien ne change pour les candidats ; pour revenir, "
            "demandez le mot de passe actuel de la session."
        )
        % {"number": session_id},
    )
    response = HttpResponseClientRedirect(f"{reverse('invigilation:join')}?session={session_id}")
    response.status_code = 404
    return response


@require_safe
@or_the_door
def code(request, session_id):
    session = watched_session(request, session_id)
    if not session.is_open:
        return redirect("invigilation:board", session.pk)
    context = _large_screen(session)
    page = render(request, "invigilation/code.html", context)
    return give_pass(page, request, session_id)


@require_safe
def code_asks(request, session_id):
    """Polled by the screen that a whole room reads, with `v`, the version held, `k`, the demands, and `g`,
    when the code was given: how many wait for an answer, never whose; the code, that the centre may have
    renewed; and the end of the room, once another tablet said that it was given."""
    if current(session_id, request.user.pk, number_in(request.GET, "v") or 0).exists():
        return _nothing_new(request, session_id)
    try:
        session = watched_session(request, session_id)
    except Http404:
        return _access_over(request, session_id)
    if not session.is_open:
        return HttpResponseClientRedirect(reverse("invigilation:board", args=[session_id]))
    context = {**_large_screen(session), "oob": True}
    context["is_news"] = request.GET.get("k") != context["asks_key"]
    context["is_given_anew"] = request.GET.get("g") != context["given_key"]
    answer = render(request, "invigilation/_code_asks.html", context)
    return give_pass(answer, request, session_id)


def _large_screen(session):
    context = read(session, only=())
    given = context["code_given_at"]
    return context | {
        "spelled": spelled(session.access_code),
        "given_key": str(epoch_ms(given)) if given else "",
    }


@form_page
def leave(request, session_id):
    if done_already(request, "invigilator.left"):
        return _left(request, get_object_or_404(ExamSession, pk=session_id))
    session = watched_session(request, session_id)
    if request.method != "POST":
        return render(request, "invigilation/leave.html", {"session": session})
    leave_invigilation(session, by=request.user, operation=operation_of(request))
    _leave_if_no_room(request)
    return _left(request, session)


def _leave_if_no_room(request):
    if not rooms_of(request.user).exists():
        leave_the_sitting(request.session)


def _left(request, session):
    left = _("Vous avez quitté la session %(number)s.") % {"number": session.pk}
    if session.is_open:
        left += " " + _("Rien ne change pour les candidats.")
    messages.success(request, left)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("invigilation:join"))
    return redirect("invigilation:join")
