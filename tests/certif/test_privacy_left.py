"""What an erasure leaves is told; what the packages keep of an account goes with it."""

from io import StringIO

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.accounts.models import Centre
from invigilation.models import SessionNote
from sessions.models import PreparedImport
from tests import situations
from tests.factories import QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db):
    QuestionFactory.create_bank()
    return UserFactory(officer=True)


def erase(officer, **whom):
    written = StringIO()
    call_command("erase_person", by=officer.pk, apply=True, stdout=written, **whom)
    return written.getvalue()


def test_what_may_still_name_a_candidate_is_told(officer):
    session = situations.published()
    candidate = session.candidates.get()
    SessionNote.objects.create(session=session, text="Bruit.", written_by=officer)
    PreparedImport.objects.create(
        centre=session.centre, kind="registre", filename="x.csv", created_by=officer
    )

    told = erase(officer, candidate=candidate.pk)

    assert "notes de la salle, observations" in told
    assert "Impressions et fichiers importés" in told
    assert f"(--account {candidate.user_id})" in told


def test_what_was_never_written_is_not_told(officer):
    session = situations.published()

    told = erase(officer, candidate=session.candidates.get().pk)

    assert "notes de la salle" not in told
    assert "Impressions" not in told


def journal(officer, message):
    return LogEntry.objects.create(
        user=officer,
        content_type=ContentType.objects.get_for_model(Centre),
        object_id=1,
        object_repr="Centre",
        action_flag=CHANGE,
        change_message=message,
    )


def test_the_journal_of_a_centre_no_longer_names_who_was_erased(officer):
    user = UserFactory(first_name="Zoé", last_name="Zorglub")
    # As Django writes it: in JSON, accents escaped.
    about = journal(officer, '[{"added": {"object": "Zo\\u00e9 ZORGLUB \\u00b7 Centre"}}]')
    other = journal(officer, '[{"added": {"object": "Anna QUENOUILLE \\u00b7 Centre"}}]')

    erase(officer, account=user.pk)

    assert list(LogEntry.objects.filter(pk__in=[about.pk, other.pk])) == [other]


def task_to(address):
    return DBTaskResult.objects.create(
        status="SUCCESSFUL",
        args_kwargs={"args": ["Sujet", "Corps", [address]], "kwargs": {}},
        task_path="none",
        worker_ids=[],
        backend_name="default",
        run_after=timezone.now(),
        finished_at=timezone.now(),
        exception_class_path="",
        traceback="",
    )


def test_the_queue_no_longer_holds_the_address_that_was_erased(officer):
    user = UserFactory(email="zorglub@exemple.test")
    task_to("Zorglub@exemple.test")
    other = task_to("anna.zorglub@exemple.test")

    erase(officer, account=user.pk)

    assert list(DBTaskResult.objects.all()) == [other]
