"""A timed question begins when the candidate asks for it, and once."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from certif.audit.models import AuditEvent
from exam import actions
from exam.actions.refusals import NotBegun, OtherQuestion, QuestionOnHold, QuestionReplaced
from exam.enums import Outcome
from exam.models import Answer, Attempt, Beat, Question, QuestionProblem
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode
from sessions.actions.refusals import SessionClosed
from tests import situations
from tests.factories import QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db

LATER = timedelta(seconds=20)


@pytest.fixture
def attempt(bank):
    """Its first question lasts a minute and a half, its second is not timed."""
    attempt = situations.started()
    Question.objects.filter(pk=attempt.question_ids[0]).update(time_limit=90)
    return attempt


def begin(attempt, *, number=1, seat_key=None, **others):
    seat_key = attempt.seat_key if seat_key is None else seat_key
    return actions.begin_question(attempt, number=number, seat_key=seat_key, **others)


def answer(attempt, *, number=1, value=None, passed=False):
    return actions.answer_question(
        attempt,
        number=number,
        value=value,
        passed=passed,
        by=attempt.candidate.user,
        seat_key=attempt.seat_key,
    )


def raise_problem(attempt):
    actions.raise_problem(
        attempt,
        number=1,
        text="L’image est grise",
        seat_key=attempt.seat_key,
        by=attempt.candidate.user,
    )
    return attempt.problems.get()


def begun_at():
    return Attempt.objects.get().question_shown_at


def test_neither_the_start_of_the_test_nor_its_page_begins_a_question(attempt):
    actions.show_question(attempt, seat_key=attempt.seat_key)

    assert begun_at() is None


def test_the_press_begins_it(attempt):
    with time_machine.travel(timezone.now(), tick=False):
        begin(attempt)

        assert begun_at() == timezone.now()


def test_a_press_repeated_gives_no_time_back(attempt):
    begin(attempt)
    at_first = begun_at()

    with time_machine.travel(timezone.now() + LATER):
        begin(attempt)

    assert begun_at() == at_first


CUT_OFF = timedelta(seconds=60)


def test_a_press_repeated_after_a_cut_starts_the_clock_that_nobody_saw(attempt):
    begin(attempt)

    with time_machine.travel(timezone.now() + CUT_OFF, tick=False):
        begin(attempt)

        assert begun_at() == timezone.now()
    line = AuditEvent.objects.get(kind="question.begun_again")
    assert line.actor_id == attempt.candidate.user_id
    assert line.data["number"] == 1


def test_the_first_press_and_one_repeated_at_once_leave_no_line(attempt):
    begin(attempt)
    begin(attempt)

    assert not AuditEvent.objects.filter(kind="question.begun_again").exists()


def test_a_press_repeated_by_a_page_that_was_heard_gives_no_time_back(attempt):
    begin(attempt)
    at_first = begun_at()
    with time_machine.travel(timezone.now() + LATER):
        actions.beat(attempt, seat_key=attempt.seat_key)

    with time_machine.travel(timezone.now() + LATER + CUT_OFF):
        begin(attempt)

    assert begun_at() == at_first


def test_a_press_repeated_after_the_longest_cut_gives_no_time_back(attempt):
    begin(attempt)
    at_first = begun_at()

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        begin(attempt)

    assert begun_at() == at_first


def test_the_page_asked_again_gives_no_time_back(attempt):
    begin(attempt)
    at_first = begun_at()

    with time_machine.travel(timezone.now() + LATER):
        actions.show_question(attempt, seat_key=attempt.seat_key)

    assert begun_at() == at_first


def test_the_page_of_a_question_that_has_begun_is_a_sign_of_life(attempt):
    begin(attempt)

    with time_machine.travel(timezone.now() + LATER, tick=False):
        actions.show_question(attempt, seat_key=attempt.seat_key)

        assert Beat.objects.get().last_seen_at == timezone.now()


def test_a_question_without_a_limit_has_nothing_to_begin(attempt):
    situations.answer_all(attempt, upto=1)

    begin(attempt, number=2)

    assert begun_at() is None


@pytest.mark.parametrize("number", [None, 0, 2, 48, 49])
def test_another_question_than_the_current_one_does_not_begin(attempt, number):
    with pytest.raises(OtherQuestion):
        begin(attempt, number=number)

    assert begun_at() is None


def test_the_press_meant_for_a_question_replaced_meanwhile_begins_nothing(attempt):
    with pytest.raises(QuestionReplaced):
        begin(attempt, question_id=attempt.question_ids[1])

    assert begun_at() is None


@pytest.mark.parametrize("seat_key", ["", "autre"])
def test_another_browser_begins_nothing(attempt, seat_key):
    with pytest.raises(actions.TestIsElsewhere):
        begin(attempt, seat_key=seat_key)


def test_nothing_begins_once_the_test_is_over(attempt):
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())

    with pytest.raises(actions.TestIsOver):
        begin(attempt)


def test_nothing_begins_once_the_session_is_finalised(attempt):
    situations.give_reason(attempt)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        situations.finalised(attempt.candidate.session)

    with pytest.raises(SessionClosed):
        begin(attempt)


def test_before_it_begins_it_is_not_answered(attempt):
    with pytest.raises(NotBegun):
        answer(attempt, value=[1])

    assert not Answer.objects.exists()
    assert Attempt.objects.get().current_number == 1


def test_before_it_begins_it_may_be_passed_as_any_other(attempt):
    after = answer(attempt, passed=True)

    kept = Answer.objects.get()
    assert (kept.number, kept.question_id) == (1, attempt.question_ids[0])
    assert (kept.value, kept.outcome) == (None, Outcome.PASSED)
    assert (after.current_number, after.question_shown_at) == (2, None)


def test_to_pass_it_is_a_sign_of_life(attempt):
    with time_machine.travel(timezone.now() + LATER, tick=False):
        answer(attempt, passed=True)

        assert Beat.objects.get().last_seen_at == timezone.now()


def test_to_pass_it_again_changes_nothing(attempt):
    answer(attempt, passed=True)

    again = answer(attempt, passed=True)

    assert Answer.objects.count() == 1
    assert again.current_number == 2


def test_the_last_one_passed_before_it_begins_ends_the_test(attempt):
    last = attempt.question_ids[-1]
    situations.answer_all(attempt, upto=attempt.question_count - 1)
    Question.objects.filter(pk=last).update(time_limit=90)

    assert answer(attempt, number=attempt.question_count, passed=True).is_over


def test_once_passed_it_does_not_begin(attempt):
    answer(attempt, passed=True)

    with pytest.raises(OtherQuestion):
        begin(attempt)

    assert begun_at() is None


def test_once_begun_it_is_passed_whichever_press_came_first(attempt):
    begin(attempt)

    assert answer(attempt, passed=True).current_number == 2
    assert begun_at() is None


def test_before_it_begins_a_problem_may_be_told_of_it(attempt):
    raise_problem(attempt)

    problem = QuestionProblem.objects.get()
    assert (problem.number, problem.question_id) == (1, attempt.question_ids[0])
    assert begun_at() is None


def test_while_its_problem_waits_it_does_not_begin(attempt):
    raise_problem(attempt)

    with pytest.raises(QuestionOnHold):
        begin(attempt)

    assert begun_at() is None


def test_while_its_problem_waits_it_is_not_passed(attempt):
    raise_problem(attempt)

    with pytest.raises(QuestionOnHold):
        answer(attempt, passed=True)

    assert not Answer.objects.exists()


def test_a_press_repeated_while_a_problem_waits_gives_no_time_back(attempt):
    begin(attempt)
    at_first = begun_at()
    raise_problem(attempt)

    with time_machine.travel(timezone.now() + CUT_OFF), pytest.raises(QuestionOnHold):
        begin(attempt)

    assert begun_at() == at_first


@pytest.mark.parametrize("minutes_later", [0, 10])
def test_once_its_problem_is_answered_it_has_not_begun_and_begins_with_all_its_time(
    attempt, minutes_later
):
    problem = raise_problem(attempt)
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes_later), tick=False):
        invigilation_actions.reject_problem(problem, word="Continuez.", by=UserFactory())
        assert begun_at() is None

        begin(attempt)

        assert begun_at() == timezone.now()


def test_once_its_problem_is_withdrawn_it_has_not_begun(attempt):
    problem = raise_problem(attempt)

    actions.withdraw_problem(problem, seat_key=attempt.seat_key, by=attempt.candidate.user)

    assert begun_at() is None


def test_another_question_takes_its_number_before_it_begins(attempt):
    competence = Question.objects.get(pk=attempt.question_ids[0]).competence
    spare = QuestionFactory(competence=competence, time_limit=60)

    invigilation_actions.accept_problem(
        raise_problem(attempt), code=IncidentCode.objects.get(code="E1"), by=UserFactory()
    )

    assert Attempt.objects.get().question_ids[0] == spare.pk
    assert begun_at() is None


def test_once_begun_it_is_answered(attempt):
    begin(attempt)

    assert answer(attempt, value=[1]).current_number == 2


def test_on_another_machine_its_clock_goes_on(attempt):
    begin(attempt)
    at_first, candidate = begun_at(), attempt.candidate
    invigilation_actions.authorise_resume(candidate, by=UserFactory())

    actions.enter_test(candidate, candidate.session.access_code, by=candidate.user)

    assert begun_at() == at_first
