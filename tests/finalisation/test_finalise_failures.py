"""The finalisation broken at each of its SQL statements: nothing stays, and a retry succeeds."""

import pytest
from django.db import OperationalError, connection, transaction
from django_tasks_db.models import DBTaskResult

from certif.audit.models import AuditEvent
from exam.models import Answer
from finalisation import actions
from finalisation.models import Certification, ClosingFile, Mailing
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, IncidentReport, Screen
from sessions.enums import SessionState
from sessions.models import ExamSession
from tests import situations
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

BOUNDARIES = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")
STATEMENTS_OF_A_FINALISATION = 28


@pytest.fixture(autouse=True)
def _tasks_in_the_database(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


class BrokenStatement:
    """The seam: the statement number `at` (transaction boundaries not counted) fails."""

    def __init__(self, at=None):
        self.at, self.count = at, 0

    def __call__(self, execute, sql, params, many, context):
        if not sql.startswith(BOUNDARIES):
            self.count += 1
            if self.count == self.at:
                raise OperationalError("the database went away")
        return execute(sql, params, many, context)


@pytest.fixture
def session(bank):
    """One test finished, one ended before its end, and a report that the finalisation resolves."""
    finished = situations.answer_all(situations.started(), value=[0])
    session = finished.candidate.session
    question = finished.answers.get(number=3).question
    question.image, question.image_alt = "questions/barres.svg", "des barres"
    question.save()
    invigilation_actions.write_report(
        finished.candidate,
        code=IncidentCode.objects.get(code="E1"),
        question_number=3,
        by=UserFactory(),
        screen=Screen.BOARD,
    )
    situations.give_reason(situations.ended(session=session))
    MembershipFactory(centre=session.centre)
    return session


def test_a_finalisation_takes_the_statements_that_are_broken_below(session):
    by, counter = UserFactory(), BrokenStatement()

    with connection.execute_wrapper(counter):
        actions.finalise(session, by=by)

    assert counter.count == STATEMENTS_OF_A_FINALISATION


@pytest.mark.parametrize("at", range(1, STATEMENTS_OF_A_FINALISATION + 1))
def test_a_failure_anywhere_writes_nothing_and_a_retry_succeeds(session, at):
    by = UserFactory()
    answers, saved_at = Answer.objects.count(), ClosingFile.objects.get().saved_at
    with (
        connection.execute_wrapper(BrokenStatement(at)),
        pytest.raises(OperationalError, match="went away"),
        transaction.atomic(),
    ):
        actions.finalise(session, by=by)

    assert ExamSession.objects.get().is_open
    assert Answer.objects.count() == answers
    assert not Answer.objects.exclude(neutralised_at=None).exists()
    assert IncidentReport.objects.get().resolved_at is None
    assert ClosingFile.objects.get().saved_at == saved_at
    assert not Certification.objects.exists()
    assert not AuditEvent.objects.filter(kind="session.finalised").exists()
    assert not Mailing.objects.exists()
    assert not DBTaskResult.objects.exists()
    session = actions.finalise(session, by=by)
    assert session.state == SessionState.FINALISED
    assert sorted(
        (task.task_path, task.args_kwargs["args"]) for task in DBTaskResult.objects.all()
    ) == [
        ("finalisation.sealing.seal_record", [session.pk, session.finalised_at.isoformat()]),
        ("finalisation.tasks.send_mailings", [[Mailing.objects.get().pk]]),
    ]


@transaction.atomic
def finalise_then_fail(session):
    actions.finalise(session, by=UserFactory())
    assert DBTaskResult.objects.count() == 2
    raise OperationalError("the database went away")


def test_a_mail_is_enqueued_in_the_transaction_of_its_action(session):
    with pytest.raises(OperationalError):
        finalise_then_fail(session)

    assert not DBTaskResult.objects.exists()
