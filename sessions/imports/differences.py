"""Which row of a file is which entry of a list, and what differs."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from certif.lib.text import fold
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
    found = _numbered(table, rows, free)
    for rule in RULES if entries else ():
        found |= _sure(free, rule, [row for row in rows if row.row not in found])
    for row in rows:
        if row.row not in found and _maybe(free, row):
            table.fail_at(row.row, columns.BIRTH_NAME, _several_people(), row.name)
    matches = [_matched(row, found.get(row.row)) for row in rows]
    return matches, free.left()


def _numbered(table, rows, free):
    found = {}
    for row in rows:
        if row.entry is not None:
            found[row.row] = free.take(row.entry)
            if found[row.row] is None:
                table.fail_at(row.row, columns.ENTRY_NUMBER, _unknown_number(), row.entry)
    return found


def _sure(free, rule, rows):
    """What a rule gives when it gives one entry, and to one row: so the order of rows is nothing."""
    given = {row.row: rule(free, row) for row in rows}
    claims = Counter(entry.pk for entries in given.values() for entry in entries)
    return {
        row: free.take(entries[0].pk)
        for row, entries in given.items()
        if len(entries) == 1 and claims[entries[0].pk] == 1
    }


def _matched(row, entry):
    return Match(row, entry, _changes(row, entry))


def _unknown_number():
    return _(
        "Ce n’est le numéro d’aucune inscription de cette liste. Laissez la cellule vide pour "
        "inscrire quelqu’un."
    )


def _several_people():
    return _(
        "Plusieurs personnes ont ce nom et cette date de naissance\u00a0: indiquez la commune de "
        "naissance de chacune, dans le fichier et dans la liste."
    )


class _Entries:
    """Those of a list that no row has taken yet."""

    def __init__(self, entries):
        self.by_number = {entry.pk: entry for entry in entries}
        self.by_external_id = defaultdict(list)
        self.by_key = defaultdict(list)
        for entry in entries:
            self.by_key[entry.identity_key].append(entry)
            if entry.external_id:
                self.by_external_id[entry.external_id].append(entry)

    def take(self, number):
        return self.by_number.pop(number, None)

    def of_identity(self, row):
        return [entry for entry in self.by_key.get(row.key, ()) if entry.pk in self.by_number]

    def of_external_id(self, row):
        same = self.by_external_id.get(row.fields.get("external_id"), ())
        return [entry for entry in same if entry.pk in self.by_number]

    def left(self):
        return list(self.by_number.values())


def _same_identity_and_place(free, row):
    place = fold(_city(row))
    return [entry for entry in free.of_identity(row) if fold(entry.birth_city) == place]


def _same_identity_and_external_id(free, row):
    return [entry for entry in free.of_external_id(row) if entry.identity_key == row.key]


def _maybe(free, row):
    same = free.of_identity(row)
    return [entry for entry in same if _maybe_same_city(entry.birth_city, _city(row))]


# A name and a birth date say who somebody is; an identifier, when a name was corrected.
RULES = (
    _same_identity_and_place,
    _same_identity_and_external_id,
    _maybe,
    _Entries.of_external_id,
)


def _city(row):
    return row.fields.get("birth_city", "")


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
            table.fail_at(row.row, at, _double(at, double), _held(at, row))
            continue
        kept.append(row)
        numbers[row.entry] = external_ids[row.fields.get("external_id")] = row
        people[row.key].append(row)
    return kept


def _external_id_of(table):
    return columns.INE if columns.INE in table.columns else columns.EXTERNAL_ID


def _double_of(others, row):
    return next((other for other in others if _maybe_same_city(_city(other), _city(row))), None)


def same_person(entries, row):
    """The entry that the person of this row already has, under the rule of the form."""
    same = (entry for entry in entries if entry.identity_key == row.key)
    return next((entry for entry in same if _maybe_same_city(entry.birth_city, _city(row))), None)


def _double(at, other):
    sentences = {
        columns.ENTRY_NUMBER: _("Ce numéro est déjà à la ligne %(row)s."),
        columns.BIRTH_NAME: _("%(name)s, même date de naissance, est déjà à la ligne %(row)s."),
    }
    sentence = sentences.get(at, _("« %(title)s » est déjà à la ligne %(row)s, pour %(name)s."))
    return sentence % {"title": at.title, "row": other.row, "name": other.name}


def _held(at, row):
    return row.entry if at is columns.ENTRY_NUMBER else row.fields[at.name]
