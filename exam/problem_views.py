"""« Signaler un problème »: what the candidate writes, waits for and may take back."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, retarget

from certif.audit.operations import operation_of
from certif.lib.numbers import number_in
from certif.lib.refusals import InvalidInput, Refusal
from exam import actions, seat
from exam.forms import ProblemForm
from exam.models import QuestionProblem
from exam.views import started_attempt, true_state


@require_http_methods(["GET", "HEAD", "POST"])
def problem(request, candidate_id):
    """GET asks what happens; POST tells the invigilator, and the question waits."""
    attempt = started_attempt(request, candidate_id)
    if attempt.is_over:
        return true_state(request, attempt)
    if request.method != "POST":
        return _form_page(request, attempt, ProblemForm())
    form = ProblemForm(request.POST)
    if not form.is_valid():
        return _form_page(request, attempt, form, status=422)
    try:
        actions.raise_problem(
            attempt,
            number=number_in(request.POST, "number"),
            question_id=number_in(request.POST, "question"),
            text=form.cleaned_data["text"],
            seat_key=seat.key_of(request, candidate_id),
            by=request.user,
            operation=operation_of(request),
        )
    except InvalidInput as refusal:
        form.add_error(refusal.field, refusal.sentence)
        return _form_page(request, attempt, form, status=422)
    except Refusal as refusal:
        return true_state(request, attempt, refusal=refusal, status=409)
    return true_state(request, attempt, go=True)


@require_POST
def problem_withdraw(request, candidate_id):
    attempt = started_attempt(request, candidate_id)
    problem = attempt.problems.filter(pk=number_in(request.POST, "problem")).first()
    try:
        if problem is None:
            raise actions.ProblemDecided
        actions.withdraw_problem(
            problem,
            seat_key=seat.key_of(request, candidate_id),
            by=request.user,
            operation=operation_of(request),
        )
    except actions.ProblemDecided:
        # The answer that came first is on the page by itself.
        return true_state(request, attempt, status=409)
    except Refusal as refusal:
        return true_state(request, attempt, refusal=refusal, status=409)
    return true_state(request, attempt, go=True)


@require_safe
def problem_wait(request, candidate_id):
    """Polled by a question on hold, with `p`, its problem. 204 while nobody answered."""
    waits = QuestionProblem.objects.pending().filter(
        pk=number_in(request.GET, "p"),
        attempt__candidate__pk=candidate_id,
        attempt__candidate__user=request.user,
    )
    if waits.exists():
        return HttpResponse(status=204)
    return true_state(request, started_attempt(request, candidate_id))


def _form_page(request, attempt, form, *, status=200):
    context = {
        "attempt": attempt,
        "form": form,
        "number": request.POST.get("number", attempt.current_number),
        "question_id": request.POST.get("question", _current_question(attempt)),
    }
    response = render(request, "exam/problem.html", context, status=status)
    if request.htmx and status == 422:
        return reswap(retarget(response, "#dialog"), "innerHTML")
    return response


def _current_question(attempt):
    return attempt.question_ids[attempt.current_number - 1]
