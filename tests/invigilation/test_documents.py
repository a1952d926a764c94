"""Who takes the papers of the room, and from where."""

import pytest
from django.urls import reverse

from certif.audit.models import AuditEvent
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory, UserFactory
from tests.invigilation.pages import HTMX, element, url, words
from tests.sessions.papers import text_of

pytestmark = pytest.mark.django_db

KEYS = ["pv-incident", "pv-incident-signalements", "rapport-de-fraude"]


def address(session, key):
    return reverse("invigilation:document", args=[session.pk, key])


@pytest.mark.parametrize("key", KEYS)
def test_the_invigilator_takes_the_papers_of_the_room(client, session, invigilator, key):
    response = client.get(address(session, key))

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (
        f'attachment; filename="{key}-session-{session.pk}.pdf"'
    )
    assert "édition n° 1" in text_of(response.content)


@pytest.mark.parametrize("key", KEYS)
def test_the_centre_finds_the_same_on_its_documents_tab(client, session, soup, key):
    client.force_login(MembershipFactory(centre=session.centre).user)

    tab = soup(client.get(reverse("sessions:documents", args=[session.pk])))
    link = reverse("sessions:document", args=[session.pk, key])

    assert tab.select_one("section[aria-labelledby=for-invigilator]").find(href=link)
    assert client.get(link).status_code == 200


@pytest.mark.parametrize("key", ["kit-surveillant", "feuille-surveillant", "feuille-emargement"])
def test_the_papers_of_the_morning_are_taken_in_the_room_too(client, session, invigilator, key):
    CandidateFactory(session=session)

    given = client.get(address(session, key))

    assert str(session.pk) in text_of(given.content)


@pytest.mark.parametrize("key", ["coupons-candidats", "navette-creneaux", "inconnu"])
def test_the_room_gives_no_other_paper(client, session, invigilator, key):
    CandidateFactory(session=session)

    assert client.get(address(session, key)).status_code == 404


def test_the_papers_are_at_the_foot_of_the_list(client, session, invigilator):
    papers = element(client.get(url("board", session)), ".papers")

    listed = ["kit-surveillant", "feuille-surveillant", "feuille-emargement", *KEYS]
    assert [link["href"] for link in papers.select("a")] == [address(session, k) for k in listed]


@pytest.mark.parametrize("key", KEYS)
def test_the_invigilator_of_another_room_finds_nothing(client, session, invigilator, key):
    assert client.get(address(ExamSessionFactory(), key)).status_code == 404


def test_a_room_whose_session_is_finalised_still_gives_its_papers(client, session, bank):
    client.force_login(situations.invigilator_of(session))
    situations.finalised(session)

    assert client.get(address(session, "pv-incident-signalements")).status_code == 200


def test_the_history_tells_who_took_what_in_the_room(client, session, invigilator):
    client.get(address(session, "pv-incident"))

    event = AuditEvent.objects.get(kind="document.issued")
    assert (event.actor_id, event.data["title"]) == (invigilator.pk, "PV d’incident")


def test_without_its_libraries_the_room_says_what_is_missing(
    client, session, invigilator, without_pango
):
    response = client.get(address(session, "pv-incident"))

    assert response.status_code == 503
    assert "Pango" in response.text


# --- Fraud report about a candidate ---------------------------------------------------------------


@pytest.fixture
def candidate(session):
    return CandidateFactory(session=session, birth_name="Zyxwv", first_name="Zoé")


def test_the_report_of_a_candidate_leads_to_his_fraud_report(client, candidate, invigilator):
    dialog = element(client.get(url("report", candidate), **HTMX), "dialog")

    link = dialog.select_one("#fraud-report")
    assert link["href"] == url("fraud_report", candidate)
    assert "Rapport de fraude » à son nom" in words(link)


def test_the_centre_finds_it_where_it_reports(client, candidate, soup):
    client.force_login(MembershipFactory(centre=candidate.session.centre).user)
    dialog = reverse("finalisation:report", args=[candidate.session_id, candidate.pk])

    link = soup(client.get(dialog, **HTMX), "#fraud-report")["href"]

    assert "ZYXWV" in text_of(client.get(link).content)


def test_no_name_is_in_an_address_nor_in_the_name_of_a_file(client, candidate, invigilator):
    response = client.get(url("fraud_report", candidate))

    assert "ZYXWV" in text_of(response.content)
    assert "zyxwv" not in response["Content-Disposition"].lower()


def test_the_history_tells_about_whom(client, candidate, invigilator):
    client.get(url("fraud_report", candidate))
    client.force_login(MembershipFactory(centre=candidate.session.centre).user)

    history = client.get(reverse("sessions:session_history", args=[candidate.session_id]))

    assert "Rapport de fraude\u00a0» au nom de Zoé ZYXWV (édition n°\u00a01)." in history.text


def test_blank_and_named_reports_share_their_numbers(client, candidate, invigilator):
    client.get(url("fraud_report", candidate))

    response = client.get(address(candidate.session, "rapport-de-fraude"))

    assert "édition n° 2" in text_of(response.content)


def test_who_is_neither_of_the_room_nor_of_the_centre_finds_no_fraud_report(client, candidate):
    client.force_login(UserFactory())

    assert client.get(url("fraud_report", candidate)).status_code == 404


def test_a_candidate_of_another_session_is_not_found_through_ours(client, session, invigilator):
    other = CandidateFactory()

    found = client.get(reverse("invigilation:fraud_report", args=[session.pk, other.pk]))

    assert found.status_code == 404
