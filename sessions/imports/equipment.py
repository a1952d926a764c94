"""« Matériel certification » (004), before the day: the codes on the first tab, then one tab a session."""

import re
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from certif.lib.refusals import InvalidInput
from certif.lib.text import fold
from sessions.enums import SessionState
from sessions.imports import columns
from sessions.imports.people import EQUIPMENT, IDENTITY, read_person
from sessions.imports.plan import Plan, compared_to, fingerprint, today_of
from sessions.imports.shuttle import SessionRows
from sessions.imports.slots import Existing, plan_session
from sessions.imports.table import Table, is_empty
from sessions.models import ExamSession

CODES = [columns.SESSION_NUMBER, columns.ACCESS_CODE]
PEOPLE = [columns.ENTRY_NUMBER, *EQUIPMENT]
HEADING = [columns.DATE, columns.START_TIME, columns.SITE, columns.ROOM]
_NUMBER = re.compile(r"\d{1,18}")
_NUMBER_IN_TITLE = re.compile(r"(\d{1,18})\s*$")


def plan(prepared, sheets, beat):
    centre = prepared.centre
    tabs = [tab for tab in map(SessionSheet, sheets) if tab.is_a_list]
    lists = [tab for tab in tabs if tab.number]
    if not lists:
        raise InvalidInput(
            _("Aucun onglet de session n’est reconnu : chacun porte le numéro de sa session.")
        )
    numbers = {sheet.number for sheet in lists}
    existing = Existing(compared_to(centre, numbers=numbers))
    codes = _Codes(sheets[0], existing, centre)
    today = today_of(centre)
    parts, errors = [], codes.errors
    for sheet in beat(lists):
        group = sheet.read(today, codes)
        sheet.compare_heading(existing.by_number.get(sheet.number))
        parts.append(plan_session(sheet.table, group, existing, centre))
        errors += sheet.table.errors
    _refuse_twice(lists, errors)
    data = {
        "compared": {"numbers": sorted(numbers)},
        "sessions": [part for part in parts if part],
    }
    return Plan(data, errors, fingerprint(existing.seen), _warnings(lists, tabs))


def _warnings(lists, tabs):
    for tab in tabs:
        if not tab.number:  # nothing tells whose list it is
            lists[0].table.warn_of_sheet(tab.table)
    return [warning for tab in lists for warning in tab.table.warnings]


def _agrees(column, value, session):
    try:
        value = column.read(value)
    except ValidationError:
        return False
    kept = getattr(session, column.name)
    return fold(value) == fold(kept) if isinstance(value, str) else value == kept


class SessionSheet:
    """One tab: the number of its session above the titles, else at the end of the tab's name."""

    def __init__(self, sheet):
        self.sheet = sheet
        self.table = Table(sheet, PEOPLE)
        self.is_a_list = all(column in self.table.columns for column in IDENTITY)
        self.number = self._number() if self.is_a_list else None

    def _heading(self):
        """(row, label, value) of what stands above the titles."""
        for number, row in enumerate(self.sheet.rows[: self.table.title_row - 1], start=1):
            filled = [cell for cell in row if not is_empty(cell)]  # cells may be merged
            for label, value in pairwise(filled):
                if isinstance(label, str):
                    yield number, fold(label), value

    def compare_heading(self, session):
        """The day and the place of a session are not taken from here: say so when they differ."""
        for number, label, value in self._heading() if session else ():
            for column in HEADING:
                if label in column.keys and not _agrees(column, value, session):
                    sentence = _("« %(title)s » diffère de la session et n’est pas lu ici.")
                    self.table.warn_of_row(number, sentence % {"title": column.title})

    def _number(self):
        for _row, label, value in self._heading():
            if label in columns.SESSION_NUMBER.keys:
                found = _NUMBER.fullmatch(str(value).strip())
                return int(found[0]) if found else None
        found = _NUMBER_IN_TITLE.search(self.sheet.name)
        return int(found[1]) if found else None

    def read(self, today, codes):
        group = SessionRows(self.table.title_row, self.number, codes.of(self.number))
        numbered = [each for each in [columns.ENTRY_NUMBER] if each in self.table.columns]
        if not self.table.errors:
            people = (
                read_person(
                    self.table,
                    number,
                    cells,
                    PEOPLE,
                    today=today,
                    empty_says_nothing=not self.table.bears(cells, numbered),
                )
                for number, cells in self.table.rows
            )
            group.people = [person for person in people if person]
        return group


class _Codes:
    """The first tab. A code that differs is a change; a code that another open session has, an error."""

    def __init__(self, sheet, existing, centre):
        table = Table(sheet, CODES)
        self.known, self.errors = {}, []
        if all(column in table.columns for column in CODES):
            taken = _taken_codes(centre, existing)
            for number, cells in table.rows:
                self._read(table, number, cells, taken)
            self.errors = table.errors

    def _read(self, table, row, cells, taken):
        values = table.read(row, cells, CODES)
        number, code = values.get("number"), values.get("access_code")
        if number is None or code is None:
            return
        if taken.setdefault(code, number) != number:
            table.fail_at(
                row,
                columns.ACCESS_CODE,
                _("La session %(n)s a déjà ce code.") % {"n": taken[code]},
                code,
            )
        self.known[number] = code

    def of(self, number):
        return {"access_code": self.known[number]} if number in self.known else {}


def _taken_codes(centre, existing):
    """The codes of the centre's open sessions that this file does not name."""
    named = existing.by_number
    others = ExamSession.objects.filter(centre=centre, state=SessionState.CREATED)
    codes = others.exclude(pk__in=named).values_list("access_code", "pk")
    return dict(codes)


def _refuse_twice(lists, errors):
    seen = {}
    for sheet in lists:
        other = seen.setdefault(sheet.number, sheet)
        if other is not sheet:
            sheet.table.fail(
                None,
                None,
                _("L’onglet « %(name)s » porte déjà le numéro %(n)s.")
                % {"name": other.sheet.name, "n": sheet.number},
            )
            errors.append(sheet.table.errors[-1])
