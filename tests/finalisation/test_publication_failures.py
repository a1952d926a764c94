"""The publication broken at each of its SQL statements: nothing stays, a retry succeeds, one mail."""

import pytest
from django.db import OperationalError, connection, transaction
from django_tasks_db.models import DBTaskResult

from certif.audit.models import AuditEvent
from finalisation import actions, tasks
from finalisation.models import Certificate, Mailing
from sessions.enums import SessionState
from sessions.models import ExamSession
from tests import situations
from tests.factories import ExamSessionFactory, UserFactory
from tests.finalisation.mails import waiting
from tests.finalisation.test_finalise_failures import BrokenStatement

pytestmark = pytest.mark.django_db

STATEMENTS_OF_A_PUBLICATION = 11


@pytest.fixture(autouse=True)
def _tasks_in_the_database(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def session(bank):
    session = ExamSessionFactory()
    situations.finished(session=session, results_email="famille@exemple.test")
    session = situations.finalised(session)
    DBTaskResult.objects.all().delete()
    return session


def test_a_publication_takes_the_statements_that_are_broken_below(session):
    by, counter = UserFactory(officer=True), BrokenStatement()

    with connection.execute_wrapper(counter):
        actions.publish(session, by=by)

    assert counter.count == STATEMENTS_OF_A_PUBLICATION


@pytest.mark.parametrize("at", range(1, STATEMENTS_OF_A_PUBLICATION + 1))
def test_a_failure_anywhere_writes_nothing_and_a_retry_sends_one_mail(session, at, mailoutbox):
    by = UserFactory(officer=True)

    with (
        connection.execute_wrapper(BrokenStatement(at)),
        pytest.raises(OperationalError, match="went away"),
        transaction.atomic(),
    ):
        actions.publish(session, by=by)

    assert ExamSession.objects.get().state == SessionState.FINALISED
    assert not AuditEvent.objects.filter(kind="session.published").exists()
    assert not Certificate.objects.exists()
    assert not Mailing.objects.exists()
    assert not DBTaskResult.objects.exists()

    actions.publish(session, by=by)
    actions.publish(session, by=by)
    for pks, _at in waiting() * 2:
        tasks.send_mailings.call(pks)

    assert Certificate.objects.count() == 1
    assert [mail.to for mail in mailoutbox] == [["famille@exemple.test"]]
