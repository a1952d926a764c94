"""What officers open and take is noted, and told to those who run the centre."""

from copy import deepcopy
from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certif.audit.models import AuditEvent
from certif.audit.openings import OPENINGS
from finalisation.models import ClosingDocument
from tests import situations
from tests.factories import CandidateFactory, MembershipFactory, QuestionFactory, UserFactory
from tests.finalisation.pages import dismiss, words

pytestmark = pytest.mark.django_db

MINOR, OF_AGE = date(2012, 3, 4), date(1980, 3, 4)


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True, first_name="Nora", last_name="Petit")
    client.force_login(officer)
    return officer


@pytest.fixture(scope="module")
def examined(once):
    QuestionFactory.create_bank()
    attempt = situations.finished(birth_date=MINOR, birth_name="Dupont", first_name="Paul")
    situations.finalised(attempt.candidate.session)
    return attempt.candidate


@pytest.fixture
def candidate(examined):
    """Of a finalised session."""
    return deepcopy(examined)


@pytest.fixture
def document(candidate):
    return ClosingDocument.objects.create(
        session=candidate.session,
        kind="fraud",
        file=ContentFile(b"%PDF-", name="document.pdf"),
        name="pv.pdf",
        content_type="application/pdf",
        size=5,
        added_by=UserFactory(),
    )


def address(name, candidate):
    args = [candidate.session_id] if name == "change" else [candidate.session_id, candidate.pk]
    return reverse(f"admin:exam_sessions_examsession_{name}", args=args)


def noted():
    return AuditEvent.objects.filter(OPENINGS)


@pytest.mark.parametrize("name", ["candidate", "identity", "certification"])
def test_a_page_about_a_minor_is_noted_once_an_hour(client, officer, candidate, name):
    client.get(address(name, candidate))
    client.get(address(name, candidate))

    event = noted().get()
    assert (event.kind, event.actor_id, event.candidate_id) == (
        "candidate.opened",
        officer.pk,
        candidate.pk,
    )


@pytest.mark.parametrize("name", ["change", "candidate", "identity"])
def test_a_page_about_people_of_age_is_not(client, officer, candidate, name):
    type(candidate).objects.update(birth_date=OF_AGE)

    client.get(address(name, candidate))

    assert not noted().exists()


def test_the_page_of_a_session_is_noted_once_with_how_many_minors(client, officer, candidate):
    CandidateFactory(session=candidate.session, birth_date=MINOR)
    CandidateFactory(session=candidate.session, birth_date=OF_AGE)

    client.get(address("change", candidate))
    client.get(address("change", candidate))

    event = noted().get()
    assert (event.kind, event.candidate_id, event.data) == ("candidates.opened", None, {"count": 2})


@pytest.mark.parametrize("name", ["change", "candidate"])
def test_a_head_is_not_noted(client, officer, candidate, name):
    client.head(address(name, candidate))

    assert not noted().exists()


@pytest.mark.parametrize("name", ["change", "candidate", "identity"])
def test_a_browser_that_reads_ahead_is_given_nothing(client, officer, candidate, name):
    response = client.get(address(name, candidate), headers={"Sec-Purpose": "prefetch"})

    assert response.status_code == 409
    assert not noted().exists()


def test_what_was_only_read_is_not_in_the_history_that_officers_read(
    client, officer, candidate, soup
):
    client.get(address("candidate", candidate))

    page = soup(client.get(address("change", candidate)))

    assert noted().count() == 2
    assert "a ouvert" not in page.select_one(".timeline").text


def test_it_is_in_the_audit_that_officers_read(client, officer, candidate, soup):
    client.get(address("candidate", candidate))
    page = client.get(address("change", candidate))

    response = client.get(soup(page, "#openings")["href"])

    told = [words(cell) for cell in soup(response).select(".field-told")]
    assert f"Nora PETIT a ouvert le dossier du candidat n° {candidate.pk}." in told
    assert len(told) == 2


def test_the_head_of_the_centre_reads_it(client, officer, candidate, soup):
    client.get(address("candidate", candidate))
    client.get(address("change", candidate))
    client.force_login(MembershipFactory(centre=candidate.session.centre).user)

    page = client.get(reverse("sessions:session_openings", args=[candidate.session_id]))

    assert [line.text for line in soup(page).select(".timeline span")] == [
        "Nora PETIT a ouvert la session, avec le dossier de 1 mineur.",
        "Nora PETIT a ouvert le dossier de Paul DUPONT.",
    ]


def test_the_page_of_a_session_costs_one_query_more(client, officer, candidate):
    client.get(address("change", candidate))
    with CaptureQueriesContext(connection) as queries:
        client.get(address("change", candidate))

    written = [query for query in queries if query["sql"].startswith("INSERT")]
    assert len(written) == 1


def test_a_document_that_an_officer_takes_is_noted(client, officer, candidate, document):
    page = reverse(
        "admin:exam_sessions_examsession_document", args=[candidate.session_id, document.pk]
    )

    response = client.get(page)
    dismiss(response)

    event = AuditEvent.objects.get(kind="document.downloaded")
    assert (event.actor_id, event.data) == (
        officer.pk,
        {"document": document.pk, "what": "PV de fraude"},
    )
    assert response.headers["Content-Disposition"] == 'attachment; filename="pv.pdf"'
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_a_document_of_which_only_the_head_is_asked_is_not(client, officer, candidate, document):
    page = reverse(
        "admin:exam_sessions_examsession_document", args=[candidate.session_id, document.pk]
    )

    dismiss(client.head(page))

    assert not AuditEvent.objects.filter(kind="document.downloaded").exists()
