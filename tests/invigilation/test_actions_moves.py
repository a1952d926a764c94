from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from exam import actions as exam_actions
from exam.actions.refusals import (
    AlreadyAnswered,
    NoRightToCancel,
    NotAuthorisedToResume,
    NotFinished,
    NotRunning,
)
from exam.actions.resuming import authorisation_mark
from exam.enums import AttemptState, ResumeState, Right
from exam.models import Attempt, ResumeRequest
from invigilation import actions
from sessions.actions import SessionClosed
from sessions.models import Candidate
from tests import situations
from tests.factories import CandidateFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(bank):
    return situations.started()


@pytest.fixture
def asking(attempt):
    exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)
    return attempt


def come_back(attempt):
    code = attempt.candidate.session.access_code
    return exam_actions.enter_test(attempt.candidate, code, by=attempt.candidate.user)


def lines(kind):
    return AuditEvent.objects.filter(kind=kind).count()


# --- Resuming -------------------------------------------------------------------------------------


def test_an_authorisation_answers_the_demand(asking):
    user = UserFactory()

    granted = actions.authorise_resume(asking.candidate, by=user)

    assert (granted.right, granted.right_granted_by) == (Right.RESUME, user)
    assert ResumeRequest.objects.get().state == ResumeState.GRANTED
    assert ResumeRequest.objects.get().answered_by == user


def test_an_authorisation_may_come_before_the_demand(attempt):
    assert actions.authorise_resume(attempt.candidate, by=UserFactory()).right == Right.RESUME


def test_two_invigilators_who_authorise_give_one_right(asking):
    first, demand = UserFactory(), asking.resume_requests.get()
    actions.authorise_resume(asking.candidate, demand=demand.pk, by=first)

    with pytest.raises(AlreadyAnswered, match=f"déjà été autorisée par {first}"):
        actions.authorise_resume(asking.candidate, demand=demand.pk, by=UserFactory())

    assert Attempt.objects.get().right_granted_by == first
    assert lines("resume.authorised") == 1


def test_a_test_that_is_sat_again_gets_no_second_right(asking):
    demand = asking.resume_requests.get()
    actions.authorise_resume(asking.candidate, demand=demand.pk, by=UserFactory())
    come_back(asking)

    with pytest.raises(AlreadyAnswered, match="a repris son test"):
        actions.authorise_resume(asking.candidate, demand=demand.pk, by=UserFactory())

    assert Attempt.objects.get().right == Right.NONE


def test_an_answer_to_one_demand_is_no_answer_to_the_next(asking):
    demand = asking.resume_requests.get()
    actions.refuse_resume(asking.candidate, demand=demand.pk, by=UserFactory())
    exam_actions.ask_to_resume(asking.candidate, by=asking.candidate.user)

    with pytest.raises(AlreadyAnswered, match="déjà été refusée par"):
        actions.authorise_resume(asking.candidate, demand=demand.pk, by=UserFactory())

    assert asking.resume_requests.filter(state=ResumeState.PENDING).exists()


def test_a_stale_refusal_does_not_overturn_the_authorisation(asking):
    demand = asking.resume_requests.get()
    actions.authorise_resume(asking.candidate, demand=demand.pk, by=UserFactory())

    with pytest.raises(AlreadyAnswered):
        actions.refuse_resume(asking.candidate, demand=demand.pk, by=UserFactory())

    assert Attempt.objects.get().right == Right.RESUME
    assert lines("resume.refused") == 0


def test_nothing_is_refused_to_who_asks_nothing(attempt):
    with pytest.raises(AlreadyAnswered):
        actions.refuse_resume(attempt.candidate, by=UserFactory())

    assert lines("resume.refused") == 0


def test_without_a_demand_a_resume_is_authorised_once(attempt):
    actions.authorise_resume(attempt.candidate, by=UserFactory())

    with pytest.raises(AlreadyAnswered, match="déjà été autorisée par"):
        actions.authorise_resume(attempt.candidate, by=UserFactory())

    assert lines("resume.authorised") == 1


