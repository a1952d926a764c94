from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from certif.audit.sentences import sentence
from exam import actions
from exam.actions.refusals import NotReopened
from exam.enums import AttemptState, Right
from exam.models import Attempt, Beat
from invigilation import actions as invigilation_actions
from sessions.actions.refusals import SessionClosed
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.factories import CandidateFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(bank):
    """Ended by mistake after five questions."""
    attempt = situations.answer_all(situations.started(), value=[1], upto=5)
    return invigilation_actions.end_test(attempt.candidate, by=UserFactory())


def reopen(attempt, **fields):
    candidate = Candidate.objects.get(pk=attempt.candidate_id)
    fields = {"reason": "Mauvaise ligne touchée.", "by": UserFactory()} | fields
    return actions.reopen_test(candidate, **fields)


def test_a_test_ended_by_mistake_goes_on_with_its_answers(ended):
    reopen(ended)

    kept = Attempt.objects.get()
    assert (kept.state, kept.ended_at, kept.ended_by) == (AttemptState.RUNNING, None, None)
    assert kept.answered_count == kept.answers.count() == 5


def test_no_minute_is_added_by_itself(ended):
    before = Attempt.objects.select_related("candidate").get().deadline

    assert reopen(ended).deadline == before


def test_the_page_that_held_the_test_no_longer_does(ended):
    reopen(ended)

    with pytest.raises(actions.TestIsElsewhere):
        actions.beat(ended, seat_key=ended.seat_key)


def test_the_candidate_asks_then_comes_back_by_an_authorisation(ended):
    reopen(ended)
    candidate = Candidate.objects.select_related("session", "user").get()
    code = candidate.session.access_code

    with pytest.raises(actions.NotAuthorisedToResume):
        actions.enter_test(candidate, code, by=candidate.user, seat_key=ended.seat_key)
    invigilation_actions.authorise_resume(candidate, by=UserFactory())
    attempt = actions.enter_test(candidate, code, by=candidate.user)

    assert (attempt.state, attempt.right, attempt.current_number) == ("running", Right.NONE, 6)


def test_the_time_of_a_question_does_not_run_while_the_test_is_over(ended):
    Attempt.objects.update(question_shown_at=timezone.now() - timedelta(hours=1))

    assert reopen(ended).question_shown_at is None


def test_he_is_silent_on_the_board_until_he_comes_back(ended):
    Beat.objects.update(last_seen_at=timezone.now() - timedelta(minutes=5))
    reopen(ended)

    actions.note_silences(ExamSession.objects.get())

    assert Attempt.objects.get().silent_since


def test_reopening_shows_on_every_tablet(ended):
    before = ExamSession.objects.get().version

    reopen(ended)

    session = ExamSession.objects.get()
    assert session.version == Candidate.objects.get().row_version == before + 1


def test_reopening_is_told_with_its_reason(ended):
    manager = UserFactory()
    reopen(ended, by=manager)

    event = AuditEvent.objects.get(kind="attempt.reopened")
    told = sentence(event, people={manager.pk: "Claire FONTAINE"}, candidates={})
    assert told == (
        "Claire FONTAINE a rouvert le test d’un candidat effacé\u00a0: Mauvaise ligne touchée."
    )
    assert event.candidate_id == ended.candidate_id


def test_the_same_form_twice_reopens_once(ended):
    manager, operation = UserFactory(), Operation(uuid4(), "same")

    reopen(ended, by=manager, operation=operation)
    invigilation_actions.end_test(Candidate.objects.get(), by=UserFactory())
    reopen(ended, by=manager, operation=operation)

    assert Attempt.objects.get().state == AttemptState.ENDED
    assert AuditEvent.objects.filter(kind="attempt.reopened").count() == 1


@pytest.mark.parametrize("situation", [situations.started, situations.finished])
def test_only_a_test_that_somebody_ended_is_reopened(bank, situation):
    attempt = situation()

    with pytest.raises(NotReopened):
        reopen(attempt)

    assert Attempt.objects.get().state == attempt.state


def test_a_test_closed_by_the_finalisation_is_not_reopened(ended):
    Attempt.objects.update(state=AttemptState.CLOSED)

    with pytest.raises(NotReopened):
        reopen(ended)


def test_a_candidate_who_never_started_has_no_test_to_reopen():
    with pytest.raises(NotReopened):
        actions.reopen_test(CandidateFactory(), reason="Par erreur.", by=UserFactory())


def test_nothing_is_reopened_once_the_session_is_finalised(ended):
    situations.give_reason(ended)
    situations.finalised(ExamSession.objects.get())

    with pytest.raises(SessionClosed):
        reopen(ended)

    assert Attempt.objects.get().state == AttemptState.ENDED
