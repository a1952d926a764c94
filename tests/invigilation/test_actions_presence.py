from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from certif.audit.models import AuditEvent, OperationReused
from certif.audit.operations import Operation
from exam import actions as exam_actions
from exam.enums import Right
from exam.models import Attempt
from invigilation import actions
from sessions.actions import delete_session
from sessions.actions.refusals import CandidateStarted, DeletionRefused, SessionClosed
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate(bank):
    return CandidateFactory()


@pytest.fixture
def other_day(bank):
    tomorrow = timezone.localdate() + timedelta(days=1)
    return CandidateFactory(session__date=tomorrow)


def set_presence(candidate, present, *, by=None, **how):
    return actions.set_presence(candidate, present=present, by=by or UserFactory(), **how)


def kinds():
    return list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))


# --- Presence -------------------------------------------------------------------------------------


def test_a_tick_notes_who_and_when_and_gives_the_right_to_start(candidate):
    user = UserFactory()

    candidate = set_presence(candidate, True, by=user)

    candidate.refresh_from_db()
    assert candidate.is_present
    assert candidate.presence_noted_by == user
    assert candidate.attempt.right == Right.START


def test_an_untick_takes_the_right_back_and_keeps_who_noted_it(candidate):
    set_presence(candidate, True)
    user = UserFactory()

    set_presence(candidate, False, by=user)

    candidate.refresh_from_db()
    assert not candidate.is_present
    assert candidate.presence_noted_by == user
    assert Attempt.objects.get().right == Right.NONE


def test_present_said_twice_is_present(candidate):
    set_presence(candidate, True)

    set_presence(candidate, True)

    candidate.refresh_from_db()
    assert candidate.is_present
    assert kinds() == ["presence.present"]


def test_absent_said_of_an_absent_candidate_writes_nothing(candidate):
    set_presence(candidate, False)

    candidate.refresh_from_db()
    assert candidate.presence_noted_at is None
    assert kinds() == []


def test_a_tick_shows_on_the_board(candidate):
    set_presence(candidate, True)

    candidate.refresh_from_db()
    assert candidate.row_version == candidate.session.version == 2


def test_a_retried_tick_is_one_tick(candidate):
    user, operation = UserFactory(), Operation(uuid4(), "present")

    set_presence(candidate, True, by=user, operation=operation)
    set_presence(candidate, True, by=user, operation=operation)

    assert kinds() == ["presence.present"]


def test_a_late_retry_of_a_tick_does_not_undo_the_untick_that_followed(candidate):
    user, operation = UserFactory(), Operation(uuid4(), "present")
    set_presence(candidate, True, by=user, operation=operation)
    set_presence(candidate, False)

    answered = set_presence(candidate, True, by=user, operation=operation)

    assert not answered.is_present
    assert kinds() == ["presence.present", "presence.absent"]


def test_one_operation_says_one_thing(candidate):
    user, operation = UserFactory(), Operation(uuid4(), "present")
    set_presence(candidate, True, by=user, operation=operation)

    with pytest.raises(OperationReused):
        set_presence(candidate, False, by=user, operation=Operation(operation.id, "absent"))


def test_a_started_candidate_is_not_unticked(bank):
    candidate = situations.started().candidate

    with pytest.raises(actions.PresenceFrozen):
        set_presence(candidate, False)

    candidate.refresh_from_db()
    assert candidate.is_present


def test_a_started_candidate_ticked_again_changes_nothing(bank):
    candidate = situations.started().candidate

    set_presence(candidate, True)

    assert kinds().count("presence.present") == 1


def test_no_tick_in_a_finalised_session(bank):
    session = ExamSessionFactory()
    absent = CandidateFactory(session=session)
    situations.finished(session=session)
    situations.finalised(session)

    with pytest.raises(SessionClosed):
        set_presence(absent, True)


# --- Another day ----------------------------------------------------------------------------------


def test_a_tick_on_another_day_asks_first(other_day):
    with pytest.raises(actions.OtherDay):
        set_presence(other_day, True)

    other_day.refresh_from_db()
    assert not other_day.is_present


def test_once_confirmed_the_room_works_on_that_day(other_day):
    assert set_presence(other_day, True, other_day=True).is_present
    assert set_presence(CandidateFactory(session=other_day.session), True).is_present