def test_without_a_demand_a_used_authorisation_is_not_given_again(attempt):
    shown = authorisation_mark(attempt)
    actions.authorise_resume(attempt.candidate, known=shown, by=UserFactory())
    come_back(attempt)

    with pytest.raises(AlreadyAnswered):
        actions.authorise_resume(attempt.candidate, known=shown, by=UserFactory())

    assert Attempt.objects.get().right == Right.NONE


def test_who_is_gone_again_is_authorised_again(attempt):
    actions.authorise_resume(attempt.candidate, by=UserFactory())
    shown = authorisation_mark(come_back(attempt))

    actions.authorise_resume(attempt.candidate, known=shown, by=UserFactory())

    assert Attempt.objects.get().right == Right.RESUME


def test_a_retried_authorisation_does_not_give_a_used_right_again(asking):
    user, operation = UserFactory(), Operation(uuid4(), "form")
    candidate = asking.candidate
    actions.authorise_resume(candidate, by=user, operation=operation)
    exam_actions.enter_test(candidate, candidate.session.access_code, by=candidate.user)

    actions.authorise_resume(candidate, by=user, operation=operation)

    assert Attempt.objects.get().right == Right.NONE


def test_a_refusal_answers_the_demand_and_gives_nothing(asking):
    actions.refuse_resume(asking.candidate, by=UserFactory())

    assert Attempt.objects.get().right == Right.NONE
    assert ResumeRequest.objects.get().state == ResumeState.REFUSED


def test_a_refused_candidate_may_ask_again(asking):
    actions.refuse_resume(asking.candidate, by=UserFactory())

    exam_actions.ask_to_resume(asking.candidate, by=asking.candidate.user)

    assert ResumeRequest.objects.filter(state=ResumeState.PENDING).count() == 1


def test_an_authorisation_not_used_is_cancelled(asking):
    actions.authorise_resume(asking.candidate, by=UserFactory())

    actions.cancel_resume(asking.candidate, by=UserFactory())

    with pytest.raises(NotAuthorisedToResume):
        exam_actions.enter_test(
            asking.candidate, asking.candidate.session.access_code, by=asking.candidate.user
        )


def test_an_authorisation_that_was_used_is_not_cancelled(asking):
    actions.authorise_resume(asking.candidate, by=UserFactory())
    come_back(asking)

    with pytest.raises(NoRightToCancel):
        actions.cancel_resume(asking.candidate, by=UserFactory())

    assert ResumeRequest.objects.get().state == ResumeState.USED
    assert lines("resume.cancelled") == 0


def test_an_authorisation_that_has_run_out_is_not_cancelled(attempt):
    actions.authorise_resume(attempt.candidate, by=UserFactory())

    late = timezone.now() + timedelta(minutes=16)
    with time_machine.travel(late), pytest.raises(NoRightToCancel):
        actions.cancel_resume(attempt.candidate, by=UserFactory())


def test_a_cancellation_is_told_and_shown(attempt):
    actions.authorise_resume(attempt.candidate, by=UserFactory())
    before = Candidate.objects.get().session.version

    actions.cancel_resume(attempt.candidate, by=UserFactory())

    assert lines("resume.cancelled") == 1
    assert Candidate.objects.get().row_version == before + 1


@pytest.mark.parametrize(
    ("move", "kind"),
    [
        (actions.authorise_resume, "resume.authorised"),
        (actions.refuse_resume, "resume.refused"),
        (actions.end_test, "attempt.ended"),
    ],
)
def test_a_move_is_told_and_shown(asking, move, kind):
    before = Candidate.objects.get().session.version

    move(asking.candidate, by=UserFactory())

    assert lines(kind) == 1
    assert Candidate.objects.get().row_version == before + 1


@pytest.mark.parametrize(
    "move", [actions.authorise_resume, actions.refuse_resume, actions.cancel_resume]
)
def test_a_test_that_is_over_is_not_resumed(bank, move):
    with pytest.raises(NotRunning):
        move(situations.finished().candidate, by=UserFactory())


