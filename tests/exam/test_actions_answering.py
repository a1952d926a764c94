from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from certif.audit.models import AuditEvent
from exam import actions
from exam.actions.refusals import EmptyAnswer, OtherQuestion
from exam.enums import AttemptState, Outcome
from exam.models import Answer, Attempt, Beat, Question
from invigilation import actions as invigilation_actions
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

RIGHT, WRONG = [1], [0]


@pytest.fixture
def attempt(bank):
    return situations.started()


def answer(attempt, *, number=1, value=RIGHT, passed=False, seat_key=None):
    return actions.answer_question(
        attempt,
        number=number,
        value=value,
        passed=passed,
        by=attempt.candidate.user,
        seat_key=attempt.seat_key if seat_key is None else seat_key,
    )


def begin_for(seconds, attempt):
    """The first question, with that limit."""
    Question.objects.filter(pk=attempt.question_ids[0]).update(time_limit=seconds)
    actions.begin_question(attempt, number=1, seat_key=attempt.seat_key)


# --- Answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "outcome"), [(RIGHT, Outcome.RIGHT), (WRONG, Outcome.WRONG)])
def test_an_answer_is_kept_with_what_it_is_worth(attempt, value, outcome):
    answer(attempt, value=value)

    kept = Answer.objects.get()
    assert (kept.number, kept.value, kept.outcome) == (1, value, outcome)
    assert kept.question_id == attempt.question_ids[0]


def test_a_question_passed_is_kept_without_value(attempt):
    answer(attempt, value=None, passed=True)

    assert (Answer.objects.get().value, Answer.objects.get().outcome) == (None, Outcome.PASSED)


def test_what_was_chosen_before_passing_is_not_kept(attempt):
    answer(attempt, value=RIGHT, passed=True)

    assert Answer.objects.get().value is None


def test_the_next_question_follows(attempt):
    assert answer(attempt).current_number == 2


@pytest.mark.parametrize("value", [None, "", []])
def test_an_empty_answer_is_refused(attempt, value):
    with pytest.raises(EmptyAnswer):
        answer(attempt, value=value)

    assert not Answer.objects.exists()


def test_an_answer_repeated_is_one_answer(attempt):
    answer(attempt)

    answer(attempt)

    assert Answer.objects.count() == 1
    assert Attempt.objects.get().current_number == 2


def test_an_answer_kept_is_never_replaced(attempt):
    answer(attempt, value=WRONG)

    with pytest.raises(OtherQuestion):
        answer(attempt, value=RIGHT)

    assert Answer.objects.get().outcome == Outcome.WRONG


@pytest.mark.parametrize("number", [0, -1, 3, 48, 49, 10**9])
def test_another_question_than_the_current_one_is_refused(attempt, number):
    with pytest.raises(OtherQuestion):
        answer(attempt, number=number)


@pytest.mark.parametrize("seat_key", ["", "autre"])
def test_another_browser_answers_nothing(attempt, seat_key):
    with pytest.raises(actions.TestIsElsewhere):
        answer(attempt, seat_key=seat_key)


def test_an_answer_shows_on_the_board(attempt):
    before = ExamSession.objects.get().version

    answer(attempt)

    assert Candidate.objects.get().row_version == before + 1 == ExamSession.objects.get().version


def test_an_answer_is_a_sign_of_life(attempt):
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        answer(attempt)

        assert Beat.objects.get().last_seen_at == timezone.now()


def test_no_answer_after_the_end_by_the_invigilator(attempt):
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())

    with pytest.raises(actions.TestIsOver):
        answer(attempt)


# --- Timed questions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra_time", "seconds", "outcome"),
    [
        (0, 30, Outcome.RIGHT),
        (0, 35, Outcome.RIGHT),
        (0, 36, Outcome.WRONG),
        (50, 50, Outcome.RIGHT),
        (50, 51, Outcome.WRONG),
    ],
)
def test_a_right_answer_counts_until_the_limit_with_extra_time_and_a_grace(
    bank, extra_time, seconds, outcome
):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        attempt = situations.started(extra_time_percent=extra_time)
        begin_for(30, attempt)
        clock.shift(seconds - 15)
        actions.beat(attempt, seat_key=attempt.seat_key)
        clock.shift(15)

        answer(attempt)

    assert Answer.objects.get().outcome == outcome


def test_waiting_for_the_row_of_the_session_makes_nobody_late(bank):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        attempt = situations.started()
        begin_for(30, attempt)
        clock.shift(29)

        def held_for_a_while(execute, sql, params, many, context):
            answered = execute(sql, params, many, context)
            if sql.startswith("SELECT") and f"FROM {table}" in sql:
                clock.shift(8)
            return answered

        table = connection.ops.quote_name(ExamSession._meta.db_table)
        with connection.execute_wrapper(held_for_a_while):
            answer(attempt)

    assert Answer.objects.get().outcome == Outcome.RIGHT


