from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from certif.lib.refusals import TooManyTries
from exam import actions
from exam.actions.entering import draw_questions
from exam.actions.refusals import NotEnoughQuestions
from exam.enums import AttemptState, Competence, Right
from exam.models import Attempt, Beat, Question, ResumeRequest
from invigilation import actions as invigilation_actions
from sessions.actions import OtherDay, SessionClosed
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate(bank):
    return CandidateFactory(joined=True)


@pytest.fixture
def ready(candidate):
    situations.present(candidate)
    return candidate


@pytest.fixture
def running(ready):
    return enter(ready)


def enter(candidate, *, code=None, by=None, **press):
    return actions.enter_test(
        candidate,
        candidate.session.access_code if code is None else code,
        by=by or candidate.user,
        **press,
    )


def authorise(attempt):
    return invigilation_actions.authorise_resume(attempt.candidate, by=UserFactory())


# --- The draw -------------------------------------------------------------------------------------


def test_three_questions_a_competence_are_drawn_in_the_order_of_the_framework(bank):
    QuestionFactory.create_bank()

    ids = draw_questions()

    drawn = Question.objects.in_bulk(ids)
    competences = [drawn[pk].competence for pk in ids]
    assert competences == [code for code in Competence.values for _ in range(3)]
    assert len(set(ids)) == 48


def test_a_question_put_aside_is_not_drawn(bank):
    spare = QuestionFactory(competence=Competence.SEARCH, is_active=False)

    assert spare.pk not in draw_questions()


def test_a_bank_too_small_is_said(bank):
    Question.objects.filter(pk=bank[0].pk).update(is_active=False)

    with pytest.raises(NotEnoughQuestions):
        situations.present(CandidateFactory())

    assert not Candidate.objects.get().is_present


def test_the_test_is_prepared_at_the_tick_and_not_started(ready):
    attempt = Attempt.objects.get()

    assert (attempt.state, attempt.right) == (AttemptState.PREPARED, Right.START)
    assert attempt.question_count == 48
    assert attempt.certification_number is None


def test_a_tick_withdrawn_and_given_again_keeps_the_questions(ready):
    drawn = Attempt.objects.get().question_ids
    invigilation_actions.set_presence(ready, present=False, by=UserFactory())

    situations.present(ready)

    assert Attempt.objects.get().question_ids == drawn
    assert Attempt.objects.get().right == Right.START


# --- The start ------------------------------------------------------------------------------------


def test_a_start_opens_the_test_and_consumes_the_right(ready):
    attempt = enter(ready)

    assert (attempt.state, attempt.right) == (AttemptState.RUNNING, Right.NONE)
    assert attempt.started_at is not None
    assert attempt.seat_key


def test_the_certification_number_is_given_at_the_start(ready):
    attempt = enter(ready)

    assert attempt.certification_number == 100_000 + attempt.pk


def test_the_consent_is_kept_with_its_version(ready):
    attempt = enter(ready)

    assert attempt.consent_version
    line = AuditEvent.objects.get(kind="attempt.started")
    assert line.data["consent_version"] == attempt.consent_version


def test_a_start_is_a_fact_of_the_session(ready):
    attempt = enter(ready)

    ready.refresh_from_db()
    assert ready.session.started_count == 1
    assert ready.session.first_started_at == attempt.started_at == ready.test_started_at


def test_the_second_start_does_not_move_the_first(bank):
    session = ExamSessionFactory()
    first = situations.started(session=session)
    situations.started(session=session)

    session.refresh_from_db()
    assert (session.started_count, session.first_started_at) == (2, first.started_at)


def test_of_two_that_pressed_together_the_earlier_is_the_first(db):
    session, now = ExamSessionFactory(), timezone.now()
    for pressed_at in (now, now - timedelta(seconds=1)):
        type(session).objects.started_once_more(session.pk, pressed_at)

    session.refresh_from_db()
    assert (session.started_count, session.first_started_at) == (2, now - timedelta(seconds=1))


def test_a_start_shows_on_the_board(ready):
    ready.refresh_from_db()
    before = ready.session.version

    enter(ready)

    ready.refresh_from_db()
    assert ready.row_version == before + 1 == type(ready.session).objects.get().version


@pytest.fixture
def ready_since_yesterday(ready):
    """Ticked on the day, and not started."""
    yesterday = ready.session.date - timedelta(days=1)
    ExamSession.objects.filter(pk=ready.session_id).update(date=yesterday)
    return ready


