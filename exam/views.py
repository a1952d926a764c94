from pathlib import PurePath

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from certif.audit.operations import operation_of
from certif.lib.compiled import Instances
from certif.lib.files import sent
from certif.lib.numbers import number_in
from certif.lib.refusals import InvalidInput, Refusal, status_of, with_delay
from exam import actions, addresses, bank, bank_copies, bank_files, seat
from exam.actions.refusals import OtherQuestion, QuestionReplaced
from exam.durations import hours_and_minutes, in_a_sentence, minutes_and_seconds
from exam.entry import Entry, asked_at, entry_of
from exam.enums import AttemptState
from exam.fast_path import give_pass, headers_of_beat
from exam.forms import AccessCodeForm, AnswerForm, JoinForm
from exam.models import Attempt, Question, QuestionProblem
from sessions.actions import OtherDay, SessionClosed, link_candidate
from sessions.enums import SessionState
from sessions.models import Candidate, identity_key
from sessions.queries import account_name_differs

FILES = {"image": "image", "fichier": "attachment"}
OVER = [state for state in AttemptState if state.is_over]


# --- Before the test ------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def join(request):
    """« Passer ma certification »: which row of which candidate list is this person?"""
    if request.method != "POST":
        return _join_page(request, JoinForm())
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _join_page(request, form, status=422)
    identity = {**form.cleaned_data}
    finished = _same_person(_candidacies(request.user), **identity).filter(attempt__state__in=OVER)
    if finished:
        return redirect("exam:test", finished[0].pk)
    try:
        candidate = link_candidate(identity.pop("session_number"), **identity, by=request.user)
    except Refusal as refusal:
        if isinstance(refusal, InvalidInput):
            form.refuse(refusal)
        return _join_page(request, form, refusal=refusal, status=status_of(refusal))
    return redirect("exam:start", candidate.pk)


def _join_page(request, form, *, refusal=None, status=200):
    context = {
        "form": form,
        "refusal": None if isinstance(refusal, InvalidInput) else refusal,
        "candidacies": _open_candidacies(request.user),
        "finished": _finished_candidacies(request.user),
    }
    return with_delay(render(request, "exam/join.html", context, status=status), refusal)


def _open_candidacies(user):
    return (
        _candidacies(user)
        .filter(session__state=SessionState.CREATED)
        .exclude(attempt__state__in=OVER)
        .order_by("session__starts_at", "pk")
    )


def _finished_candidacies(user):
    """Until the result replaces the end screen."""
    return (
        _candidacies(user)
        .filter(attempt__state__in=OVER)
        .exclude(session__state=SessionState.PUBLISHED)
        .order_by("-session__starts_at", "-pk")
    )


def _same_person(candidates, *, session_number, birth_name, first_name, birth_date, **others):
    key = identity_key(birth_name, first_name, birth_date)
    return candidates.filter(session=session_number, identity_key=key)


def _candidacies(user):
    return Candidate.objects.for_candidate(user).select_related("session", "user")


CANDIDACY = Instances(
    lambda candidate, user: _candidacies(user).filter(pk=candidate), "candidate", "user"
)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request, candidate_id):
    """The access-code page: by it one starts, and comes back."""
    try:
        candidate = _candidate(request, candidate_id)
    except Http404:
        return render(request, "exam/unlinked.html", status=404)
    is_told = candidate.has_started or not candidate.session.is_open
    entry = entry_of(candidate) if is_told else None
    if entry == Entry.OVER:
        return _go(request, "exam:test", candidate.pk)
    if request.method == "POST":
        return _enter(request, candidate)
    if candidate.has_started and seat.holds(request, candidate.attempt):
        # Back from the test: it never left this browser.
        return redirect("exam:test", candidate.pk)
    is_answer = entry is not None and entry.is_answer
    return _start_page(request, candidate, AccessCodeForm(), entry=entry if is_answer else None)


def _enter(request, candidate):
    form = AccessCodeForm(request.POST)
    if not form.is_valid():
        return _start_page(request, candidate, form, status=422)
    key = seat.key_of(request, candidate.pk)
    other_day = "other_day" in request.POST
    try:
        attempt = actions.enter_test(
            candidate,
            form.cleaned_data["code"],
            by=request.user,
            seat_key=key,
            operation=operation_of(request),
            other_day=other_day,
        )
    except InvalidInput as refusal:
        form.add_error(refusal.field, refusal.sentence)
        return _start_page(request, candidate, form, other_day=other_day, status=422)
    except OtherDay:
        return _start_page(request, candidate, form, other_day=True, status=409)
    except Candidate.DoesNotExist as unlinked:
        raise Http404 from unlinked
    except (SessionClosed, actions.PresenceNotConfirmed, actions.NotAuthorisedToResume):
        return _start_page(request, candidate, form, entry=entry_of(candidate), status=409)
    except Refusal as refusal:
        return _start_page(request, candidate, form, refusal=refusal, status=status_of(refusal))
    return seat.keep(_go(request, "exam:test", candidate.pk), attempt)


