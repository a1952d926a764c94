"""Which row is which entry: swaps, homonyms, and an order of rows that is nothing (domain.md § 3)."""

from itertools import permutations

import pytest
from django.utils import timezone

from certif.lib.spreadsheets import Sheet
from sessions.actions import imports
from sessions.enums import ImportKind
from sessions.imports import candidates
from sessions.models import PreparedImport
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.sessions.workbooks import BORN, confirm, lines, send_list, told

pytestmark = pytest.mark.django_db

TITLES = [
    "N° d’inscription",
    "Nom de naissance",
    "Prénom",
    "Date de naissance",
    "Commune de naissance",
    "Identifiant externe",
]
SEVERAL = (
    "Plusieurs personnes ont ce nom et cette date de naissance\u00a0: indiquez la commune de "
    "naissance de chacune, dans le fichier et dans la liste."
)


@pytest.fixture
def session():
    return ExamSessionFactory()


def enrolled(session, name, city="", external_id="", **fields):
    return CandidateFactory(
        session=session,
        birth_name=name,
        first_name="Léa",
        birth_date=BORN,
        birth_city=city,
        external_id=external_id,
        **fields,
    )


def row(name, city="", external_id="", *, number=None):
    return [number, name, "Léa", BORN, city, external_id]


def send(session, *rows):
    return send_list(session, *rows, titles=TITLES)


def people(session):
    return sorted(session.candidates.values_list("birth_name", "birth_city", "external_id"))


def changes(prepared):
    """(who, what, before, after) of each line that changes somebody."""
    changed = [line for line in imports.lines_of(prepared.plan) if line["action"] == "changed"]
    return [(line["name"], *change) for line in changed for change in line["changes"]]


# --- The order of the rows ------------------------------------------------------------------------

# Entries of the list, then rows of the file. A number stands for the entry of that rank.
LISTS = {
    "strangers": ([("A",), ("B",)], [("C",), ("A",), ("D",)]),
    "identifiers swapped": ([("A", "", "1"), ("B", "", "2")], [("A", "", "2"), ("B", "", "1")]),
    "names swapped by number": ([("A",), ("B",)], [("A", "", "", 1), ("B", "", "", 0)]),
    "identifiers turn": (
        [("A", "", "1"), ("B", "", "2"), ("C", "", "3")],
        [("A", "", "2"), ("B", "", "3"), ("C", "", "1"), ("D",)],
    ),
    "homonyms by place": (
        [("A", "Lyon"), ("A", "Nîmes")],
        [("A", "Nîmes"), ("A", "Lyon"), ("A", "Nantes")],
    ),
    "one homonym without place on the list": (
        [("A",), ("A", "Lyon")],
        [("A", "Lyon"), ("A", "Nantes")],
    ),
    "one homonym by number, one by place": (
        [("A", "Lyon"), ("A", "Nîmes")],
        [("A", "Lyon"), ("A", "Nantes", "", 1)],
    ),
    "districts of one city": (
        [("A", "Paris 12e"), ("A", "Paris 13e")],
        [("A", "Paris 13e arrondissement"), ("A", "Paris 12"), ("B", "Paris")],
    ),
    "a name corrected, another enrolled": (
        [("Roso", "", "1"), ("B", "", "2")],
        [("Rosso", "", "1"), ("B", "", "2"), ("Roso", "", "3")],
    ),
    "an identifier passed on": ([("A", "", "1"), ("B",)], [("A",), ("B", "", "1"), ("C",)]),
}
REFUSED = {
    "homonyms, and none of the places known": ([("A",)], [("A", "Lyon"), ("A", "Nantes")]),
    "a homonym without place": ([("A", "Lyon"), ("A", "Nîmes")], [("A",), ("B",)]),
    "a city for two of its districts": (
        [("A", "Paris 12e"), ("A", "Paris 13e")],
        [("A", "Paris"), ("B",)],
    ),
    "somebody twice": ([("A",)], [("A", "Lyon"), ("A",), ("B",)]),
    "an identifier twice": ([("A",)], [("A", "", "1"), ("B", "", "1"), ("C",)]),
    "an identity already taken": ([("A",), ("B",)], [("B", "", "", 0), ("C",)]),
}


def entries_of(session, entries):
    return [enrolled(session, *entry) for entry in entries]


def rows_of(entries, rows):
    return [
        row(*facts, number=entries[number[0]].pk if number else None)
        for facts, number in ((each[:3], each[3:]) for each in rows)
    ]


