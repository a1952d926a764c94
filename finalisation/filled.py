"""The « Matériel certification » workbook, filled in the room, read for the closing file (004).

Reads and compares; writes nothing (finalisation.actions.filled writes what somebody confirmed).
"""

import re
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from certif.lib.refusals import InvalidInput
from certif.lib.spreadsheets import read_workbook
from certif.lib.text import fold
from exam.models import Attempt
from finalisation.hints import spotted
from invigilation.actions import report_faults
from invigilation.models import DESCRIPTION_MAX_LENGTH, IncidentCode, IncidentReport
from sessions.imports import columns
from sessions.imports.columns import Column, line, number, text_of
from sessions.imports.equipment import SessionSheet
from sessions.imports.people import IDENTITY
from sessions.imports.table import Table
from sessions.models.person import identity_key

YES = {"OUI", "X", "VU", "VRAI", "TRUE", "1", "O"}
NO = {"NON", "FAUX", "FALSE", "0", "N"}
MOST_MINUTES = 600
CODED = re.compile(
    r"(?P<code>[ACE]\d{1,2})\b[\s,:.–-]*(?:(?:q(?:uestion)?\.?\s*)?(?:n\s*°\s*)?(?P<number>\d{1,3})\b)?"
    r"[\s,:.–-]*(?P<description>.*)",
    re.IGNORECASE | re.DOTALL,
)
# What a person may choose to send a comment as: what needs no more than its words.
CHOICES = ("C3", "C4", "C1", "C2", "A2")


def _seen(value):
    said = fold(text_of(value))
    if said not in YES | NO:
        raise ValidationError(_("Écrivez «\u00a0oui\u00a0», «\u00a0non\u00a0», ou laissez vide."))
    return said in YES


def _minutes(value):
    found = re.fullmatch(
        r"\+?\s*(\d{1,3})\s*(?:min|mn|minutes?)?\.?", text_of(value).strip().lower()
    )
    if not found or int(found[1]) > MOST_MINUTES:
        raise ValidationError(_("Indiquez un nombre de minutes, par exemple 10."))
    return int(found[1])


def _comment(value):
    return line(value, longest=DESCRIPTION_MAX_LENGTH)


CERTIFICATION = Column("certification", "N° de certification", number, empty=None)
MINUTES = Column("minutes", "Temps accordé (min)", _minutes, empty=None, also=("Temps accordé",))
SEEN = Column("seen", "Écran de fin du test vu", _seen, empty=None, also=("Écran de fin vu",))
COMMENT = Column("comment", "Commentaires", _comment, also=("Commentaire", "Observations"))
FILLED = [CERTIFICATION, MINUTES, SEEN, COMMENT]
PERSON = [columns.ENTRY_NUMBER, *IDENTITY]


@dataclass
class Filled:
    """What confirming would do (`plan`, data only), and what a person reads of it."""

    plan: dict = field(default_factory=lambda: {"seen": [], "reports": [], "asked": []})
    seen: list = field(default_factory=list)
    reports: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    row_count: int = 0

    @property
    def is_empty(self):
        return not (self.seen or self.reports or self.asked)


def read_filled(session, *, data, name):
    """Raises UnreadableFile, TooBusy, InvalidInput (no tab of this session)."""
    table = _table_of(session, read_workbook(data, name=name))
    filled = Filled(errors=table.errors, warnings=table.warnings)
    if not table.errors:
        _Reader(session, table, filled).read()
    return filled


def known_reports(session):
    """(candidate, code, number, words) of the reports that stand."""
    kept = IncidentReport.objects.kept().filter(candidate__session=session)
    return set(kept.values_list("candidate_id", "code__code", "question_number", "description"))


def _table_of(session, sheets):
    tabs = [tab for tab in map(SessionSheet, sheets) if tab.is_a_list]
    for tab in tabs:
        if tab.number == session.pk:
            return Table(tab.sheet, PERSON, FILLED)
    message = _("Aucun onglet ne porte le numéro de cette session (%(n)s).")
    raise InvalidInput(message % {"n": session.pk}, field="file")