def test_a_start_on_another_day_asks_first(ready_since_yesterday):
    with pytest.raises(OtherDay):
        enter(ready_since_yesterday)

    assert Attempt.objects.get().state == AttemptState.PREPARED


def test_a_start_on_another_day_is_asked_once_and_kept(ready_since_yesterday):
    other = CandidateFactory(joined=True, session=ready_since_yesterday.session)
    assert enter(ready_since_yesterday, other_day=True).is_running
    situations.present(other)

    assert enter(other).is_running
    (day,) = AuditEvent.objects.filter(kind="day.confirmed")
    assert day.actor_id == ready_since_yesterday.user_id


def test_a_room_that_confirmed_the_day_lets_start_without_a_question(ready_since_yesterday):
    other = CandidateFactory(session=ready_since_yesterday.session)
    invigilation_actions.set_presence(other, present=True, by=UserFactory(), other_day=True)

    assert enter(ready_since_yesterday).is_running


def test_a_wrong_code_is_told_before_the_day(ready_since_yesterday):
    with pytest.raises(actions.WrongAccessCode):
        enter(ready_since_yesterday, code="AAAA22")


@pytest.mark.parametrize("code", ["WB64K2", "wb64k2", " wb64 k2", "ＷＢ６４Ｋ２", "w b 6 4 k 2"])
def test_the_code_is_typed_in_any_way(bank, code):
    candidate = CandidateFactory(joined=True, session__access_code="WB64K2")
    situations.present(candidate)

    assert enter(candidate, code=code).is_running


@pytest.mark.parametrize("code", ["VRRJ30", "vrrj 30"])
def test_a_historic_code_opens_its_session(bank, code):
    candidate = CandidateFactory(joined=True, session__access_code="VRRJ30")
    situations.present(candidate)

    assert enter(candidate, code=code).is_running


@pytest.mark.parametrize("code", ["", "AAAA22", "WB64K", "C-4KXQ7"])
def test_a_wrong_code_is_refused_and_keeps_the_right(ready, code):
    with pytest.raises(actions.WrongAccessCode) as refusal:
        enter(ready, code=code)

    assert refusal.value.field == "code"
    assert Attempt.objects.get().right == Right.START


def test_an_absent_candidate_does_not_start(candidate):
    with pytest.raises(actions.PresenceNotConfirmed, match="n’a pas confirmé votre présence"):
        enter(candidate)

    assert not Attempt.objects.exists()


def test_a_candidate_unticked_since_does_not_start(ready):
    invigilation_actions.set_presence(ready, present=False, by=UserFactory())

    with pytest.raises(actions.PresenceNotConfirmed):
        enter(ready)


def test_a_wrong_code_is_said_before_the_missing_presence(candidate):
    with pytest.raises(actions.WrongAccessCode):
        enter(candidate, code="AAAA22")


def test_a_closed_session_is_said_before_the_wrong_code(bank):
    session = ExamSessionFactory()
    late = CandidateFactory(session=session, joined=True)
    situations.finished(session=session)
    situations.finalised(session)

    with pytest.raises(SessionClosed):
        enter(late, code="AAAA22")


def test_the_account_of_somebody_else_does_not_start(ready):
    with pytest.raises(Candidate.DoesNotExist):
        enter(ready, by=UserFactory())

    assert Attempt.objects.get().right == Right.START


def test_a_start_that_breaks_half_way_gives_the_right_back(ready, monkeypatch):
    """The only mock of our own code: proves the rollback (domain.md § 4)."""

    def broken(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("exam.actions.entering.record", broken)
    with pytest.raises(ZeroDivisionError):
        enter(ready)

    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.right) == (AttemptState.PREPARED, Right.START)
    ready.refresh_from_db()
    assert ready.test_started_at is None


def test_the_sixth_wrong_code_waits(ready):
    for _ in range(5):
        with pytest.raises(actions.WrongAccessCode):
            enter(ready, code="AAAA22")

    with pytest.raises(TooManyTries):
        enter(ready)
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert enter(ready).is_running


def test_waiting_for_the_tick_is_not_a_wrong_code(candidate):
    for _ in range(10):
        with pytest.raises(actions.PresenceNotConfirmed):
            enter(candidate)


# --- Coming back ----------------------------------------------------------------------------------