def outcome(session, rows):
    """What the file would do, without the numbers of its rows; or that it is refused."""
    prepared = PreparedImport(kind=ImportKind.CANDIDATES, centre=session.centre, session=session)
    plan = candidates.plan(prepared, [Sheet("Candidats", [TITLES, *rows])], list)
    if plan.errors:
        return "refused"
    found = imports.lines_of(plan.data)
    return repr(sorted(repr(sorted((line | {"row": None}).items())) for line in found))


@pytest.mark.parametrize("name", LISTS | REFUSED)
def test_the_order_of_the_rows_is_nothing(session, name):
    entries, rows = (LISTS | REFUSED)[name]
    rows = rows_of(entries_of(session, entries), rows)

    outcomes = {outcome(session, list(order)) for order in permutations(rows)}
    assert len(outcomes) == 1
    assert (outcomes == {"refused"}) == (name in REFUSED)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("order", [list, reversed], ids=["in order", "in reverse"])
def test_a_list_becomes_what_its_file_says(session, name, order):
    entries, rows = LISTS[name]
    file = rows_of(entries_of(session, entries), rows)
    confirm(send(session, *order(file)), remove_absent=True)

    assert people(session) == sorted(
        (name, city or "", ine or "") for _n, name, *_x, city, ine in file
    )


# --- Swaps ----------------------------------------------------------------------------------------


def test_two_people_whose_identifiers_are_swapped_keep_their_names(session):
    enrolled(session, "A", "", "1", extra_time_percent=33)
    enrolled(session, "B", "", "2")
    confirm(send(session, row("A", "", "2"), row("B", "", "1")))

    assert people(session) == [("A", "", "2"), ("B", "", "1")]
    assert session.candidates.get(extra_time_percent=33).birth_name == "A"


def test_an_identifier_may_be_corrected_once_its_owner_has_joined(session):
    user, at = UserFactory(), timezone.now()
    enrolled(session, "A", "", "1", user=user, linked_at=at)
    enrolled(session, "B", "", "2")
    prepared = send(session, row("A", "", "2"), row("B", "", "1"))

    assert changes(prepared) == [
        ("A Léa", "identifiant externe", "1", "2"),
        ("B Léa", "identifiant externe", "2", "1"),
    ]


def test_an_identifier_recognises_who_has_another_name_before_a_guess(session):
    enrolled(session, "Roso", "", "1")
    prepared = send(session, row("Rosso", "", "1"))

    assert changes(prepared) == [("ROSO Léa", "nom de naissance", "Roso", "Rosso")]


def test_names_swapped_between_numbered_rows_are_swapped(session):
    first, second = enrolled(session, "A", "Lyon"), enrolled(session, "B", "Nîmes")
    rows = [row("B", "Lyon", number=first.pk), row("A", "Nîmes", number=second.pk)]
    confirm(send(session, *rows))

    assert people(session) == [("A", "Nîmes", ""), ("B", "Lyon", "")]


# --- Homonyms -------------------------------------------------------------------------------------


def test_a_homonym_who_is_not_told_apart_is_asked_about(session):
    enrolled(session, "Rosso", "Lyon")
    enrolled(session, "Rosso", "Nîmes")

    assert told(send(session, row("Rosso"))) == [("B2", SEVERAL)]


def test_two_homonyms_for_one_entry_without_place_are_asked_about(session):
    enrolled(session, "Rosso")

    assert told(send(session, row("Rosso", "Lyon"), row("Rosso", "Nîmes"))) == [
        ("B2", SEVERAL),
        ("B3", SEVERAL),
    ]


def test_the_number_tells_homonyms_apart(session):
    enrolled(session, "Rosso", "Lyon")
    entry = enrolled(session, "Rosso", "Nîmes", "1")

    assert lines(send(session, row("Rosso", "Nîmes", "1", number=entry.pk))) == [
        ("removed", "ROSSO Léa")
    ]


def test_the_identifier_tells_homonyms_without_place_apart(session):
    enrolled(session, "Rosso", "Lyon", "1")
    enrolled(session, "Rosso", "Nîmes", "2")
    prepared = send(session, row("Rosso", "", "2"))

    assert changes(prepared) == [("ROSSO Léa", "commune de naissance", "Nîmes", "")]


def test_a_city_recognises_its_district(session):
    enrolled(session, "Rosso", "Paris 12e")

    assert changes(send(session, row("Rosso", "Paris"))) == [
        ("ROSSO Léa", "commune de naissance", "Paris 12e", "Paris")
    ]


def test_a_homonym_born_elsewhere_is_somebody_else(session):
    enrolled(session, "Rosso", "Lyon")

    assert lines(send(session, row("Rosso", "Lyon"), row("Rosso", "Nantes"))) == [
        ("added", "ROSSO Léa")
    ]