def test_the_day_is_confirmed_once_and_kept(other_day):
    set_presence(other_day, True, other_day=True)
    set_presence(CandidateFactory(session=other_day.session), True, other_day=True)

    assert kinds().count("day.confirmed") == 1


def test_another_planned_day_is_asked_about_again(other_day):
    set_presence(other_day, True, other_day=True)
    session = other_day.session
    session.date += timedelta(days=30)
    session.save()

    with pytest.raises(actions.OtherDay):
        set_presence(CandidateFactory(session=session), True)


def test_on_its_own_day_there_is_nothing_to_confirm(candidate):
    set_presence(candidate, True, other_day=True)

    assert "day.confirmed" not in kinds()


def test_a_tick_is_taken_back_after_midnight_without_a_question(bank):
    candidate = CandidateFactory()
    set_presence(candidate, True)

    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert not set_presence(candidate, False).is_present


# --- « Délier le compte » -------------------------------------------------------------------------


def test_unlinking_frees_the_row_and_withdraws_the_presence(bank):
    candidate = CandidateFactory(joined=True)
    set_presence(candidate, True)

    candidate = actions.unlink_account(candidate, by=UserFactory())

    candidate.refresh_from_db()
    assert (candidate.user, candidate.linked_at, candidate.is_present) == (None, None, False)
    assert Attempt.objects.get().right == Right.NONE


def test_another_account_may_take_the_freed_row(bank):
    candidate = CandidateFactory(joined=True)
    actions.unlink_account(candidate, by=UserFactory())
    user = UserFactory()

    set_presence(candidate, True)
    type(candidate).objects.update(user=user, linked_at=timezone.now())

    assert exam_actions.enter_test(candidate, candidate.session.access_code, by=user).is_running


def test_after_an_unlinking_the_session_keeps_its_evidence(bank):
    candidate = CandidateFactory(joined=True)
    situations.present(candidate)

    actions.unlink_account(candidate, by=UserFactory())

    with pytest.raises(DeletionRefused):
        delete_session(candidate.session, by=UserFactory())


def test_unlinking_shows_on_the_board(bank):
    candidate = CandidateFactory(joined=True)

    actions.unlink_account(candidate, by=UserFactory())

    candidate.refresh_from_db()
    assert candidate.row_version == candidate.session.version == 2


def test_unlinking_twice_writes_one_line(bank):
    candidate = CandidateFactory(joined=True)

    actions.unlink_account(candidate, by=UserFactory())
    actions.unlink_account(candidate, by=UserFactory())

    assert kinds() == ["candidate.unlinked"]


def test_unlinking_a_row_without_account_leaves_its_tick_and_its_right(candidate):
    set_presence(candidate, True)

    actions.unlink_account(candidate, by=UserFactory())

    candidate.refresh_from_db()
    assert candidate.is_present
    assert Attempt.objects.get().right == Right.START


def test_a_started_candidate_is_not_unlinked(bank):
    candidate = situations.started().candidate

    with pytest.raises(CandidateStarted):
        actions.unlink_account(candidate, by=UserFactory())


def test_nobody_is_unlinked_from_a_finalised_session(bank):
    session = ExamSessionFactory()
    waiting = CandidateFactory(session=session, joined=True)
    situations.finished(session=session)
    situations.finalised(session)

    with pytest.raises(SessionClosed):
        actions.unlink_account(waiting, by=UserFactory())


def close(session, *, by):
    """Finalised by somebody else, while the answer to a tick was lost."""
    session.state, session.finalised_at, session.finalised_by = "finalised", timezone.now(), by
    session.save(update_fields=["state", "finalised_at", "finalised_by"])


def test_a_tick_sent_again_after_the_finalisation_reads_as_done(candidate):
    user, operation = UserFactory(), Operation(uuid4(), "0" * 64)
    set_presence(candidate, True, by=user, operation=operation)
    close(candidate.session, by=user)

    assert set_presence(candidate, True, by=user, operation=operation).is_present
    assert kinds().count("presence.present") == 1


def test_a_tick_never_made_is_refused_after_the_finalisation(candidate):
    close(candidate.session, by=UserFactory())

    with pytest.raises(SessionClosed):
        set_presence(candidate, True, operation=Operation(uuid4(), "0" * 64))