def test_the_browser_that_holds_the_test_comes_back_without_asking(running):
    again = enter(running.candidate, seat_key=running.seat_key)

    assert again.seat_key == running.seat_key
    assert not ResumeRequest.objects.exists()


def test_a_start_whose_answer_was_lost_is_sent_again(ready):
    press = Operation(uuid4(), "the same press")
    first = enter(ready, operation=press)

    again = enter(ready, operation=press)

    assert again.seat_key == first.seat_key
    assert not ResumeRequest.objects.exists()


def test_a_start_sent_again_does_not_take_the_test_back_from_another_browser(ready):
    press = Operation(uuid4(), "the same press")
    attempt = enter(ready, operation=press)
    authorise(attempt)
    enter(ready, operation=Operation(uuid4(), "elsewhere"))

    with pytest.raises(actions.NotAuthorisedToResume):
        enter(ready, operation=press)


@pytest.mark.parametrize("seat_key", ["", "autre"])
def test_another_browser_asks_to_resume(running, seat_key):
    with pytest.raises(actions.NotAuthorisedToResume):
        enter(running.candidate, seat_key=seat_key)

    assert ResumeRequest.objects.get().state == "pending"


def test_asking_twice_is_asking_once(running):
    for _ in range(2):
        with pytest.raises(actions.NotAuthorisedToResume):
            enter(running.candidate)

    assert ResumeRequest.objects.count() == 1
    assert AuditEvent.objects.filter(kind="attempt.resume_asked").count() == 1


def test_the_gap_since_the_last_sign_of_life_is_measured(running):
    with (
        time_machine.travel(running.started_at + timedelta(minutes=3), tick=False),
        pytest.raises(actions.NotAuthorisedToResume),
    ):
        enter(running.candidate)

    assert ResumeRequest.objects.get().gap_seconds == 180


def test_a_wrong_code_does_not_ask(running):
    with pytest.raises(actions.WrongAccessCode):
        enter(running.candidate, code="AAAA22")

    assert not ResumeRequest.objects.exists()


def test_an_authorised_candidate_comes_back_and_closes_the_former_page(running):
    authorise(running)

    resumed = enter(running.candidate)

    assert resumed.seat_key != running.seat_key
    with pytest.raises(actions.TestIsElsewhere):
        actions.beat(running, seat_key=running.seat_key)


def test_the_clock_is_not_started_again_by_a_resume(running):
    authorise(running)

    resumed = enter(running.candidate)

    assert resumed.started_at == running.started_at
    assert resumed.certification_number == running.certification_number


def test_the_right_to_resume_is_used_once(running):
    authorise(running)
    enter(running.candidate)

    with pytest.raises(actions.NotAuthorisedToResume):
        enter(running.candidate)


@pytest.mark.parametrize("seconds", [0, 15 * 60])
def test_the_right_to_resume_lasts_a_quarter_of_an_hour(running, seconds):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        authorise(running)
        clock.shift(seconds)

        assert enter(running.candidate).is_running


def test_after_a_quarter_of_an_hour_the_right_is_lost(running):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        authorise(running)
        clock.shift(15 * 60 + 1)

        with pytest.raises(actions.NotAuthorisedToResume):
            enter(running.candidate)


def test_a_test_that_is_over_is_not_entered_again(bank):
    attempt = situations.finished()

    with pytest.raises(actions.TestIsOver):
        enter(attempt.candidate)


def test_an_ended_test_is_not_entered_again(bank):
    attempt = situations.ended()

    with pytest.raises(actions.TestIsOver):
        enter(attempt.candidate)


def test_a_resume_shows_on_the_board(running):
    authorise(running)
    before = type(running.candidate.session).objects.get().version

    enter(running.candidate)

    assert Candidate.objects.get().row_version == before + 1


def test_a_resume_is_a_sign_of_life(running):
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        actions.note_silences(running.candidate.session)
        authorise(running)

        resumed = enter(running.candidate)

        assert Beat.objects.get().last_seen_at == timezone.now()
    assert resumed.silent_since is None


def test_an_authorisation_that_lapsed_ends_its_demand(running):
    with pytest.raises(actions.NotAuthorisedToResume):
        enter(running.candidate)
    authorise(running)

    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        actions.note_silences(running.candidate.session)

    assert ResumeRequest.objects.get().state == "lapsed"
    assert Attempt.objects.get().right == Right.NONE
