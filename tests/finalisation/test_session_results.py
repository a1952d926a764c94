"""What a centre reads and takes away once Pix has published."""

import csv
from io import BytesIO, StringIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from certif.audit.models import AuditEvent
from exam.scoring import Verdict
from finalisation import actions
from tests import situations
from tests.factories import ExamSessionFactory, MembershipFactory, UserFactory
from tests.finalisation.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

WORDS = {"for_candidate": "Une aide extérieure.", "for_centre": "PV de fraude lu."}


@pytest.fixture
def session():
    """Two candidates: MARTIN, whose certification was cancelled, and ŒUVRARD, of the 3e B."""
    session = ExamSessionFactory()
    situations.finished(session=session, birth_name="Œuvrard", school_class="3e B")
    cancelled = situations.finished(session=session, birth_name="Martin")
    situations.finalised(session)
    officer = UserFactory(officer=True)
    actions.decide_certification(cancelled, verdict=Verdict.CANCELLED, **WORDS, by=officer)
    return actions.publish(session, by=officer)


@pytest.fixture
def member(session, client):
    user = MembershipFactory(centre=session.centre).user
    client.force_login(user)
    return user


def address(session, name=""):
    return reverse(f"finalisation:session_results{name}", args=[session.pk])


def lines_of_csv(response):
    text = response.content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text), delimiter=";"))


def test_each_result_is_read_with_the_word_of_the_officer(client, session, member, soup):
    rows = soup(client.get(address(session))).select("tbody tr")

    martin, oeuvrard = [row.get_text(" ", strip=True) for row in rows]
    assert "Certification annulée" in martin
    assert "PV de fraude lu." in martin
    assert "Certification obtenue" in oeuvrard
    assert "100\u00a0%" in oeuvrard
    assert "3e B" in oeuvrard


def test_the_verdicts_are_counted_and_those_that_nobody_has_left_out(client, session, member, soup):
    page = soup(client.get(address(session)))

    counted = [words(each) for each in page.select(".tally li")]
    assert counted == ["Certification obtenue 1", "Certification annulée 1"]


def test_a_word_to_the_candidate_is_his_alone(client, session, member):
    assert "Une aide extérieure." not in client.get(address(session)).text


def test_the_csv_holds_a_line_a_result(client, session, member):
    martin, oeuvrard = lines_of_csv(client.get(address(session, "_csv")))

    assert (martin["Nom de naissance"], martin["Résultat"]) == ("Martin", "Certification annulée")
    assert martin["Commentaire de l’équipe Pix"] == "PV de fraude lu."
    assert oeuvrard["Classe"] == "3e B"
    assert oeuvrard["Réponses justes (%)"] == "100"
    assert oeuvrard["Information et données (%)"] == "100"


def test_a_cancelled_certification_has_no_percentage(client, session, member):
    martin, _oeuvrard = lines_of_csv(client.get(address(session, "_csv")))

    assert martin["Réponses justes (%)"] == ""
    assert martin["Information et données (%)"] == ""


def test_the_workbook_holds_the_same(client, session, member):
    book = load_workbook(BytesIO(client.get(address(session, "_xlsx")).content))

    rows = list(book.active.iter_rows(values_only=True))
    assert [row[2] for row in rows] == ["Nom de naissance", "Martin", "Œuvrard"]
    assert rows[2][1] == session.candidates.get(birth_name="Œuvrard").attempt.certification_number


def test_a_name_that_looks_like_a_formula_is_a_text(client, member, session):
    session.candidates.filter(birth_name="Martin").update(birth_name="=1+1")

    martin, _oeuvrard = lines_of_csv(client.get(address(session, "_csv")))

    assert martin["Nom de naissance"] == "'=1+1"


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_file_taken_away_is_noted(client, session, member, extension):
    client.get(address(session, f"_{extension}"))

    event = AuditEvent.objects.get(kind="results.downloaded")
    assert (event.actor_id, event.data) == (member.pk, {"what": extension})


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_head_takes_no_file_away(client, session, member, extension):
    assert client.head(address(session, f"_{extension}")).status_code == 200

    assert not AuditEvent.objects.filter(kind="results.downloaded").exists()


@pytest.mark.parametrize("name", ["", "_csv", "_xlsx"])
def test_nothing_is_read_before_the_publication(client, name):
    session = situations.finalised()
    client.force_login(MembershipFactory(centre=session.centre).user)

    response = client.get(address(session, name))

    assert response.status_code == 409
    assert "Pix n’a pas encore transmis les résultats de cette session." in response.text


def test_results_taken_back_are_not_read(client, session, member):
    actions.unpublish(session, why="Une erreur.", by=UserFactory(officer=True))

    response = client.get(address(session))

    assert response.status_code == 409
    assert "Pix a retiré les résultats de cette session" in response.text


def test_the_tab_is_there_once_published(client, session, member, soup):
    page = soup(client.get(reverse("sessions:session_detail", args=[session.pk])))

    assert page.select_one(".tabs").find("a", string="Résultats")["href"] == address(session)


def test_the_tab_is_not_there_before(client, soup):
    session = situations.finalised()
    client.force_login(MembershipFactory(centre=session.centre).user)

    page = soup(client.get(reverse("sessions:session_detail", args=[session.pk])))

    assert not page.select_one(".tabs").find("a", string="Résultats")


def test_the_number_of_queries_does_not_depend_on_the_room(
    client, session, member, django_assert_num_queries
):
    with django_assert_num_queries(6):
        client.get(address(session))
