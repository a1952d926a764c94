"""« Matériel certification » (004), before the day: the candidates come in, tab by tab."""

from datetime import date, time

import pytest

from certif.lib.spreadsheets import read_workbook
from sessions.enums import ImportKind
from sessions.imports import templates
from sessions.models import ExamSession
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory
from tests.sessions.workbooks import BORN, confirm, lines, send, someone, told, workbook

pytestmark = pytest.mark.django_db

TITLES = ["Nom", "Prénom", "Date de naissance", "Lieu de naissance", "INE", "Temps majoré"]
CODES = ["N° de session", "Code d’accès"]


@pytest.fixture
def session():
    return ExamSessionFactory(date=date(2030, 1, 14), start_time=time(9, 0))


def tab(session, *rows):
    return [["N° de session", session.pk], [], TITLES, *rows]


def equipment(centre, sheets):
    return send(ImportKind.EQUIPMENT, centre, workbook(sheets))


def test_each_tab_fills_the_list_of_its_session(session):
    other = ExamSessionFactory(centre=session.centre)
    sheets = {
        "Codes": [CODES],
        "A": tab(session, someone("Rosso")),
        "B": tab(other, someone("Müller")),
    }
    confirm(equipment(session.centre, sheets))

    assert (session.candidates.get().birth_name, other.candidates.get().birth_name) == (
        "Rosso",
        "Müller",
    )


def test_a_tab_may_bear_its_number_in_its_name(session):
    prepared = equipment(session.centre, {f"Session {session.pk}": [TITLES, someone("Rosso")]})

    assert lines(prepared) == [("added", "ROSSO Léa")]


@pytest.mark.parametrize(("is_numbered", "kept"), [(False, 33), (True, 0)])
def test_an_empty_cell_takes_away_only_on_a_row_that_came_from_the_list(session, is_numbered, kept):
    candidate = CandidateFactory(
        session=session,
        birth_name="Rosso",
        first_name="Léa",
        birth_date=BORN,
        extra_time_percent=33,
    )
    row = [candidate.pk if is_numbered else None, *someone("Rosso", "Léa", BORN, "", "", None)]
    titles = ["N° d’inscription", *TITLES]
    sheet = [["N° de session", session.pk], [], titles, row]

    confirm(equipment(session.centre, {"A": sheet}))

    candidate.refresh_from_db()
    assert candidate.extra_time_percent == kept


def test_the_birth_place_is_kept_as_typed(session):
    row = someone("Rosso", "Léa", BORN, "Lyon (69), 3e arrondissement", "", "33 %")
    confirm(equipment(session.centre, {"A": tab(session, row)}))

    candidate = session.candidates.get()
    assert candidate.birth_city == "Lyon (69), 3e arrondissement"
    assert candidate.extra_time_percent == 33


def test_who_is_not_in_the_tab_stays_on_the_list(session):
    CandidateFactory(session=session, birth_name="Restée")
    confirm(equipment(session.centre, {"A": tab(session, someone("Rosso"))}))

    assert session.candidates.count() == 2


def test_a_code_of_the_first_tab_becomes_the_access_code(session):
    sheets = {"Codes": [CODES, [session.pk, "wb64k2"]], "A": tab(session)}
    confirm(equipment(session.centre, sheets))

    session.refresh_from_db()
    assert session.access_code == "WB64K2"


def test_the_code_of_another_open_session_is_refused(session):
    other = ExamSessionFactory(centre=session.centre, access_code="WB64K2")
    sheets = {"Codes": [CODES, [session.pk, "WB64K2"]], "A": tab(session)}

    assert told(equipment(session.centre, sheets)) == [
        ("B2", f"La session {other.pk} a déjà ce code.")
    ]


def test_a_session_of_another_centre_is_refused(session):
    prepared = equipment(CentreFactory(), {"A": tab(session, someone("Rosso"))})

    assert told(prepared) == [("", "Ce n’est le numéro d’aucune session de ce centre.")]


def test_two_tabs_of_one_session_are_refused(session):
    prepared = equipment(session.centre, {"A": tab(session), "B": tab(session)})

    assert told(prepared) == [("", f"L’onglet « A » porte déjà le numéro {session.pk}.")]


def test_errors_name_their_tab(session):
    prepared = equipment(session.centre, {"A": tab(session, someone("12"))})

    assert [(error["sheet"], error["cell"]) for error in prepared.errors] == [("A", "A4")]


def test_a_workbook_without_a_tab_of_session_is_refused(session):
    prepared = equipment(session.centre, {"A": [["rien"]]})

    assert told(prepared) == [
        ("", "Aucun onglet de session n’est reconnu : chacun porte le numéro de sa session.")
    ]


def test_the_tab_of_a_session_says_that_candidates_do_not_sign_it(session):
    _codes, tab = read_workbook(templates.equipment_workbook([session]))[:2]

    assert any("Ne pas imprimer pour la signature" in str(row[0]) for row in tab.rows)


def test_our_workbook_sent_back_untouched_changes_nothing(session):
    CandidateFactory(session=session, external_id="007", birth_city="Nîmes")
    data = templates.equipment_workbook(ExamSession.objects.filter(pk=session.pk))
    prepared = send(ImportKind.EQUIPMENT, session.centre, data)

    assert (prepared.errors, lines(prepared)) == ([], [])
    assert prepared.plan["sessions"][0]["action"] == "unchanged"


def test_a_tab_of_people_without_a_number_is_said_not_to_be_read(session):
    sheets = {"A": tab(session, someone("Rosso")), "Brouillon": [TITLES, someone("Oubliée")]}
    prepared = equipment(session.centre, sheets)

    assert [each["sentence"] for each in prepared.plan["warnings"]] == [
        "L’onglet « Brouillon » n’est pas lu."
    ]


def test_a_heading_that_differs_from_the_session_is_warned_of(session):
    rows = [["N° de session", session.pk], ["Salle", "Autre"], TITLES, someone("Rosso")]
    prepared = equipment(session.centre, {"A": rows})

    (warning,) = prepared.plan["warnings"]
    assert (warning["row"], warning["sentence"]) == (
        2,
        "« Salle » diffère de la session et n’est pas lu ici.",
    )
