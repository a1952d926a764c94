"""Workbooks that people open: texts stay texts, dates are dates, nothing is ever a formula.

    book = Book(stamp=Stamp("candidats", 1, "1234"))
    book.sheet("Candidats", [Column("Nom", width=24), Column("Né le", Format.DAY)], rows)
    data = book.to_bytes()

Cells take str, int, float, bool, date, datetime (without zone: wall-clock time), time and None.
"""

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from itertools import chain

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from certif.lib.spreadsheets.child import LONGEST_TEXT
from certif.lib.spreadsheets.stamp import STAMP_SHEET

LISTS_SHEET = "_listes"
A4 = 9
LONGEST_TITLE = 31
LAST_ROW = 2_000  # as far down as a drop-down goes, unless told otherwise
ILLEGAL = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
# « _x0041_ » is how a workbook writes the letter A: a text that looks so is written otherwise.
ESCAPE_ALIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
TITLE_FONT = Font(name="Calibri", size=11, bold=True)
TITLE_FILL = PatternFill("solid", fgColor="E6E9EF")
TITLE_ALIGNMENT = Alignment(wrap_text=True, vertical="top")


class Format(StrEnum):
    """What a column is made for: empty cells have it too, so that what is typed keeps its zeros."""

    TEXT = "@"
    NUMBER = "General"
    DAY = "dd/mm/yyyy"
    MOMENT = "dd/mm/yyyy hh:mm:ss"
    TIME = "hh:mm"


@dataclass(frozen=True)
class Column:
    """`choices` makes a drop-down list, `note` a comment on the title."""

    title: str
    format: Format = Format.TEXT
    width: int = 16
    choices: tuple[str, ...] = ()
    note: str = ""


class Book:
    """A workbook written sheet after sheet. `stamp` tells an import which template it came from."""

    def __init__(self, *, stamp=None):
        self._workbook = Workbook(write_only=True)
        self._workbook.properties.creator = "certif"
        self._stamp = stamp
        self._titles = set()
        self._lists = []

    def sheet(self, title, columns, rows, *, above=(), last_row=LAST_ROW):
        """A sheet: the lines `above`, the titles of the `columns` (which stay in sight), the rows."""
        sheet = self._workbook.create_sheet(self._free_title(title))
        titles_row = len(above) + 1
        sheet.freeze_panes = f"A{titles_row + 1}"
        self._shape(sheet, columns, titles_row)
        self._add_choices(sheet, columns, titles_row + 1, last_row)
        _write(sheet, chain(above, [map(_Title, columns)], rows))

    def to_bytes(self):
        """The file; the book is then finished."""
        self._hidden_sheet(LISTS_SHEET, _side_by_side(self._lists))
        self._hidden_sheet(STAMP_SHEET, self._stamp.as_rows() if self._stamp else [])
        buffer = BytesIO()
        self._workbook.save(buffer)
        return buffer.getvalue()

    def _free_title(self, title):
        title = sheet_title(title, self._titles)
        self._titles.add(title.casefold())
        return title

    @staticmethod
    def _shape(sheet, columns, titles_row):
        for number, column in enumerate(columns, 1):
            dimension = sheet.column_dimensions[get_column_letter(number)]
            dimension.width = column.width
            dimension.number_format = column.format
        sheet.print_title_rows = f"{titles_row}:{titles_row}"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True

    def _add_choices(self, sheet, columns, first_row, last_row):
        for number, column in enumerate(columns, 1):
            if column.choices:
                letter = get_column_letter(number)
                validation = DataValidation(
                    "list",
                    formula1=self._place_of(column.choices),
                    allow_blank=True,
                    showErrorMessage=True,
                    error=_("Choisissez une valeur de la liste."),
                )
                validation.add(f"{letter}{first_row}:{letter}{max(first_row, last_row)}")
                sheet.data_validations.append(validation)

    def _place_of(self, choices):
        """In a sheet of their own: written in the cell, a list is cut at 255 characters."""
        if choices not in self._lists:
            self._lists.append(choices)
        letter = get_column_letter(self._lists.index(choices) + 1)
        return f"{LISTS_SHEET}!${letter}$1:${letter}${len(choices)}"

    def _hidden_sheet(self, title, rows):
        if rows:
            sheet = self._workbook.create_sheet(title)
            sheet.sheet_state = "hidden"
            _write(sheet, rows)


def _write(sheet, rows):
    sheet._values_to_row = _Cells(sheet).row
    for row in rows:
        sheet.append(list(row))
    sheet.close()


class _Title(str):
    """The title of a column; its note is shown as a comment."""

    __slots__ = ("note",)

    def __new__(cls, column):
        title = super().__new__(cls, column.title)
        title.note = str(column.note)
        return title


# How openpyxl writes each type, and the format of its cells.
KINDS = {
    str: ("s", Format.TEXT),
    _Title: ("s", Format.TEXT),
    bool: ("b", Format.NUMBER),
    int: ("n", Format.NUMBER),
    float: ("n", Format.NUMBER),
    datetime.date: ("d", Format.DAY),
    datetime.datetime: ("d", Format.MOMENT),
    datetime.time: ("d", Format.TIME),
}


class _Cells:
    """One cell a type of value, written again and again: to make and shape each costs twice as much.

    It stands in for the sheet's own conversion of values (openpyxl 3.1), which would make a formula
    of « =1+1 » and an error of « #N/A ».
    """

    def __init__(self, sheet):
        self._sheet = sheet
        self._cells = {}

    def row(self, values, row):
        for column, value in enumerate(values, 1):
            if value is not None:
                cell = self._filled(value)
                cell.row, cell.column = row, column
                yield cell

    def _filled(self, value):
        kind = type(value)
        if kind not in KINDS:
            kind, value = str, str(value)  # a choice of an enumeration, a translated text
        cell = self._cells.get(kind) or self._made(kind)
        cell._value = inert(value) if isinstance(value, str) else value
        if kind is _Title:
            cell.comment = Comment(inert(value.note), "", 120, 260) if value.note else None
        return cell

    def _made(self, kind):
        cell = self._cells[kind] = WriteOnlyCell(self._sheet)
        cell.data_type, cell.number_format = KINDS[kind]
        if kind is _Title:
            cell.font, cell.fill, cell.alignment = TITLE_FONT, TITLE_FILL, TITLE_ALIGNMENT
        return cell


def inert(text):
    """The text as a cell keeps it: what XML cannot carry is left out, nothing else is changed."""
    text = ILLEGAL.sub("", text)
    return ESCAPE_ALIKE.sub("_x005F_", text)[:LONGEST_TEXT]


def _side_by_side(lists):
    longest = max(map(len, lists), default=0)
    return [
        [choices[row] if row < len(choices) else None for choices in lists]
        for row in range(longest)
    ]


def sheet_title(text, taken=()):
    """A title that spreadsheets take: short, without []:*?/\\, and none of `taken` (case-folded)."""
    title = re.sub(r"[\[\]:*?/\\]", " ", ILLEGAL.sub("", text))
    title = " ".join(title.split()).strip("'")[:LONGEST_TITLE].strip() or "Feuille"
    reserved = {*taken, "history", LISTS_SHEET, STAMP_SHEET}
    candidate, number = title, 1
    while candidate.casefold() in reserved:
        number += 1
        ending = f" ({number})"
        candidate = title[: LONGEST_TITLE - len(ending)].strip() + ending
    return candidate
