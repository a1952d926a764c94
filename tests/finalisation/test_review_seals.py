"""The sealed PV on the officers' pages: taken from there, and asked for anew when it is missing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from certif.audit.models import AuditEvent
from finalisation import actions
from finalisation.models import SealedRecord, Sealing
from finalisation.sealing import seal_again, seal_record
from tests import situations
from tests.factories import ExamSessionFactory, UserFactory
from tests.finalisation.pages import words

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("bank"),
    # WeasyPrint leaves its colour profile to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014.icc:ResourceWarning"),
]


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


@pytest.fixture
def session():
    return situations.finalised()


@pytest.fixture
def sealed(session):
    seal(session)
    return SealedRecord.objects.get()


def seal(session):
    """As the worker does."""
    seal_record.func(session.pk, session.finalised_at.isoformat())


def address(name, *args):
    return reverse(f"admin:exam_sessions_examsession_{name}", args=args)


def section(client, session, soup):
    return soup(client.get(address("change", session.pk)), "#pv-scelle")


def refused(session, **fields):
    """As it is after a try that failed."""
    now = timezone.now()
    told = {
        "tries": 1,
        "tried_at": now,
        "next_at": now + timedelta(minutes=5),
        "error": "Le disque est plein.",
    }
    return Sealing.objects.create(
        session=session, finalised_at=session.finalised_at, **told | fields
    )


def test_an_officer_takes_the_record_from_the_page_of_the_session(client, officer, sealed, soup):
    session = sealed.session
    (link,) = section(client, session, soup).select("a")

    response = client.get(link["href"])

    with sealed.file.open() as file:
        assert b"".join(response.streaming_content) == file.read()
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    event = AuditEvent.objects.get(kind="record.downloaded")
    assert (event.actor_id, event.session_id) == (officer.pk, session.pk)


def test_the_record_of_a_finalisation_that_was_undone_is_still_there(client, officer, sealed, soup):
    actions.reopen(sealed.session, why="Erreur de salle", by=officer)

    page = section(client, sealed.session, soup)

    assert "finalisation annulée par une réouverture" in words(page)
    assert page.select("a")


def test_a_record_is_found_under_its_own_session_only(client, officer, sealed):
    other = ExamSessionFactory()

    assert client.get(address("sealed", other.pk, sealed.pk)).status_code == 404


def test_the_record_is_for_officers(client, sealed):
    client.force_login(sealed.session.finalised_by)

    response = client.get(address("sealed", sealed.session_id, sealed.pk), follow=True)

    assert response.status_code == 403
    assert not AuditEvent.objects.filter(kind="record.downloaded").exists()


def test_a_record_that_could_not_be_written_says_why_and_when_it_is_tried_again(
    client, officer, session, soup
):
    refused(session)

    page = words(section(client, session, soup))

    assert "Pas encore écrit. Le disque est plein. 1 essai, le" in page
    assert "Prochain essai après le" in page


def test_after_the_last_try_the_page_says_that_there_is_no_other(client, officer, session, soup):
    refused(session, tries=5, next_at=None)

    assert "Aucun autre essai n’est prévu." in words(section(client, session, soup))


def test_a_record_that_nobody_tried_to_write_is_told_after_a_quarter_of_an_hour(
    client, officer, session, soup, time_machine
):
    time_machine.move_to(session.finalised_at + timedelta(minutes=16))
    client.force_login(officer)

    assert "Aucun essai n’a été fait" in words(section(client, session, soup))


def test_a_record_that_is_being_written_is_no_failure(client, officer, session, soup):
    refused(session, error="")

    page = section(client, session, soup)

    assert "Il s’écrit" in words(page)
    assert page.select(".flag, form") == []


def test_a_try_that_never_ended_is_told_after_a_quarter_of_an_hour(client, officer, session, soup):
    refused(session, error="", tried_at=timezone.now() - timedelta(minutes=16))

    assert "ne s’est pas terminée" in words(section(client, session, soup))


@pytest.fixture
def asked_again(session, officer, settings, time_machine):
    """A day after the finalisation, after five tries; no worker has come yet."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    time_machine.move_to(session.finalised_at + timedelta(days=1))
    refused(session, tries=5, next_at=None)
    seal_again(session, by=officer)


def test_a_record_asked_for_anew_is_being_written(client, officer, session, asked_again, soup):
    client.force_login(officer)

    page = section(client, session, soup)

    assert "Il s’écrit" in words(page)
    assert page.select(".flag, form") == []


def test_a_record_asked_for_anew_in_vain_says_since_when(
    client, officer, session, asked_again, soup, time_machine
):
    time_machine.shift(timedelta(minutes=16))
    client.force_login(officer)

    page = words(section(client, session, soup))

    assert "Aucun essai n’a été fait depuis le" in page


def test_an_officer_asks_for_the_record_anew(client, officer, session, soup):
    refused(session, tries=5, next_at=None)
    (form,) = section(client, session, soup).select("form")
    sent = {field["name"]: field["value"] for field in form.select("[name]")}

    client.post(form["action"], sent)

    # The tasks of the tests are done at once.
    assert AuditEvent.objects.get(kind="record.asked_again").actor_id == officer.pk
    assert not Sealing.objects.exists()


def test_to_ask_for_a_record_that_is_written_is_refused(client, officer, sealed):
    page = client.post(
        address("seal_again", sealed.session_id), {"operation": uuid4()}, follow=True
    )

    assert "Ce PV n’est plus à écrire" in page.text.replace("\u00a0", " ")


def test_the_first_page_of_officers_leads_to_the_records_that_are_missing(
    client, officer, session, soup, time_machine
):
    time_machine.move_to(session.finalised_at + timedelta(minutes=16))
    client.force_login(officer)

    page = soup(client.get(reverse("admin:index")), ".first")

    assert "1 PV d’incident non écrit" in words(page)
    assert page.select(f"a[href='{address('change', session.pk)}#pv-scelle']")


def test_the_numbers_of_the_sessions_without_record_are_told_apart(
    client, officer, session, soup, time_machine
):
    other = situations.finalised()
    time_machine.move_to(other.finalised_at + timedelta(minutes=16))
    client.force_login(officer)

    page = soup(client.get(reverse("admin:index")), ".first")

    assert f"non écrits, sessions {session.pk}, {other.pk}" in page.text
