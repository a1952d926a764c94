"""What a workbook would change of the bank: every line of it, and every error where it is."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from certif.lib.refusals import InvalidInput
from certif.lib.spreadsheets import stamp_of
from exam import bank, bank_files, drawn
from exam.bank_archive import Files
from exam.bank_workbook import (
    ACTIVE,
    ANSWERS,
    ATTACHMENT,
    CHOICES,
    COLUMNS,
    COMPETENCE,
    FIELDS,
    IMAGE,
    IMAGE_ALT,
    KEY,
    KIND,
    LINK,
    NO_GAP,
    TEMPLATE,
    TIME_LIMIT,
    answers_of,
    cells_of,
    values_of,
)
from exam.models import QUESTIONS_PER_COMPETENCE, Question
from sessions.imports.plan import fingerprint, table_of
from sessions.imports.table import in_order

FILE_COLUMNS = {IMAGE: bank_files.IMAGE_TYPES, ATTACHMENT: bank_files.FILE_TYPES}
FROZEN = {COMPETENCE, KIND, *CHOICES, ANSWERS, TIME_LIMIT}
NEW = {
    "choices": [],
    "image": "",
    "image_alt": "",
    "attachment": "",
    "link": "",
    "time_limit": None,
    "is_active": True,
}


@dataclass
class Line:
    """One row that adds a question, or changes one: `changes` are (column, before, after)."""

    row: int
    values: dict
    question: Question | None = None
    changes: list = field(default_factory=list)

    @property
    def fields(self):
        """The names of what it writes."""
        if self.question is None:
            return FIELDS
        return {"choices" if column in CHOICES else column.name for column, *_both in self.changes}

    @property
    def files(self):
        return {self.values[column.name] for column in FILE_COLUMNS} - {""}


@dataclass
class BankPlan:
    """`files`: (name, content) of what was sent and a line takes; `unnamed`: what no line names."""

    lines: list
    errors: list
    unchanged: int
    based_on: str
    files: list
    unnamed: list

    @property
    def added(self):
        return [line for line in self.lines if line.question is None]

    @property
    def changed(self):
        return [line for line in self.lines if line.question is not None]


def plan_bank(sheets, files=None):
    """Raises InvalidInput for the template of another import."""
    stamp = stamp_of(sheets)
    if stamp is not None and stamp.template != TEMPLATE:
        raise InvalidInput(_("Ce fichier est le modèle d’un autre import."), field="file")
    shown = [sheet for sheet in sheets if not sheet.hidden]
    return _Reading(table_of(shown, COLUMNS), files or Files()).plan(sheets)


class _Reading:
    def __init__(self, table, files):
        self.table = table
        self.files = files
        self.known = {question.key: question for question in Question.objects.all()}
        self.stored = _places(self.known.values())
        self.seen = {}
        self.named, self.taken = set(), {}

    def plan(self, sheets):
        lines, unchanged = [], 0
        if not self.table.errors:
            for number, cells in self.table.rows:
                line = self._line(number, cells)
                if line is not None:
                    lines.append(line)
            self.table.refuse_empty(self.table.rows)
            unchanged = len([line for line in lines if line.question and not line.changes])
            lines = [line for line in lines if line.question is None or line.changes]
            self._refuse_drawn(lines)
            self._refuse_too_few(lines)
        errors = in_order(self.table.errors, sheets)
        taken = {
            name: self.taken[name] for line in lines for name in line.files & self.taken.keys()
        }
        files = [(PurePath(name).name, content) for name, content in taken.items()]
        unnamed = sorted(self.files.names - self.named)
        return BankPlan(lines, errors, unchanged, fingerprint_of_bank(), files, unnamed)

    def _line(self, number, cells):
        """What a row says; None when something of it cannot be read."""
        before = len(self.table.errors)
        read = self.table.read(number, cells, COLUMNS)
        key = read.get("key")
        question = self.known.get(key)
        base = values_of(question) if question else NEW
        choices = self._choices(number, read)
        if len(self.table.errors) > before:
            return None
        if read.get("is_active") is None:
            read.pop("is_active", None)
        values = {**base, **read, "choices": choices}
        self._find_files(number, values, base)
        self._read_answers(number, values)
        self._check(number, values, base)
        if len(self.table.errors) > before:
            return None
        changes = _changes(base, values, self.taken) if question else []
        return Line(number, values, question, changes)

    def _choices(self, number, read):
        texts = [(column, read.pop(column.name, "")) for column in CHOICES]
        filled = [bool(text) for _column, text in texts]
        if False in filled[: sum(filled)]:
            self.table.fail_at(number, CHOICES[filled.index(False)], NO_GAP)
        return [text for _column, text in texts if text]

    def _read_answers(self, number, values):
        """What cannot be read stays the text of the cell."""
        cell = values["answers"]
        try:
            values["answers"] = answers_of(cell, values["kind"], values["choices"])
        except ValidationError as error:
            for sentence in error.messages:
                self.table.fail_at(number, ANSWERS, sentence, cell)

    def _find_files(self, number, values, base):
        for column in FILE_COLUMNS:
            name = values[column.name]
            values[column.name] = ""
            try:
                if name:
                    values[column.name] = self._place_of(
                        name, column, values["key"], base[column.name]
                    )
            except ValidationError as error:
                self.table.fail_at(number, column, error.message, name)

    def _place_of(self, name, column, key, kept):
        """Where the file of a cell is, or will be, stored: what was sent comes first."""
        self.named.add(name)
        types = FILE_COLUMNS[column]
        sent = self.files.named(name, key, column.name)
        if len(sent) > 1:
            raise ValidationError(
                _(
                    "Plusieurs fichiers de l’archive portent ce nom : rangez chacun dans un dossier "
                    "nommé d’après sa question. Si l’image et le fichier d’une question portent le même "
                    "nom : dans ce dossier, l’une dans « image », l’autre dans « fichier »."
                )
            )
        if sent:
            return self._sent(name, *sent, types, kept)
        if name in {kept, PurePath(kept).name}:
            return kept
        if PurePath(name).suffix.lower() not in types:
            raise ValidationError(_("Types acceptés : %(types)s.") % {"types": ", ".join(types)})
        places = self.stored[name]
        if len(places) != 1:
            raise ValidationError(_several_files() if places else _no_file())
        return min(places)

    def _sent(self, name, content, types, kept):
        if fault := bank_files.fault_of(name, content, types):
            raise ValidationError(fault)
        if PurePath(kept).name == name and self.files.is_kept(kept, content):
            return kept
        place = bank_files.address_of(name, content)
        self.taken[place] = content
        return place

    def _check(self, number, values, base):
        key = values["key"]
        if first := self.seen.get(key):
            sentence = _("La ligne %(row)s porte déjà cette référence.") % {"row": first}
            self.table.fail_at(number, KEY, sentence, key)
        self.seen.setdefault(key, number)
        if values["image"] and not values["image_alt"]:
            self.table.fail_at(number, IMAGE_ALT, _("Une image demande un texte de remplacement."))
        if values["link"] not in {"", base["link"], *bank.site_addresses()}:
            self.table.fail_at(number, LINK, _("Ce site n’est pas de la banque."), values["link"])
        if isinstance(values["answers"], list):
            for sentence in bank.check_answers(values):
                self.table.fail_at(number, ANSWERS, f"{sentence.capitalize()}.")

    def _refuse_drawn(self, lines):
        """One row, one sentence, at the first of the cells that may not change any more."""
        frozen = {
            line.question.pk: (line.row, column, new)
            for line in lines
            if line.question
            for column, _old, new in reversed(line.changes)
            if column in FROZEN
        }
        for pk in drawn.drawn(frozen):
            row, column, new = frozen[pk]
            self.table.fail_at(row, column, drawn.SENTENCE, new)

    def _refuse_too_few(self, lines):
        """Fewer questions than a test draws in a competence: said where the last of them leaves it."""
        counts = Counter(q.competence for q in self.known.values() if q.is_active)
        left = {}
        for line in lines:
            was = line.question and line.question.is_active and line.question.competence
            now = line.values["is_active"] and line.values["competence"]
            if was != now:
                counts.update({code: 1 for code in [now] if code})
                counts.subtract({code: 1 for code in [was] if code})
                left |= {was: line} if was else {}
        for code, line in left.items():
            if counts[code] < QUESTIONS_PER_COMPETENCE:
                column = COMPETENCE if line.values["is_active"] else ACTIVE
                self.table.fail_at(
                    line.row,
                    column,
                    _("Il faut au moins %(n)s questions utilisées dans la compétence %(code)s.")
                    % {"n": QUESTIONS_PER_COMPETENCE, "code": code},
                )


def _places(questions):
    """Where each name that the bank holds is stored."""
    places = defaultdict(set)
    for question in questions:
        for stored in filter(None, (question.image.name, question.attachment.name)):
            places[PurePath(stored).name].add(stored)
    return places


def _several_files():
    return _("Plusieurs fichiers de la banque portent ce nom : choisissez-le dans la fiche.")


def _no_file():
    return _("La banque n’a pas ce fichier : envoyez-le avec le classeur, dans une archive .zip.")


def _changes(before, after, taken):
    pairs = zip(COLUMNS, cells_of(before), _told(after, taken), strict=True)
    return [(column, old, new) for column, old, new in pairs if old != new]


def _told(values, taken):
    """The cells, and which of the files are new, though they may bear the name of an old one."""
    cells = dict(zip(COLUMNS, cells_of(values), strict=True))
    for column in FILE_COLUMNS:
        if values[column.name] in taken:
            cells[column] = _("%(name)s (nouveau fichier)") % {"name": cells[column]}
    return cells.values()


def fingerprint_of_bank():
    return fingerprint(Question.objects.order_by("pk").values_list("pk", *FIELDS))