def _start_page(request, candidate, form, *, entry=None, other_day=False, refusal=None, status=200):
    template = "exam/_entry.html" if request.htmx else "exam/start.html"
    context = {
        "candidate": candidate,
        "form": form,
        "entry": entry,
        "asked_at": asked_at(candidate, entry),
        "other_day": other_day,
        "refusal": refusal,
        "other_name": account_name_differs(candidate),
        "data_protection_email": settings.DATA_PROTECTION_EMAIL,
    }
    response = with_delay(render(request, template, context, status=status), refusal)
    return give_pass(response, request, candidate.pk)


@require_safe
def waiting(request, candidate_id):
    """Polled. 204 while nothing moved; 409 when the page has nothing to wait for any more."""
    candidate = _candidate(request, candidate_id)
    entry = entry_of(candidate)
    if entry == Entry.OVER:
        return HttpResponse(status=409)
    if entry == request.GET.get("state"):
        return give_pass(HttpResponse(status=204), request, candidate_id)
    context = {"candidate": candidate, "entry": entry, "asked_at": asked_at(candidate, entry)}
    return give_pass(render(request, "exam/_waiting.html", context), request, candidate_id)


# --- The test -------------------------------------------------------------------------------------


@require_safe
@gzip_page
def test(request, candidate_id):
    """The current question, the end of the test, or where it went on: whatever is true now."""
    found = _started(request, candidate_id)
    if not found:
        return redirect("exam:start", _candidate(request, candidate_id).pk)
    return true_state(request, found[0])


@require_POST
def answer(request, candidate_id):
    attempt = started_attempt(request, candidate_id)
    passed = "passed" in request.POST
    try:
        number, question = _question_asked(attempt, request.POST)
        form = AnswerForm(question, request.POST)
        if not (passed or form.is_valid()):
            return _wrong_answer(request, attempt, number, form)
        attempt = actions.answer_question(
            attempt,
            number=number,
            value=None if passed else form.cleaned_data["value"],
            passed=passed,
            by=request.user,
            seat_key=seat.key_of(request, candidate_id),
            question_id=number_in(request.POST, "question"),
        )
    except InvalidInput as refusal:
        form.add_error("value", refusal.sentence)
        return _wrong_answer(request, attempt, number, form)
    except Refusal as refusal:
        return true_state(request, attempt, refusal=refusal, status=409)
    return true_state(request, attempt, go=True)


@require_POST
def begin(request, candidate_id):
    """« Commencer la question »: from now on its time is counted."""
    attempt = started_attempt(request, candidate_id)
    try:
        attempt = actions.begin_question(
            attempt,
            number=number_in(request.POST, "number"),
            question_id=number_in(request.POST, "question"),
            seat_key=seat.key_of(request, candidate_id),
        )
    except Refusal as refusal:
        return true_state(request, attempt, refusal=refusal, status=409)
    return true_state(request, attempt, go=True)


def _question_asked(attempt, data):
    """The number and the question that the form was made for.

    Raises OtherQuestion, QuestionReplaced, NotBegun.
    """
    number = number_in(data, "number") or 0
    question = actions.question_of(attempt, number)
    if number_in(data, "question") not in (None, question.pk):
        raise QuestionReplaced
    if number == attempt.current_number and "passed" not in data:
        actions.refuse_before_it_begins(attempt, question)
    return number, question


def _wrong_answer(request, attempt, number, form):
    if number != attempt.current_number:
        return true_state(request, attempt, refusal=OtherQuestion(), status=409)
    return true_state(request, attempt, form=form, status=422)


