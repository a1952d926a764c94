import pytest

from exam.enums import AttemptState
from finalisation import actions
from finalisation.models import Certification
from sessions.enums import SessionState
from tests import situations
from tests.factories import ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_session_with_a_finished_test_is_finalised_and_scored(bank):
    session = ExamSessionFactory()
    attempt = situations.finished(session=session)

    session = actions.finalise(session, by=UserFactory())

    assert session.state == SessionState.FINALISED
    assert Certification.objects.get(attempt=attempt).verdict == "validated"


def test_a_living_test_and_a_missing_reason_are_refused_together_by_name(bank):
    attempt = situations.started()

    with pytest.raises(actions.FinalisationBlocked) as refusal:
        actions.finalise(attempt.candidate.session, by=UserFactory())

    assert [blocker.kind for blocker in refusal.value.blockers] == ["alive", "reason"]
    assert str(attempt.candidate) in refusal.value.sentence


def test_a_test_ended_by_the_invigilator_needs_a_reason(bank):
    attempt = situations.ended()
    session = attempt.candidate.session
    with pytest.raises(actions.FinalisationBlocked):
        actions.finalise(session, by=UserFactory())

    situations.give_reason(attempt)
    actions.finalise(session, by=UserFactory())

    attempt.refresh_from_db()
    assert attempt.state == AttemptState.ENDED
    assert attempt.answers.filter(outcome="unanswered").count() == 48


def test_publishing_then_unpublishing_then_reopening(bank):
    officer = UserFactory(officer=True)
    session = situations.published()

    session = actions.unpublish(session, why="erreur", by=officer)
    session = actions.reopen(session, why="à compléter", by=officer)

    assert session.state == SessionState.CREATED
    assert not Certification.objects.exists()
