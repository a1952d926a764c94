"""What a cell of a list may hold, and what is said of the rest (docs/faults.md, D)."""

import unicodedata
from datetime import date, datetime

import pytest
import time_machine

from sessions.models import Candidate
from tests.factories import CandidateFactory, ExamSessionFactory
from tests.sessions.workbooks import BORN, TITLES, lines, send_list, someone, told

pytestmark = pytest.mark.django_db

READ = "Cette date n’est pas lisible. Écrivez-la sous la forme jj/mm/aaaa."
EXISTS = "Cette date n’existe pas. Écrivez-la sous la forme jj/mm/aaaa."
YEAR = "Écrivez l’année en entier : jj/mm/aaaa."
AGE = "Vérifiez la date de naissance : elle donne un âge impossible."
FUTURE = "Vérifiez la date de naissance : elle est dans le futur."
PERCENT = "Indiquez un pourcentage entre 0 et 100, par exemple 33 pour un tiers-temps."
ROUNDED = "Le tableur a arrondi ce nombre : mettez la cellule au format texte, puis retapez-le."
MADE_A_DATE = "Le tableur a fait une date de cette cellule : mettez-la au format texte."
FORMULA = "Cette cellule est une formule : collez-y sa valeur."
EMAIL = "Vérifiez l’adresse e-mail, par exemple prenom.nom@exemple.fr."
ONE_EMAIL = "Indiquez une seule adresse e-mail."


@pytest.fixture(autouse=True)
def _one_day():
    with time_machine.travel("2026-12-14T09:00:00+01:00"):
        yield


def read(column=None, value=None, *, born=BORN):
    """What one cell becomes: its value, or the sentence that refuses it, and where."""
    titles = [*TITLES, column] if column else TITLES
    more = [value] if column else []
    prepared = send_list(ExamSessionFactory(), someone("Rosso", "Léa", born, *more), titles=titles)
    if prepared.errors:
        (error,) = told(prepared)
        return error
    (line,) = prepared.plan["sessions"][0]["candidates"]
    return line["fields"]


def normal(outcome):
    cell, sentence = outcome
    return cell, sentence.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("21/05/2008", "2008-05-21"),
        ("21/5/2008", "2008-05-21"),
        (" 21/05/2008\n", "2008-05-21"),
        ("21.05.2008", "2008-05-21"),
        ("21-05-2008", "2008-05-21"),
        ("2008-05-21", "2008-05-21"),
        ("03/04/2008", "2008-04-03"),
        (date(2008, 5, 21), "2008-05-21"),
        (datetime(2008, 5, 21, 10, 30), "2008-05-21"),  # noqa: DTZ001
        ("29/02/2008", "2008-02-29"),
    ],
)
def test_a_birth_date_is_read_the_day_first(typed, day):
    assert read(born=typed)["birth_date"] == day


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("3/4/08", YEAR),
        ("21/05/08", YEAR),
        ("05/21/2008", EXISTS),
        ("31/02/2008", EXISTS),
        ("29/02/2023", EXISTS),
        ("21 mai 2008", READ),
        ("mai 2008", READ),
        ("2008", READ),
        (39589, READ),
        (39589.5, READ),
        (True, READ),
        ("hier", READ),
        (date(2030, 1, 1), FUTURE),
        ("01/01/0001", AGE),
        ("21/05/2024", AGE),
        (date(1915, 1, 1), AGE),
        (None, "« Date de naissance » est à remplir."),
    ],
)
def test_a_birth_date_is_never_guessed(typed, sentence):
    assert normal(read(born=typed)) == ("C2", sentence)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0123456789A", "0123456789A"),
        ("00012", "00012"),
        ("  12 AB ", "12 AB"),
        (123456789, "123456789"),
        (12345678901.0, "12345678901"),
        ("012345678901234567", "012345678901234567"),
    ],
)
def test_an_identifier_keeps_its_signs(typed, kept):
    assert read("Identifiant externe", typed)["external_id"] == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (123456789012345678, ROUNDED),
        (1.2e19, ROUNDED),
        ("1,23457E+17", ROUNDED),
        ("1.2E+19", ROUNDED),
        (date(2020, 1, 1), MADE_A_DATE),
        ("=A1", FORMULA),
        ("x" * 61, "Ce texte est trop long : 60 caractères au plus."),
    ],
)
def test_an_identifier_that_the_spreadsheet_changed_is_refused(typed, sentence):
    assert normal(read("Identifiant externe", typed)) == ("D2", sentence)


