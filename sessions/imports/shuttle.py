"""« Navette créneaux » (004): many sessions, each row one session or one candidate of it."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from certif.lib.text import fold
from sessions.imports import columns
from sessions.imports.people import CANDIDATE, IDENTITY, read_person
from sessions.imports.plan import Plan, compared_to, fingerprint, table_of, today_of
from sessions.imports.second_look import look_again
from sessions.imports.slots import Existing, plan_session

NUMBERED = [columns.SESSION_NUMBER]
SLOT = [
    columns.DATE,
    columns.START_TIME,
    columns.END_TIME,
    columns.SITE,
    columns.ROOM,
    columns.EXAMINER_NAME,
    columns.EXAMINER_FIRST_NAME,
]
SESSION = [*NUMBERED, columns.CENTRE_NAME, *SLOT]


@dataclass
class SessionRows:
    """The rows of one session: its facts (of the first row), its invigilators, its people."""

    row: int
    number: int | None
    fields: dict
    invigilators: dict = field(default_factory=dict)
    people: list = field(default_factory=list)


def plan(prepared, sheets, beat):
    centre = prepared.centre
    table = table_of(sheets, SESSION, CANDIDATE)
    if any(column in table.columns for column in IDENTITY):
        table.require(IDENTITY)
    groups = [] if table.errors else list(read_groups(table, centre, beat))
    table.refuse_empty(groups)
    days = {group.fields["date"] for group in groups if group.fields.get("date")}
    numbers = {group.number for group in groups if group.number}
    existing = Existing(compared_to(centre, days=days, numbers=numbers))
    parts = [plan_session(table, group, existing, centre) for group in groups]
    look_again(table, existing.planned, existing.sessions)
    data = {
        "compared": {"days": sorted(map(str, days)), "numbers": sorted(numbers)},
        "sessions": [part for part in parts if part],
    }
    return Plan(data, table.errors, fingerprint(existing.seen), table.warnings)


def read_groups(table, centre, beat):
    """Rows that name the same room at the same time are one session, wherever they are."""
    groups, slots = {}, Slots(table, centre)
    today = today_of(centre)
    with_people = all(column in table.columns for column in IDENTITY)
    people = [column for column in CANDIDATE if column in table.columns]
    facts = [column for column in [*NUMBERED, *SLOT, *people] if column in table.columns]
    for number, cells in beat(table.rows):
        if not table.bears(cells, facts):
            continue  # the establishment alone, as the template gives it
        slot, person = slots.read(number, cells), None
        if with_people and table.bears(cells, people):
            person = read_person(table, number, cells, people, today=today, empty_says_nothing=True)
        if slot is None:
            continue
        group = groups.setdefault(slot.key, SessionRows(number, slot.number, {}))
        _agree(table, number, group, slot)
        group.invigilators.update(dict.fromkeys(slot.invigilators))
        if person:
            group.people.append(person)
    yield from groups.values()


@dataclass
class Slot:
    key: tuple
    number: int | None
    fields: dict
    invigilators: list


class Slots:
    """The session of a row. Repeated on each candidate's row: read once, then recognised."""

    def __init__(self, table, centre):
        self.table = table
        self.centre_key = fold(centre.name)
        self.raw = table.raw_of(SESSION)
        self.known = {}

    def read(self, number, cells):
        raw = self.raw(cells)
        if raw not in self.known:
            slot = self._read(number, cells)
            if slot is None:
                return None
            self.known[raw] = slot
        return self.known[raw]

    def _read(self, number, cells):
        before = len(self.table.errors)
        numbered = self.table.read(number, cells, NUMBERED).get("number")
        values = self.table.read(number, cells, SLOT, all_optional=numbered is not None)
        self._check_centre(number, cells)
        if len(self.table.errors) > before:
            return None
        names = [values.pop("examiner_first_name", ""), values.pop("examiner_name", "")]
        examiner = " ".join(filter(None, names))
        fields = {name: value for name, value in values.items() if value not in (None, "")}
        return Slot(_key(numbered, fields), numbered, fields, [examiner] if examiner else [])

    def _check_centre(self, number, cells):
        name = self.table.read(number, cells, [columns.CENTRE_NAME]).get("centre_name")
        key = fold(name or "")
        if key and key not in self.centre_key and self.centre_key not in key:
            self.table.warn(
                number,
                columns.CENTRE_NAME,
                _("Cette ligne nomme un autre établissement : vérifiez le fichier."),
                name,
            )


def _key(number, fields):
    if number is not None:
        return (number,)
    return (fields["date"], fields["start_time"], fold(fields["site"]), fold(fields["room"]))


def _agree(table, number, group, slot):
    """Each row adds what those above it left empty; none says otherwise."""
    for column in SLOT:
        if (value := slot.fields.get(column.name)) is None:
            continue
        said = group.fields.setdefault(column.name, value)
        if said != value and fold(str(said)) != fold(str(value)):
            table.fail_at(
                number,
                column,
                _("La même session est dite autrement à la ligne %(row)s.") % {"row": group.row},
                value,
            )
