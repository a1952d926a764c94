"""Sheets as people leave them: titles of another template, merged and hidden cells, empty rows, other tabs."""

import pytest
from openpyxl import Workbook
from openpyxl.styles import PatternFill

from certif.accounts.models import CentreKind
from sessions.actions import imports
from sessions.enums import ImportKind, ImportState
from sessions.imports import templates
from tests.factories import CentreFactory, ExamSessionFactory
from tests.sessions.workbooks import (
    BORN,
    TITLES,
    lines,
    members_of,
    saved,
    send,
    send_list,
    someone,
    told,
    workbook,
)

pytestmark = pytest.mark.django_db

ROSSO = [("added", "ROSSO Léa")]


@pytest.fixture
def session():
    return ExamSessionFactory()


def send_book(session, book):
    return imports.receive_import(
        ImportKind.CANDIDATES,
        centre=session.centre,
        session=session,
        filename="liste.xlsx",
        data=saved(book) if isinstance(book, Workbook) else book,
        by=members_of(session.centre).user,
    )


def sheet_of(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


@pytest.mark.parametrize(
    "titles",
    [
        ["* Nom de naissance", "* Prénom", "* Date de naissance (format: JJ/MM/AAAA)"],
        ["Nom", "Prénom", "Né(e) le"],
        [" Nom de\nnaissance * ", "PRENOM", "Date de naissance\n(jj/mm/aaaa)"],
        ["Nom de naissance (obligatoire)", "Premier prénom (1)", "Date de naissance :"],
    ],
    ids=["public platform", "school software", "stray marks", "brackets"],
)
def test_titles_are_known_under_their_other_forms(session, titles):
    assert lines(send_list(session, someone("Rosso"), titles=titles)) == ROSSO


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("INE", "external_id"),
        ("* Sexe (M ou F)", "sex"),
        ("Temps majoré ? (exemple: 33%)", "extra_time_percent"),
        ("E-mail du destinataire des résultats (formateur, enseignant…)", "results_email"),
        ("Code INSEE de la commune de naissance", "birth_insee_code"),
    ],
)
def test_a_column_of_another_template_is_read(session, title, field):
    value = {
        "sex": "F",
        "extra_time_percent": "33%",
        "results_email": "a@exemple.fr",
        "birth_insee_code": "01053",
    }.get(field, "007")
    prepared = send_list(session, someone("Rosso", "Léa", BORN, value), titles=[*TITLES, title])

    (line,) = imports.lines_of(prepared.plan)
    assert line["fields"][field]


@pytest.mark.parametrize(("kind", "asked"), [(CentreKind.SCO, True), (CentreKind.PRO, False)])
def test_the_class_is_asked_in_schools_only(kind, asked):
    session = ExamSessionFactory(centre=CentreFactory(kind=kind))
    titles = [column.title for column in templates.columns_of(session)]

    assert ("Classe" in titles) == asked


def test_titles_are_found_under_merged_ones(session):
    book = sheet_of(["Identité", None, None], TITLES, someone("Rosso"))
    book.active.merge_cells("A1:C1")

    assert lines(send_book(session, book)) == ROSSO


def test_titles_merged_over_two_rows_are_found(session):
    book = sheet_of(TITLES, [], someone("Rosso"))
    book.active.merge_cells("A1:A2")

    assert lines(send_book(session, book)) == ROSSO


def test_hidden_rows_and_columns_are_read_and_shown(session):
    book = sheet_of(TITLES, someone("Rosso"), someone("Müller"))
    book.active.row_dimensions[2].hidden = True
    book.active.column_dimensions["C"].hidden = True

    assert lines(send_book(session, book)) == [*ROSSO, ("added", "MÜLLER Léa")]


def test_empty_rows_with_a_format_or_spaces_are_nothing(session):
    book = sheet_of(TITLES, someone("Rosso"), [" ", "\u00a0", None])
    for row in range(4, 300):
        book.active.cell(row, 1).fill = PatternFill("solid", fgColor="FFFF00")

    assert lines(send_book(session, book)) == ROSSO


@pytest.mark.parametrize("order", [list, reversed], ids=["before", "after"])
def test_a_tab_of_instructions_is_passed_over(session, order):
    tabs = [("Consignes", [["Remplissez l’onglet"]]), ("Candidats", [TITLES, someone("Rosso")])]

    assert lines(send_book(session, workbook(dict(order(tabs))))) == ROSSO


def test_a_workbook_whose_tabs_are_hidden_is_refused(session):
    book = sheet_of(TITLES, someone("Rosso"))
    book.create_chartsheet("Graphique")
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    prepared = send_book(session, book)

    assert prepared.state == ImportState.REFUSED
    assert told(prepared) == [("", "Toutes les feuilles de ce fichier sont masquées.")]


@pytest.mark.parametrize(
    ("row", "known"),
    [
        (lambda pk: ["N° de session", None, pk], True),
        (lambda pk: ["N° de session :", f" {pk} "], True),
        (lambda pk: ["N° de session", "9" * 5_000], False),
    ],
    ids=["merged", "a text", "far too long"],
)
def test_the_number_of_a_tab_is_found_beside_its_label(session, row, known):
    tab = [row(session.pk), [], ["Nom", "Prénom", "Date de naissance"], someone("Rosso")]
    prepared = send(ImportKind.EQUIPMENT, session.centre, workbook({"A": tab}))

    assert (imports.lines_of(prepared.plan) != []) == known