@pytest.mark.parametrize(
    ("typed", "percent"),
    [(33, 33), (33.0, 33), ("33 %", 33), ("33%", 33), (0.33, 33), ("1/3", 33), (0, 0), (100, 100)],
)
def test_extra_time_is_read_as_people_write_it(typed, percent):
    assert read("Temps majoré", typed)["extra_time_percent"] == percent


@pytest.mark.parametrize("typed", [500, -1, 101, "beaucoup"])
def test_extra_time_is_between_nothing_and_as_much_again(typed):
    assert normal(read("Temps majoré", typed)) == ("D2", PERCENT)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("a@b", EMAIL),
        ("a @b.fr", EMAIL),
        ("a@b..fr", EMAIL),
        ("mailto:a@b.fr", EMAIL),
        ("a@b.fr, c@d.fr", ONE_EMAIL),
        ("a@b.fr;c@d.fr", ONE_EMAIL),
    ],
)
def test_an_address_is_one_address(typed, sentence):
    assert normal(read("E-mail de convocation", typed)) == ("D2", sentence)


SPELLINGS = [
    ("Éloïse", unicodedata.normalize("NFD", "Éloïse")),
    ("Éloïse", "ELOISE"),
    ("Jean  Paul", "jean-paul"),
    ("D’Arc", "D'Arc"),
    ("Straße", "Strasse"),
    ("Œuvrard", "OEUVRARD"),
    ("Anna", "Anna\u200b"),
]


@pytest.mark.parametrize(("name", "other"), SPELLINGS)
def test_one_person_under_two_spellings_is_told_with_both_rows(name, other):
    prepared = send_list(ExamSessionFactory(), someone(name), someone(other))

    ((cell, sentence),) = told(prepared)
    assert cell == "A3"
    assert "est déjà à la ligne 2" in sentence


@pytest.mark.parametrize(("name", "other"), SPELLINGS)
def test_one_person_enrolled_under_another_spelling_is_not_added(name, other):
    session = ExamSessionFactory()
    known = {"birth_name": name, "first_name": "Léa", "birth_date": BORN, "birth_city": ""}
    CandidateFactory(session=session, **known)

    assert "added" not in [action for action, _ in lines(send_list(session, someone(other)))]


def test_seven_errors_of_twenty_rows_are_all_told_and_nothing_is_written():
    rows = [someone(f"Nom{chr(65 + n)}") for n in range(20)]
    wrong = {1: (2, "3/4/08"), 4: (0, None), 7: (1, "7"), 10: (2, "31/02/2008"), 13: (2, "hier")}
    for row, (column, value) in wrong.items():
        rows[row][column] = value
    rows[16][0] = "x" * 300
    rows[18][:] = rows[0]

    prepared = send_list(ExamSessionFactory(), *rows)

    assert [cell for cell, _ in told(prepared)] == ["C3", "A6", "B9", "C12", "C15", "A18", "A20"]
    assert not Candidate.objects.exists()


@pytest.mark.parametrize("rows", [[], [[None] * 3, [" "] * 3]], ids=["titles only", "spaces"])
def test_a_list_of_nobody_is_said(rows):
    prepared = send_list(ExamSessionFactory(), *rows)

    assert told(prepared) == [("", "Aucune ligne n’est remplie sous les titres.")]