class _Reader:
    def __init__(self, session, table, filled):
        self.session, self.table, self.filled = session, table, filled
        self.candidates = {candidate.pk: candidate for candidate in session.candidates.all()}
        self.by_key = {}
        for candidate in self.candidates.values():
            self.by_key.setdefault(candidate.identity_key, []).append(candidate)
        started = Attempt.objects.started().filter(candidate__session=session)
        self.attempts = {attempt.candidate_id: attempt for attempt in started}
        active = IncidentCode.objects.active_on(session.date)
        self.codes = {code.code: code for code in active}
        self.every_code = set(IncidentCode.objects.values_list("code", flat=True))
        self.known = known_reports(session)
        self.read_already = {}

    def read(self):
        for row, cells in self.table.rows:
            values = self.table.read(row, cells, [*PERSON, *FILLED])
            if {"birth_name", "first_name", "birth_date"} <= values.keys():
                candidate = self._candidate(row, values)
                if candidate:
                    self._take(row, candidate, values)
        self.filled.row_count = len(self.read_already)

    def _candidate(self, row, values):
        if not all(values[column.name] for column in IDENTITY if column.required):
            return None
        key = identity_key(values["birth_name"], values["first_name"], values["birth_date"])
        found = self.by_key.get(key, [])
        if len(found) > 1:
            found = [candidate for candidate in found if candidate.pk == values.get("entry")]
        if not found:
            self._fail(
                row, columns.BIRTH_NAME, _("Cette personne n’est pas dans la liste de la session.")
            )
            return None
        (candidate,) = found
        former = self.read_already.setdefault(candidate.pk, row)
        if former != row:
            self._fail(
                row, columns.BIRTH_NAME, _("Cette personne est déjà ligne %(n)s.") % {"n": former}
            )
            return None
        return candidate

    def _take(self, row, candidate, values):
        attempt = self.attempts.get(candidate.pk)
        number = values.get("certification")
        if number is not None and (attempt is None or attempt.certification_number != number):
            self._fail(row, CERTIFICATION, _("Ce numéro n’est pas celui de son test."), number)
        if values.get("seen"):
            self._take_seen(row, candidate, attempt)
        if comment := values.get("comment"):
            self._take_comment(row, candidate, comment)
        if (minutes := values.get("minutes")) is not None:
            self._take_minutes(row, candidate, attempt, minutes)

    def _take_seen(self, row, candidate, attempt):
        if attempt is None or attempt.end_screen_shown_at is None:
            self._fail(row, SEEN, _("Son test n’est pas arrivé à l’écran de fin."))
        elif attempt.end_screen_seen_at is None:
            self.filled.plan["seen"].append(candidate.pk)
            self.filled.seen.append(candidate)

    def _take_comment(self, row, candidate, comment):
        found = CODED.fullmatch(comment)
        if not found or found["code"].upper() not in self.every_code:
            self._ask(row, candidate, COMMENT, comment)
            return
        code = self.codes.get(found["code"].upper())
        if code is None:
            self._fail(
                row, COMMENT, _("Ce code n’est pas en vigueur à la date de la session."), comment
            )
            return
        number = int(found["number"]) if found["number"] else None
        description = found["description"].strip()
        if number is not None and not code.needs_question:
            # « C3 10 h 40 » : the figures belong to the words.
            number, description = None, comment[len(found["code"]) :].lstrip(" ,:.–-")
        elif number is None and code.needs_question:
            number = next((hint.number for hint in spotted(description)), None)
        faults = report_faults(candidate, code, number, description)
        for sentence in faults.values():
            self._fail(row, COMMENT, sentence, comment)
        if not faults:
            self._report(candidate, code, number, description)

    def _report(self, candidate, code, number, description):
        if (candidate.pk, code.code, number, description) in self.known:
            return
        self.filled.plan["reports"].append([candidate.pk, code.code, number, description])
        self.filled.reports.append(
            {"candidate": candidate, "code": code, "number": number, "description": description}
        )

    def _take_minutes(self, row, candidate, attempt, minutes):
        granted = attempt.granted_minutes if attempt else 0
        if minutes != granted:
            text = _("%(n)s min accordées, notées sur la feuille (%(known)s dans le dossier).")
            self._ask(row, candidate, MINUTES, text % {"n": minutes, "known": granted})

    def _ask(self, row, candidate, column, text):
        """A person decides what it is sent as, if at all."""
        choices = [(name, str(self.codes[name])) for name in CHOICES if name in self.codes]
        initial = ""
        for hint in spotted(text) if column is COMMENT else ():
            code = self.codes.get(hint.code)
            if code and not report_faults(candidate, code, hint.number, text):
                initial = f"{code.code}-{hint.number}"
                told = _("%(code)s, question %(n)s") % {"code": code, "n": hint.number}
                choices.insert(0, (initial, told))
                break
        if any(known[0] == candidate.pk and known[3] == text for known in self.known):
            return
        key = f"{column.name}-{row}"
        self.filled.plan["asked"].append(
            [key, candidate.pk, [value for value, _l in choices], text]
        )
        self.filled.asked.append(
            {
                "key": key,
                "candidate": candidate,
                "text": text,
                "choices": choices,
                "initial": initial,
            }
        )

    def _fail(self, row, column, sentence, value=None):
        self.table.fail_at(row, column, sentence, value)
