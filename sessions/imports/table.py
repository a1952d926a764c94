"""A sheet read under its titles: rows as the spreadsheet numbers them, and errors where they are."""

from datetime import date, time
from functools import cached_property
from operator import itemgetter

from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from certif.lib.spreadsheets import cell_name
from certif.lib.text import fold
from sessions.imports.columns import text_of

TITLES_WITHIN = 40
EMPTY = (None, "")


def is_empty(cell):
    return cell in EMPTY or (isinstance(cell, str) and not cell.strip())


def key_of(cell, known):
    """Of a title: « * Date de naissance (format : jj/mm/aaaa) » is the same without its brackets."""
    if not isinstance(cell, str):
        return ""
    key = fold(cell)
    return key if key in known else fold(cell.partition("(")[0])


class Table:
    """`columns` maps each column found to its index.

    What is wrong with the titles is in `errors`: such a table is not to be read further.
    """

    def __init__(self, sheet, columns, optional=()):
        self.sheet = sheet
        self.errors, self.warnings = [], []
        self.columns = {}
        self.title_row = self._find_titles([*columns, *optional])
        if self.title_row is None:
            self._no_titles(columns)
        else:
            self._place([*columns, *optional])
            self.require(columns)

    def _find_titles(self, columns):
        """The row that bears most of our titles: a sheet may begin with a heading of its own."""
        known = set().union(*(column.keys for column in columns))
        best, most = None, 1
        for number, row in enumerate(self.sheet.rows[:TITLES_WITHIN], start=1):
            found = len({key_of(cell, known) for cell in row} & known)
            if found > most:
                best, most = number, found
        return best

    def _no_titles(self, columns):
        required = ", ".join(f"« {column.title} »" for column in columns if column.required)
        self.fail(
            None,
            None,
            _("Les titres des colonnes sont introuvables. Il faut au moins : %(titles)s.")
            % {"titles": required},
        )

    def _place(self, columns):
        known = set().union(*(column.keys for column in columns))
        titles = [key_of(cell, known) for cell in self.sheet.rows[self.title_row - 1]]
        taken = set()
        for column in columns:
            places = self._places(column, titles, taken)
            if places:
                self.columns[column] = places[0]
                taken.add(places[0])
            for place in places[1:]:
                self.fail(
                    self.title_row,
                    place,
                    _("La colonne « %(title)s » est là deux fois.") % {"title": column.title},
                )

    def require(self, columns):
        for column in columns:
            if column.required and column not in self.columns:
                self.fail(
                    self.title_row,
                    None,
                    _("La colonne « %(title)s » manque.") % {"title": column.title},
                )

    @staticmethod
    def _places(column, titles, taken):
        """Where its own title is, else where one of its other names is."""
        own = fold(column.title)
        exact = [i for i, title in enumerate(titles) if title == own]
        return exact or [
            i for i, title in enumerate(titles) if title in column.keys and i not in taken
        ]

    @cached_property
    def rows(self):
        """(number, cells) of the filled rows, each as wide as the titles."""
        columns = list(self.columns)
        width = max(self.columns.values(), default=-1) + 1
        rows = enumerate(self.sheet.rows[self.title_row :], start=self.title_row + 1)
        wide = ((number, row + [None] * (width - len(row))) for number, row in rows)
        return [(number, row) for number, row in wide if self.bears(row, columns)]

    def refuse_empty(self, rows):
        if not (rows or self.errors):
            self.fail(None, None, _("Aucune ligne n’est remplie sous les titres."))

    def bears(self, row, columns):
        """Whether one of these columns is filled."""
        return any(not is_empty(row[self.columns[column]]) for column in columns)

    def raw_of(self, columns):
        """What gives the cells of these columns as they are, to recognise a row that repeats another."""
        return itemgetter(*(self.columns[column] for column in columns if column in self.columns))

    def read(self, number, row, columns, *, all_optional=False, empty_says_nothing=False):
        """The values of these columns in a row; each cell that cannot be read is an error."""
        values = {}
        for column in columns:
            index = self.columns.get(column)
            if index is None:
                continue
            cell = row[index]
            if is_empty(cell):
                if not empty_says_nothing:
                    values[column.name] = column.empty
                if column.required and not all_optional:
                    self.fail(
                        number, index, _("« %(title)s » est à remplir.") % {"title": column.title}
                    )
                continue
            try:
                values[column.name] = column.read(cell)
            except ValidationError as error:
                self.fail(number, index, " ".join(error.messages), cell)
        if self.sheet.formulas:
            self._refuse_formulas(number, columns)
        return values

    def _refuse_formulas(self, number, columns):
        for column in columns:
            index = self.columns.get(column)
            if index is not None and (number, index + 1) in self.sheet.formulas:
                self.fail(number, index, _("Cette cellule est une formule : collez-y sa valeur."))

    def fail(self, number, index, sentence, value=None):
        """Note what is wrong, and where the spreadsheet shows it."""
        self.errors.append(self._note(number, index, sentence, value))

    def warn_of_sheet(self, other):
        """Another table of the workbook holds rows that nobody will read."""
        if other.rows:
            name = other.sheet.name
            self.warnings.append(
                self._note(
                    None, None, _("L’onglet « %(name)s » n’est pas lu.") % {"name": name}, None
                )
            )

    def warn_of_row(self, number, sentence):
        self.warnings.append(self._note(number, None, sentence, None))

    def warn(self, number, column, sentence, value=None):
        self.warnings.append(self._note(number, self.columns.get(column), sentence, value))

    def _note(self, number, index, sentence, value):
        return {
            "sheet": self.sheet.name,
            "row": number,
            "column": None if index is None else index + 1,
            "cell": cell_name(number, index + 1) if number and index is not None else "",
            "sentence": str(sentence),
            "value": shown(value),
        }

    def fail_at(self, number, column, sentence, value=None):
        self.fail(number, self.columns.get(column), sentence, value)


def shown(value):
    """The start of what a cell held, to be recognised."""
    return "" if value is None else Truncator(written(value)).chars(60)


def written(value):
    """As somebody would type it."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return f"{value:%H:%M}" if isinstance(value, time) else text_of(value)


def in_order(notes, sheets):
    """As one reads the workbook: tab by tab, row by row, from left to right."""
    tabs = {sheet.name: rank for rank, sheet in enumerate(sheets)}
    return sorted(
        notes, key=lambda note: (tabs[note["sheet"]], note["row"] or 0, note["column"] or 0)
    )
