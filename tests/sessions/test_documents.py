"""The « Documents » tab, and what its links give."""

import re
from datetime import date

import pytest
from django.urls import reverse

from certif.audit.models import AuditEvent
from certif.lib.spreadsheets import read_workbook
from sessions import actions
from sessions.documents import registry
from sessions.documents.registry import Audience, Document
from sessions.models import ExamSession
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory
from tests.races.harness import run_rounds
from tests.sessions.papers import text_of

pytestmark = pytest.mark.django_db

KEYS = ["kit-surveillant", "feuille-surveillant", "feuille-emargement", "coupons-candidats"]


@pytest.fixture
def session(client):
    session = ExamSessionFactory()
    client.force_login(MembershipFactory(centre=session.centre).user)
    return session


def page(client, session):
    return client.get(reverse("sessions:documents", args=[session.pk]))


def take(client, session, key):
    return client.get(reverse("sessions:document", args=[session.pk, key]))


def links(soup, response):
    return [link["href"].split("/")[-2] for link in soup(response).select("main .lines a")]


# --- The tab --------------------------------------------------------------------------------------


def test_tab_lies_between_the_candidates_and_the_history(client, session, soup):
    tabs = [tab.get_text(strip=True) for tab in soup(page(client, session)).select(".tabs a")]

    assert tabs == ["Détails", "Candidats (0)", "Documents", "Historique"]


def test_tab_says_whose_hands_each_document_goes_to(client, session, soup):
    CandidateFactory(session=session)

    sections = soup(page(client, session)).select("main section.card")

    assert [section.h2.get_text() for section in sections][:2] == [
        "Pour les surveillants",
        "Pour les candidats",
    ]
    assert "Kit surveillant" in sections[0].get_text()
    assert "Feuille d’émargement" in sections[1].get_text()


def test_every_document_has_its_link(client, session, soup):
    CandidateFactory(session=session)

    assert set(KEYS) <= set(links(soup, page(client, session)))


def test_without_candidates_the_page_says_so_instead_of_a_dead_link(client, session, soup):
    response = page(client, session)

    assert "feuille-emargement" not in links(soup, response)
    assert "kit-surveillant" in links(soup, response)
    assert "Aucun candidat inscrit" in response.text
    assert "Inscrire les candidats" in response.text


def test_page_asks_as_much_for_twenty_five_candidates(
    client, session, django_assert_max_num_queries
):
    CandidateFactory(session=session)
    with django_assert_max_num_queries(50) as one:
        page(client, session)
    CandidateFactory.create_batch(24, session=session)

    with django_assert_max_num_queries(len(one)):
        page(client, session)


