from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from certif.audit.models import AuditEvent
from certif.lib.refusals import InvalidInput
from exam import actions
from exam.actions.refusals import (
    AlreadyRaised,
    OtherQuestion,
    ProblemDecided,
    QuestionOnHold,
    QuestionReplaced,
)
from exam.enums import Outcome, ProblemState
from exam.models import Attempt, Question
from exam.scoring import score
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode
from tests import situations
from tests.factories import QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(bank):
    return situations.answer_all(situations.started(), value=[1], upto=6)


@pytest.fixture
def spare(attempt):
    """One more question of the competence of the seventh."""
    competence = Question.objects.get(pk=attempt.question_ids[6]).competence
    return QuestionFactory(competence=competence)


def raise_problem(attempt, **others):
    facts = {"number": 7, "text": "L’image est grise", "seat_key": attempt.seat_key}
    actions.raise_problem(attempt, by=attempt.candidate.user, **facts | others)
    return attempt.problems.first()


def answer(attempt, **others):
    facts = {"number": 7, "value": [1], "passed": False, "seat_key": attempt.seat_key}
    return actions.answer_question(attempt, by=attempt.candidate.user, **facts | others)


def accept(problem, code="E7", **others):
    return invigilation_actions.accept_problem(
        problem,
        code=IncidentCode.objects.get(code=code),
        description="L’image est grise",
        by=UserFactory(),
        **others,
    )


def withdraw(problem):
    return actions.withdraw_problem(
        problem, seat_key=problem.attempt.seat_key, by=problem.attempt.candidate.user
    )


def test_a_raised_problem_waits_and_is_told_in_the_history(attempt):
    problem = raise_problem(attempt)

    assert problem.is_pending
    assert (problem.number, problem.question_id) == (7, attempt.question_ids[6])
    assert AuditEvent.objects.get(kind="problem.raised").data == {"number": 7}


def test_the_row_of_a_raised_problem_is_sent_to_the_tablets(attempt):
    before = attempt.candidate.session.version

    raise_problem(attempt)

    attempt.candidate.refresh_from_db()
    assert attempt.candidate.row_version > before


@pytest.mark.parametrize("passed", [True, False])
def test_a_question_on_hold_is_neither_answered_nor_passed(attempt, passed):
    raise_problem(attempt)

    with pytest.raises(QuestionOnHold):
        answer(attempt, passed=passed, value=None if passed else [1])

    assert attempt.answers.count() == 6


def test_an_answer_sent_again_is_heard_while_the_next_question_waits(attempt):
    raise_problem(attempt)

    answer(attempt, number=6)

    assert attempt.answers.count() == 6


def test_only_the_question_on_screen_may_be_held(attempt):
    with pytest.raises(OtherQuestion):
        raise_problem(attempt, number=6)


def test_one_problem_waits_at_a_time(attempt):
    raise_problem(attempt)

    with pytest.raises(AlreadyRaised):
        raise_problem(attempt, text="Encore")


@pytest.mark.parametrize("text", ["", "x" * 501])
def test_a_problem_is_told_in_one_to_five_hundred_characters(attempt, text):
    with pytest.raises(InvalidInput):
        raise_problem(attempt, text=text)


def test_a_withdrawn_problem_lets_the_candidate_go_on(attempt):
    withdraw(raise_problem(attempt))

    assert answer(attempt).answered_count == 7


def test_a_problem_already_answered_is_not_withdrawn(attempt, spare):
    problem = raise_problem(attempt)
    accept(problem)

    with pytest.raises(ProblemDecided):
        withdraw(problem)


def test_another_question_takes_the_same_number(attempt, spare):
    problem = accept(raise_problem(attempt))

    attempt.refresh_from_db()
    assert attempt.question_ids[6] == spare.pk == problem.replaced_by_id
    assert attempt.question_count == 48
    assert attempt.current_number == 7
    assert attempt.question_shown_at is None


