"""Which row of a file is which entry of a list, and what differs."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from sessions.birthplaces import same_city
from sessions.imports import columns


@dataclass
class Match:
    row: object
    entry: object | None
    changes: list = field(default_factory=list)  # names of the fields that differ

    @property
    def is_news(self):
        return self.entry is None or bool(self.changes)


def match(table, rows, entries):
    """One Match per row, and the entries that no row names. Doubled rows are errors of the table."""
    rows = _refuse_doubles(table, rows)
    free = _Entries(entries)
    # Surest first over the whole file: a guess must not take the entry that another row numbers.
    found = {}
    for row in rows:
        if row.entry is not None:
            found[row.row] = free.take_number(row.entry)
            if found[row.row] is None:
                table.fail_at(row.row, columns.ENTRY_NUMBER, _unknown_number(), row.entry)
    for find in (free.take_external_id, free.take_identity):
        for row in rows:
            if row.entry is None and found.get(row.row) is None:
                found[row.row] = find(row)
    matches = [Match(row, found[row.row], _changes(row, found[row.row])) for row in rows]
    return matches, free.left()


def _unknown_number():
    return _(
        "Ce n’est le numéro d’aucune inscription de cette liste. Laissez la cellule vide pour "
        "inscrire quelqu’un."
    )


class _Entries:
    def __init__(self, entries):
        self.by_number = {entry.pk: entry for entry in entries}
        self.by_external_id = defaultdict(list)
        self.by_key = defaultdict(list)
        for entry in entries:
            self.by_key[entry.identity_key].append(entry)
            if entry.external_id:
                self.by_external_id[entry.external_id].append(entry)

    def take_number(self, number):
        return self.by_number.pop(number, None)

    def take_external_id(self, row):
        external_id = row.fields.get("external_id")
        return self._take(self.by_external_id.get(external_id, ())) if external_id else None

    def take_identity(self, row):
        """The same identity and, when two entries share it, the same birth place."""
        city = row.fields.get("birth_city", "")
        same = self.by_key.get(row.key, ())
        return self._take([entry for entry in same if _maybe_same_city(entry.birth_city, city)])

    def _take(self, entries):
        for entry in entries:
            if entry.pk in self.by_number:
                return self.by_number.pop(entry.pk)
        return None

    def left(self):
        return list(self.by_number.values())


def _maybe_same_city(left, right):
    return not left or not right or same_city(left, right)


def _changes(row, entry):
    if entry is None:
        return []
    return [name for name, value in row.fields.items() if getattr(entry, name) != value]


def _refuse_doubles(table, rows):
    """Rows, less those that repeat one above: same number, same external id, same person."""
    kept, numbers, external_ids, people = [], {}, {}, defaultdict(list)
    for row in rows:
        double = numbers.get(row.entry) if row.entry is not None else None
        at = columns.ENTRY_NUMBER
        if double is None and row.fields.get("external_id"):
            double, at = external_ids.get(row.fields["external_id"]), _external_id_of(table)
        if double is None:
            double, at = _double_of(people[row.key], row), columns.BIRTH_NAME
        if double is not None:
            table.fail_at(row.row, at, _double(at, double))
            continue
        kept.append(row)
        numbers[row.entry] = external_ids[row.fields.get("external_id")] = row
        people[row.key].append(row)
    return kept


def _external_id_of(table):
    return columns.INE if columns.INE in table.columns else columns.EXTERNAL_ID


def _double_of(others, row):
    city = row.fields.get("birth_city", "")
    return next((o for o in others if _maybe_same_city(o.fields.get("birth_city", ""), city)), None)


def same_person(entries, row):
    """The entry that the person of this row already has, under the rule of the form."""
    city = row.fields.get("birth_city", "")
    same = (entry for entry in entries if entry.identity_key == row.key)
    return next((entry for entry in same if _maybe_same_city(entry.birth_city, city)), None)


def _double(at, other):
    sentences = {
        columns.ENTRY_NUMBER: _("Ce numéro est déjà à la ligne %(row)s."),
        columns.BIRTH_NAME: _("%(name)s, même date de naissance, est déjà à la ligne %(row)s."),
    }
    sentence = sentences.get(at, _("Cet identifiant est déjà à la ligne %(row)s, pour %(name)s."))
    return sentence % {"row": other.row, "name": other.name}
