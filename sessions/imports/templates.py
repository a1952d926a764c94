"""The workbooks to fill: with what is already known, so that sent back untouched they change nothing."""

from dataclasses import replace
from itertools import groupby

from certif.lib.spreadsheets import Stamp
from certif.lib.spreadsheets.writing import Book, Format
from certif.lib.spreadsheets.writing import Column as Written
from sessions.enums import ImportKind
from sessions.imports import columns
from sessions.imports.candidates import columns_of
from sessions.imports.equipment import PEOPLE
from sessions.imports.people import CANDIDATE, PUPIL
from sessions.imports.shuttle import SLOT
from sessions.models import Candidate, Pupil

VERSION = 1
LAST_ROW = 12_000
NUMBERS = {columns.ENTRY_NUMBER, columns.SESSION_NUMBER}
HOURS = {columns.START_TIME, columns.END_TIME}
# Filled on the day by hand, and read after it by the finalisation (004).
AFTER_THE_DAY = (
    Written("N° de certification", width=18),
    Written("Temps accordé (min)", Format.NUMBER, 12),
    Written("Écran de fin du test vu", width=14, choices=("oui", "non")),
    Written("Commentaires", width=40),
)
# Extra time reveals a disability: candidates do not read each other’s (domain.md § 3).
NOT_TO_SIGN = (
    "Ne pas imprimer pour la signature\u00a0: cet onglet montre le temps majoré. Les candidats "
    "signent la «\u00a0Feuille d’émargement\u00a0» en PDF."
)
SHUTTLE = [
    columns.SESSION_NUMBER,
    columns.CENTRE_NAME,
    columns.CENTRE_ADDRESS,
    columns.CENTRE_POSTCODE,
    columns.CENTRE_CITY,
    *SLOT,
    *CANDIDATE,
]


def candidate_workbook(session):
    """The list of a session, as its import takes it back."""
    shown = columns_of(session)
    book = Book(stamp=Stamp(ImportKind.CANDIDATES, VERSION, str(session.pk)))
    rows = (_row(candidate, shown) for candidate in session.candidates.known())
    book.sheet("Candidats", list(map(_written, shown)), rows)
    return book.to_bytes()


def register_workbook(centre):
    book = Book(stamp=Stamp(ImportKind.REGISTER, VERSION))
    rows = (_row(pupil, PUPIL) for pupil in Pupil.objects.filter(centre=centre))
    book.sheet("Élèves", list(map(_written, PUPIL)), rows, last_row=LAST_ROW)
    return book.to_bytes()


def shuttle_workbook(centre):
    """Empty, but for the establishment on the first row: each row is one session, or one candidate."""
    book = Book(stamp=Stamp(ImportKind.SHUTTLE, VERSION))
    first = [None, centre.name, centre.address, centre.postcode, centre.city]
    book.sheet("Navette créneaux", list(map(_written, SHUTTLE)), [first], last_row=LAST_ROW)
    return book.to_bytes()


def equipment_workbook(sessions):
    """« Matériel certification » (004): the access codes, then the attendance sheet of each session."""
    sessions = list(sessions)
    book = Book(stamp=Stamp(ImportKind.EQUIPMENT, VERSION))
    _write_codes(book, sessions)
    people = _people_of(sessions)
    # Without their notes: comments on each of 500 tabs would weigh more than the lists.
    titles = [*(replace(_written(column), note="") for column in PEOPLE), *AFTER_THE_DAY]
    for session in sessions:
        rows = (_row(candidate, PEOPLE) for candidate in people.get(session.pk, ()))
        above = _heading(session)
        book.sheet(f"Session {session.pk}", titles, rows, above=above, last_row=200)
    return book.to_bytes()


def _write_codes(book, sessions):
    shown = [
        columns.SESSION_NUMBER,
        columns.ACCESS_CODE,
        columns.SITE,
        columns.ROOM,
        columns.DATE,
        columns.START_TIME,
    ]
    rows = ([s.pk, s.access_code, s.site, s.room, s.date, s.start_time] for s in sessions)
    book.sheet("Codes d’accès", list(map(_written, shown)), rows)


def _heading(session):
    return [
        [columns.SESSION_NUMBER.title, session.pk],
        [columns.SITE.title, session.site, columns.ROOM.title, session.room],
        [columns.DATE.title, session.date, columns.START_TIME.title, session.start_time],
        ["Surveillant(s)", session.invigilators],
        [NOT_TO_SIGN],
        [],
    ]


def _people_of(sessions):
    """The candidates of all these sessions, in one query."""
    names = ("session_id", *(_field(column) for column in PEOPLE))
    known = Candidate.objects.filter(session__in=sessions).known()
    rows = known.order_by("session_id", "identity_key")
    by_session = groupby(rows.values_list(*names, named=True), key=lambda row: row.session_id)
    return {number: list(group) for number, group in by_session}


def _field(column):
    return "pk" if column is columns.ENTRY_NUMBER else column.name


def _row(person, shown):
    return [getattr(person, _field(column)) or None for column in shown]


def _written(column):
    return Written(column.title, _format(column), column.width, column.choices, column.note)


def _format(column):
    if column.is_date:
        return Format.DAY
    if column in HOURS:
        return Format.TIME
    return Format.NUMBER if column in NUMBERS else Format.TEXT