def test_an_answer_to_the_withdrawn_question_is_not_taken_for_the_new_one(attempt, spare):
    withdrawn = attempt.question_ids[6]
    accept(raise_problem(attempt))

    with pytest.raises(QuestionReplaced):
        answer(attempt, question_id=withdrawn)


def test_a_question_already_withdrawn_never_comes_back(attempt, spare):
    accept(raise_problem(attempt))
    attempt.refresh_from_db()

    problem = accept(raise_problem(attempt))

    assert problem.state == ProblemState.ACCEPTED
    assert problem.replaced_by is None


def test_a_question_put_aside_is_no_spare(attempt, spare):
    Question.objects.filter(pk=spare.pk).update(is_active=False)

    assert accept(raise_problem(attempt)).replaced_by is None


def test_a_spare_without_what_is_broken_comes_first(attempt, spare):
    held = Question.objects.get(pk=attempt.question_ids[6])
    QuestionFactory.create_batch(5, competence=held.competence, link="/certifications/sites/x/")

    assert accept(raise_problem(attempt), code="E5").replaced_by == spare


def test_a_spare_without_a_limit_comes_first_when_the_question_had_none(attempt, spare):
    held = Question.objects.get(pk=attempt.question_ids[6])
    QuestionFactory.create_batch(5, competence=held.competence, time_limit=60)

    assert accept(raise_problem(attempt)).replaced_by == spare


def test_a_spare_without_what_is_broken_comes_before_one_without_a_limit(attempt, spare):
    Question.objects.filter(pk=spare.pk).update(link="/certifications/sites/x/")
    timed = QuestionFactory(competence=spare.competence, time_limit=60)

    assert accept(raise_problem(attempt), code="E5").replaced_by == timed


def test_without_a_spare_the_candidate_passes_the_same_question(attempt):
    held = attempt.question_ids[6]
    accept(raise_problem(attempt))

    kept = answer(attempt, passed=True, value=None).answers.get(number=7)
    assert (kept.question_id, kept.outcome) == (held, Outcome.PASSED)


def test_the_withdrawn_question_is_out_of_every_count(attempt, spare):
    accept(raise_problem(attempt))
    attempt = situations.answer_all(Attempt.objects.get(pk=attempt.pk), value=[1])

    result = score(attempt.answers.select_related("question"))
    assert (result.right, result.counted, result.neutralised) == (48, 48, 0)


def test_the_clock_of_a_timed_question_stands_still_while_it_waits(attempt):
    Question.objects.filter(pk=attempt.question_ids[6]).update(time_limit=60)
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        actions.begin_question(attempt, number=7, seat_key=attempt.seat_key)
    with time_machine.travel(now + timedelta(seconds=30), tick=False):
        problem = raise_problem(attempt)
    with time_machine.travel(now + timedelta(minutes=10), tick=False):
        withdraw(problem)
    with time_machine.travel(now + timedelta(minutes=10, seconds=29), tick=False):
        kept = answer(attempt).answers.get(number=7)

    assert kept.outcome == Outcome.RIGHT


def test_ending_the_test_closes_the_problem_and_keeps_the_words(attempt):
    problem = raise_problem(attempt)
    by = UserFactory()

    invigilation_actions.end_test(attempt.candidate, by=by)

    problem.refresh_from_db()
    assert (problem.state, problem.decided_by) == (ProblemState.DROPPED, by)
    assert problem.text == "L’image est grise"
    assert AuditEvent.objects.filter(kind="problem.dropped").count() == 1


def test_coming_back_on_another_browser_finds_the_question_still_on_hold(attempt):
    raise_problem(attempt)
    candidate = attempt.candidate
    invigilation_actions.authorise_resume(candidate, by=UserFactory())

    attempt = actions.enter_test(candidate, candidate.session.access_code, by=candidate.user)

    with pytest.raises(QuestionOnHold):
        answer(attempt)