# --- The files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_a_document_is_an_attachment_whose_name_tells_nobody(client, session, key):
    CandidateFactory(session=session, birth_name="Zyxwv")

    response = take(client, session, key)

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (
        f'attachment; filename="{key}-session-{session.pk}.pdf"'
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content.startswith(b"%PDF-")


def test_an_unknown_document_is_not_found(client, session):
    assert take(client, session, "inconnu").status_code == 404


def test_a_document_that_needs_candidates_is_refused_with_the_reason(client, session):
    response = take(client, session, "feuille-emargement")

    assert response.status_code == 409
    assert "Inscrivez d’abord les candidats" in response.text


def test_a_document_of_a_closed_session_can_still_be_taken(client, bank):
    session = situations.finalised()
    client.force_login(MembershipFactory(centre=session.centre).user)

    assert take(client, session, "feuille-emargement").status_code == 200


# --- Editions -------------------------------------------------------------------------------------


def edition(response):
    return re.search(r"édition n° (\d+) du \d\d/\d\d/\d{4} à \d+ h \d\d", text_of(response.content))


def test_two_prints_of_a_sheet_can_be_told_apart(client, session):
    CandidateFactory(session=session)

    first, second = (take(client, session, "feuille-emargement") for _ in range(2))

    assert [edition(first)[1], edition(second)[1]] == ["1", "2"]


def test_each_document_counts_its_own_editions(client, session):
    CandidateFactory(session=session)
    take(client, session, "kit-surveillant")

    assert edition(take(client, session, "feuille-emargement"))[1] == "1"


def test_each_session_counts_its_own_editions(client, session):
    take(client, ExamSessionFactory(centre=session.centre), "kit-surveillant")

    assert edition(take(client, session, "kit-surveillant"))[1] == "1"


def test_the_history_tells_who_took_what(client, session):
    take(client, session, "kit-surveillant")

    history = client.get(reverse("sessions:session_history", args=[session.pk]))

    assert "a téléchargé «\u00a0Kit surveillant\u00a0» (édition n°\u00a01)." in history.text


def test_a_look_at_the_headers_makes_no_edition(client, session):
    client.head(reverse("sessions:document", args=[session.pk, "kit-surveillant"]))

    assert not AuditEvent.objects.filter(kind="document.issued").exists()


@pytest.mark.django_db(transaction=True)
def test_prints_asked_for_together_have_each_its_number():
    def number_of(session):
        copy = ExamSession.objects.get(pk=session.pk)
        return lambda: actions.issue_document(paper("a"), copy, by=copy.created_by)

    broken = run_rounds(
        5,
        ExamSessionFactory,
        lambda session: [number_of(session) for _ in range(4)],
        lambda played: sorted(played.answers) == [1, 2, 3, 4],
    )

    assert broken == 0


# --- Without the system libraries -----------------------------------------------------------------


def test_without_its_libraries_the_site_says_what_is_missing(client, session, without_pango):
    response = take(client, session, "kit-surveillant")

    assert response.status_code == 503
    assert "Pango" in response.text


# --- The registry ---------------------------------------------------------------------------------


@pytest.fixture
def own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_DOCUMENTS", {})


def numbered(session):
    return session.issue.number


def paper(key, audience=Audience.CENTRE, **others):
    return Document(key, "Titre", "Description", audience, numbered, **others)


def test_documents_come_by_audience_then_as_they_were_registered(own_registry):
    for key, audience in [
        ("a", "centre"),
        ("b", "candidates"),
        ("c", "invigilator"),
        ("d", "centre"),
    ]:
        registry.register(paper(key, Audience(audience)))

    assert [document.key for document in registry.documents()] == ["c", "b", "a", "d"]


def test_a_document_is_registered_once(own_registry):
    registry.register(paper("a"))

    with pytest.raises(LookupError):
        registry.register(paper("a"))


def test_another_app_gives_a_file_of_another_kind(client, session, own_registry):
    registry.register(paper("liste", content_type="text/csv", extension="csv"))

    response = take(client, session, "liste")

    assert response.content == b"1"
    assert response["Content-Type"] == "text/csv"
    assert f"liste-session-{session.pk}.csv" in response["Content-Disposition"]


def test_the_candidate_list_is_a_workbook_that_keeps_zeros_and_dates(client, session):
    CandidateFactory(
        session=session, external_id="007", birth_postcode="01000", birth_date=date(2008, 5, 21)
    )

    content = take(client, session, "liste-candidats").content
    titles, row = read_workbook(content)[0].rows[:2]
    cells = dict(zip(titles, row, strict=True))
    assert (cells["Identifiant externe"], cells["Code postal de naissance"]) == ("007", "01000")
    assert cells["Date de naissance"] == date(2008, 5, 21)


def test_the_equipment_workbook_has_the_code_then_the_sheet_of_the_session(client, session):
    CandidateFactory(session=session, birth_name="=1+1")

    codes, sheet = read_workbook(take(client, session, "materiel-certification").content)[:2]
    assert codes.rows[1][:2] == [session.pk, session.access_code]
    assert (sheet.name, sheet.rows[7][1], sheet.formulas) == (
        f"Session {session.pk}",
        "=1+1",
        frozenset(),
    )


def test_no_workbook_of_the_centre_carries_the_password(client, session):
    sheets = read_workbook(take(client, session, "materiel-certification").content)
    assert session.password not in str([sheet.rows for sheet in sheets])