@pytest.mark.parametrize(
    "move", [actions.authorise_resume, actions.refuse_resume, actions.end_test]
)
def test_a_test_that_never_started_has_nothing_to_move(bank, move):
    candidate = situations.present(CandidateFactory())

    with pytest.raises(NotRunning):
        move(candidate, by=UserFactory())

    assert Attempt.objects.get().state == AttemptState.PREPARED


@pytest.mark.parametrize(
    "move", [actions.authorise_resume, actions.refuse_resume, actions.end_test]
)
def test_nothing_moves_after_the_finalisation(bank, move):
    attempt = situations.finished()
    situations.finalised(attempt.candidate.session)

    with pytest.raises(SessionClosed):
        move(attempt.candidate, by=UserFactory())


# --- Ending ---------------------------------------------------------------------------------------


def test_an_invigilator_ends_a_test_and_every_answer_counts(attempt):
    situations.answer_all(attempt, value=[1], upto=10)
    user = UserFactory()

    ended = actions.end_test(attempt.candidate, by=user)

    assert (ended.state, ended.ended_by) == (AttemptState.ENDED, user)
    assert ended.end_screen_shown_at is None
    assert ended.answers.count() == 10


def test_ending_a_finished_test_changes_nothing(bank):
    attempt = situations.finished()
    before = Candidate.objects.get().session.version

    actions.end_test(attempt.candidate, by=UserFactory())

    attempt.refresh_from_db()
    assert (attempt.state, attempt.ended_by) == (AttemptState.FINISHED, None)
    assert Candidate.objects.get().session.version == before
    assert lines("attempt.ended") == 0


def test_ending_five_times_writes_one_line(attempt):
    first = actions.end_test(attempt.candidate, by=UserFactory())
    for _ in range(4):
        actions.end_test(attempt.candidate, by=UserFactory())

    attempt.refresh_from_db()
    assert attempt.ended_at == first.ended_at
    assert lines("attempt.ended") == 1


def test_ending_drops_the_demand_and_the_right_to_resume(asking):
    actions.authorise_resume(asking.candidate, by=UserFactory())

    ended = actions.end_test(asking.candidate, by=UserFactory())

    assert ended.right == Right.NONE
    assert ResumeRequest.objects.get().state == ResumeState.LAPSED


# --- The end screen -------------------------------------------------------------------------------


def test_a_person_says_the_end_screen_was_seen(bank):
    attempt, user = situations.finished(), UserFactory()

    seen = actions.note_end_screen(attempt.candidate, seen=True, by=user)

    assert seen.end_screen_seen_by == user
    assert seen.end_screen_seen_at is not None


def test_he_may_take_it_back(bank):
    attempt = situations.finished()
    actions.note_end_screen(attempt.candidate, seen=True, by=UserFactory())

    taken_back = actions.note_end_screen(attempt.candidate, seen=False, by=UserFactory())

    assert (taken_back.end_screen_seen_at, taken_back.end_screen_seen_by) == (None, None)


def test_seen_said_twice_keeps_who_said_it_first(bank):
    attempt, first = situations.finished(), UserFactory()
    actions.note_end_screen(attempt.candidate, seen=True, by=first)

    actions.note_end_screen(attempt.candidate, seen=True, by=UserFactory())

    attempt.refresh_from_db()
    assert attempt.end_screen_seen_by == first
    assert lines("end_screen.seen") == 1


def test_a_late_retry_of_seen_does_not_undo_the_correction(bank):
    candidate, user, operation = (
        situations.finished().candidate,
        UserFactory(),
        Operation(uuid4(), "seen"),
    )
    actions.note_end_screen(candidate, seen=True, by=user, operation=operation)
    actions.note_end_screen(candidate, seen=False, by=UserFactory())

    actions.note_end_screen(candidate, seen=True, by=user, operation=operation)

    assert Attempt.objects.get().end_screen_seen_at is None


def test_a_running_test_has_no_end_screen(attempt):
    with pytest.raises(NotFinished):
        actions.note_end_screen(attempt.candidate, seen=True, by=UserFactory())


def test_a_test_ended_by_an_invigilator_has_no_end_screen(bank):
    with pytest.raises(NotFinished):
        actions.note_end_screen(situations.ended().candidate, seen=True, by=UserFactory())
