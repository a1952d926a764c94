"""« Signaler un problème »: a question waits for an answer, and the first answer stands."""

import random

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from exam.actions.answering import refuse_other_question, running
from exam.actions.refusals import AlreadyRaised, ProblemDecided
from exam.actions.resuming import mark_row_changed
from exam.enums import ProblemState
from exam.models import PROBLEM_TEXT_MAX_LENGTH, Question, QuestionProblem
from sessions.actions.session import lock_open_session


@transaction.atomic
def raise_problem(attempt, *, number, text, seat_key, by, question_id=None, operation=None):
    """The current question waits: the candidate neither answers nor passes it meanwhile, nor begins it.

    Raises SessionClosed, TestIsOver, TestIsElsewhere, OtherQuestion, QuestionReplaced, InvalidInput,
    AlreadyRaised.
    """
    session = lock_open_session(attempt.candidate.session_id, operation=operation, by=by)
    attempt = running(attempt, seat_key)
    if replayed(operation, by=by):
        return attempt
    refuse_other_question(attempt, number, question_id)
    _refuse_text(text)
    if attempt.problems.pending().exists():
        raise AlreadyRaised
    QuestionProblem.objects.create(
        attempt=attempt, number=number, question_id=attempt.question_ids[number - 1], text=text
    )
    mark_row_changed(session, attempt.candidate_id)
    record(
        "problem.raised",
        by=by,
        operation=operation,
        session=session,
        candidate=attempt.candidate,
        number=number,
    )
    return attempt


@transaction.atomic
def withdraw_problem(problem, *, seat_key, by, operation=None):
    """The candidate goes on with the question as it is.

    Raises SessionClosed, TestIsOver, TestIsElsewhere, ProblemDecided.
    """
    session = lock_open_session(problem.attempt.candidate.session_id, operation=operation, by=by)
    attempt = running(problem.attempt, seat_key)
    if replayed(operation, by=by):
        return attempt
    problem = settle(problem, ProblemState.WITHDRAWN, by=by)
    go_on(problem)
    mark_row_changed(session, attempt.candidate_id)
    record(
        "problem.withdrawn",
        by=by,
        operation=operation,
        session=session,
        candidate=attempt.candidate,
        number=problem.number,
    )
    return attempt


def settle(problem, state, *, by, word=""):
    """The one answer to a problem. Call under the session's lock. Raises ProblemDecided."""
    problem = QuestionProblem.objects.select_related(
        "attempt__candidate", "question", "decided_by"
    ).get(pk=problem.pk)
    if problem.state != ProblemState.PENDING:
        raise ProblemDecided.of(problem.state, problem.decided_by)
    problem.state, problem.word = state, word
    problem.decided_at, problem.decided_by = timezone.now(), by
    problem.save(update_fields=["state", "word", "decided_at", "decided_by"])
    return problem


def replace_question(problem, *, avoiding=""):
    """Another question takes the number, or none is left and the same one goes on.

    `avoiding` names what is broken (« image », « link »…): a spare without it comes first; then,
    for a question without a limit, another one without.
    Call under the session's lock.
    """
    spare = _spare(problem, avoiding)
    if spare is None:
        go_on(problem)
        return
    attempt = problem.attempt
    attempt.question_ids[problem.number - 1] = spare.pk
    attempt.question_shown_at = None
    attempt.save(update_fields=["question_ids", "question_shown_at"])
    problem.replaced_by = spare
    problem.save(update_fields=["replaced_by"])


def go_on(problem):
    """The same question again; the time it waited does not count for a timed one."""
    attempt = problem.attempt
    if attempt.question_shown_at:
        attempt.question_shown_at += problem.decided_at - problem.raised_at
        attempt.save(update_fields=["question_shown_at"])


def spares_of(problem):
    """The active questions of the same competence that this test never held."""
    attempt = problem.attempt
    held = [*attempt.question_ids, *attempt.problems.values_list("question_id", flat=True)]
    spares = Question.objects.filter(is_active=True, competence=problem.question.competence)
    return list(spares.exclude(pk__in=held))


def _spare(problem, avoiding):
    spares = spares_of(problem)
    if avoiding:
        spares = [spare for spare in spares if not getattr(spare, avoiding)] or spares
    if problem.question.time_limit is None:
        spares = [spare for spare in spares if spare.time_limit is None] or spares
    return random.SystemRandom().choice(spares) if spares else None


def _refuse_text(text):
    if not text:
        raise InvalidInput(_("Écrivez ce qui se passe."), field="text")
    if len(text) > PROBLEM_TEXT_MAX_LENGTH:
        raise InvalidInput(
            _("Ce texte est limité à %(n)s caractères.") % {"n": PROBLEM_TEXT_MAX_LENGTH},
            field="text",
        )