def answers_after_a_silence(*, heard_at, silence):
    """A question of 90 s begun at 0, the last beat, and the answer that ends the silence."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        attempt = situations.started()
        begin_for(90, attempt)
        clock.shift(heard_at)
        actions.beat(attempt, seat_key=attempt.seat_key)
        clock.shift(silence)
        answer(attempt)
    return Answer.objects.get().outcome


@pytest.mark.parametrize("silence", [46, 100, 600])
def test_an_answer_that_ends_a_cut_begun_in_time_is_not_late(bank, silence):
    assert answers_after_a_silence(heard_at=80, silence=silence) == Outcome.RIGHT


@pytest.mark.parametrize(
    ("heard_at", "silence"),
    [(80, 45), (80, 601), (91, 100)],
    ids=["no-cut", "longer-than-a-cut", "begun-too-late"],
)
def test_any_other_answer_after_the_limit_is_late(bank, heard_at, silence):
    assert answers_after_a_silence(heard_at=heard_at, silence=silence) == Outcome.WRONG


def test_who_asked_for_the_page_again_was_not_cut_off(bank):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        attempt = situations.started()
        begin_for(90, attempt)
        clock.shift(80)
        actions.beat(attempt, seat_key=attempt.seat_key)
        clock.shift(500)
        actions.show_question(attempt, seat_key=attempt.seat_key)
        clock.shift(3)

        answer(attempt)

    assert Answer.objects.get().outcome == Outcome.WRONG


def test_an_answer_saved_by_a_cut_leaves_a_trace(bank):
    answers_after_a_silence(heard_at=80, silence=100)

    line = AuditEvent.objects.get(kind="answer.after_cut")
    assert line.data == {"number": 1, "gap": "1 min 40 s"}


def test_an_answer_in_time_after_a_cut_leaves_no_trace(bank):
    answers_after_a_silence(heard_at=10, silence=60)

    assert not AuditEvent.objects.filter(kind="answer.after_cut").exists()


def test_each_question_has_a_limit_of_its_own(attempt):
    begin_for(30, attempt)

    answer(attempt)

    assert Attempt.objects.get().question_shown_at is None


def test_a_question_is_shown_to_the_browser_that_holds_the_test_only(attempt):
    with pytest.raises(actions.TestIsElsewhere):
        actions.show_question(attempt, seat_key="autre")


# --- The end --------------------------------------------------------------------------------------


def test_the_last_answer_ends_the_test_and_shows_the_end_screen(attempt):
    attempt = situations.answer_all(attempt, value=RIGHT)

    assert attempt.state == AttemptState.FINISHED
    assert attempt.end_screen_shown_at == attempt.ended_at
    assert attempt.ended_by is None
    assert AuditEvent.objects.filter(kind="attempt.finished").count() == 1


def test_the_server_never_says_that_the_end_screen_was_seen(attempt):
    attempt = situations.answer_all(attempt)

    assert attempt.end_screen_seen_at is None


def test_the_last_answer_sent_again_is_said_over(attempt):
    attempt = situations.answer_all(attempt, value=RIGHT)

    with pytest.raises(actions.TestIsOver):
        answer(attempt, number=48)

    assert Answer.objects.count() == 48


def test_nothing_closes_by_itself_at_the_time_limit(attempt):
    with time_machine.travel(attempt.deadline + timedelta(hours=1)):
        assert answer(attempt).is_running


@pytest.mark.parametrize(("percent", "minutes"), [(0, 105), (33, 139.65), (50, 157.5), (100, 210)])
def test_the_deadline_counts_the_extra_time(bank, percent, minutes):
    attempt = situations.started(extra_time_percent=percent)

    assert attempt.deadline - attempt.started_at == timedelta(minutes=minutes)


# --- Signs of life --------------------------------------------------------------------------------


def test_a_beat_moves_nothing_on_the_board(attempt):
    before = ExamSession.objects.get().version

    with time_machine.travel(timezone.now() + timedelta(seconds=15), tick=False):
        actions.beat(attempt, seat_key=attempt.seat_key)

        assert Beat.objects.get().last_seen_at == timezone.now()
    assert ExamSession.objects.get().version == before


@pytest.mark.parametrize(("seconds", "silent"), [(45, False), (46, True)])
def test_a_page_that_stopped_beating_is_silent(attempt, seconds, silent):
    last_seen_at = Beat.objects.get().last_seen_at

    with time_machine.travel(last_seen_at + timedelta(seconds=seconds), tick=False):
        actions.note_silences(attempt.candidate.session)

    assert Attempt.objects.get().silent_since == (last_seen_at if silent else None)


def test_a_silence_is_noted_once(attempt):
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        actions.note_silences(attempt.candidate.session)
        before = ExamSession.objects.get().version
        actions.note_silences(attempt.candidate.session)

    assert ExamSession.objects.get().version == before


def test_a_beat_breaks_the_silence_and_shows_it(attempt):
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        actions.note_silences(attempt.candidate.session)
        before = ExamSession.objects.get().version
        actions.beat(attempt, seat_key=attempt.seat_key)

    assert Attempt.objects.get().silent_since is None
    assert ExamSession.objects.get().version == before + 1


def test_an_answer_breaks_the_silence(attempt):
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        actions.note_silences(attempt.candidate.session)
        answer(attempt)

    assert Attempt.objects.get().silent_since is None


def test_a_test_that_is_over_is_never_silent(bank):
    attempt = situations.ended()

    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        actions.note_silences(attempt.candidate.session)

    assert Attempt.objects.get().silent_since is None


def test_no_beat_for_a_test_that_is_over(bank):
    attempt = situations.ended()

    with pytest.raises(actions.TestIsOver):
        actions.beat(attempt, seat_key=attempt.seat_key)