def true_state(request, attempt, *, form=None, refusal=None, status=200, go=False):
    """What the candidate must see now: his question, the end… `go`: to the page, unless a fragment."""
    if go and not request.htmx:
        return _go(request, "exam:test", attempt.candidate_id)
    try:
        attempt, question = actions.show_question(
            attempt, seat_key=seat.key_of(request, attempt.candidate_id)
        )
    except actions.TestIsOver:
        attempt.refresh_from_db()
        return _screen(request, "exam/end.html", attempt, status)
    except actions.TestIsElsewhere:
        return _screen(request, "exam/elsewhere.html", attempt, 409)
    template = "exam/_question_swap.html" if request.htmx else "exam/test.html"
    context = {
        **_question_context(attempt, question),
        "form": form or AnswerForm(question),
        "refusal": refusal,
        "problem": _problem_on(attempt),
    }
    response = render(request, template, context, status=status)
    return give_pass(response, request, attempt.candidate_id)


PROBLEMS = Instances(lambda attempt: QuestionProblem.objects.filter(attempt=attempt), "attempt")


def _problem_on(attempt):
    """The last of those told of the current question, unless all was read before its clock began."""
    problems = PROBLEMS.ask(attempt=attempt.pk)
    last = next((each for each in problems if each.number == attempt.current_number), None)
    return None if last and _was_read_before(last, attempt.question_shown_at) else last


def _was_read_before(problem, begun_at):
    return begun_at is not None and not problem.is_pending and problem.decided_at < begun_at


def _screen(request, template, attempt, status):
    """A page of its own: a fragment cannot say it loudly enough."""
    if request.htmx:
        response = _go(request, "exam:test", attempt.candidate_id)
        response.status_code = status
        return response
    return render(request, template, {"attempt": attempt}, status=status)


def _question_context(attempt, question):
    """Instants go to the page as epoch milliseconds: its clock runs there, set by the server's."""
    now = timezone.now()
    context = {
        "attempt": attempt,
        "question": question,
        "addresses": addresses.of_test(attempt, question),
        "now": now,
        "time_left": hours_and_minutes(attempt.deadline - now) if now < attempt.deadline else "",
        "limit": actions.time_allowed(attempt, question),
    }
    if actions.is_to_begin(attempt, question):
        context["time_to_begin"] = in_a_sentence(context["limit"])
    elif context["limit"]:
        ends_at = actions.limit_ends_at(attempt, question)
        left = minutes_and_seconds(ends_at - now) if now < ends_at else ""
        context |= {"limit_ends_at": ends_at, "limit_left": left}
    return context


@require_POST
def beat(request, candidate_id):
    """204, with the end of the test: the page still holds it. 409: it must show what became of it.

    `limit`: the page shows a timed question, and asks for the end of that too.
    """
    attempt = started_attempt(request, candidate_id)
    try:
        actions.beat(attempt, seat_key=seat.key_of(request, candidate_id))
    except Refusal:
        return HttpResponse(status=409)
    headers = headers_of_beat(attempt, is_timed="limit" in request.GET)
    return give_pass(HttpResponse(status=204, headers=headers), request, candidate_id)


@require_safe
def question_file(request, candidate_id, number, kind):
    """The image or the file of a question that has begun, for the browser that holds the test."""
    attempt = started_attempt(request, candidate_id)
    is_reached = attempt.is_running and 1 <= number <= attempt.current_number
    if kind not in FILES or not is_reached or not seat.holds(request, attempt):
        raise Http404
    question = get_object_or_404(Question, pk=attempt.question_ids[number - 1])
    if number == attempt.current_number and actions.is_to_begin(attempt, question):
        raise Http404
    file = getattr(question, FILES[kind])
    if not file:
        raise Http404
    response = sent(
        bank_copies.nearest(file),
        as_attachment=kind == "fichier",
        filename=PurePath(file.name).name,
        content_type=bank_files.content_type(file.name),
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return response


@require_safe
def site(request, slug):
    """A fictional site that a question sends to."""
    if slug not in bank.site_slugs():
        raise Http404
    return render(request, f"exam/sites/{slug}.html")


def _candidate(request, candidate_id):
    found = CANDIDACY.ask(candidate=candidate_id, user=request.user.pk)
    if not found:
        raise Http404
    return found[0]


STARTED = Instances(
    lambda candidate, user: (
        Attempt.objects.for_candidate(user)
        .started()
        .select_related("candidate")
        .filter(candidate=candidate)
    ),
    "candidate",
    "user",
)


def _started(request, candidate_id):
    return STARTED.ask(candidate=candidate_id, user=request.user.pk)


def started_attempt(request, candidate_id):
    found = _started(request, candidate_id)
    if not found:
        raise Http404
    return found[0]


def _go(request, name, *args):
    address = reverse(name, args=args)
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
