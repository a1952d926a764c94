"""Workbooks in and out, beside the bare libraries on the same cells.

In: the child process, its checks and the way back, beside calamine called in this very process.
Out: five hundred sheets with their styles and drop-downs, beside openpyxl's quickest way of writing.
"""

import datetime
from io import BytesIO

from openpyxl import Workbook
from python_calamine import load_workbook

from certif.lib.spreadsheets import read_workbook
from certif.lib.spreadsheets.writing import Book, Column, Format
from tests.bench.figures import Figure, interleaved_medians

NAME = "spreadsheets"
TARGET = "a ratio to the bare library"
MOST_READING, MOST_WRITING = 2.5, 1.5
LINES, SHEETS, LINES_A_SHEET = 10_000, 500, 21
REPETITIONS = 5
BIRTH = datetime.date(2008, 2, 29)
CHOICES = ("Oui", "Non")


def run():
    return [reading(), writing()]


def reading():
    data = written_bare(1, LINES, 20)
    medians = interleaved_medians(
        REPETITIONS,
        ours=lambda: read_workbook(data, max_rows=LINES, seconds=30),
        bare=lambda: load_workbook(BytesIO(data)).get_sheet_by_index(0).to_python(),
    )
    return figure("reading 10,000 × 20", medians, MOST_READING, f"≤ {MOST_READING} × bare calamine")


def writing():
    medians = interleaved_medians(
        REPETITIONS,
        ours=lambda: written(SHEETS, LINES_A_SHEET, 11),
        bare=lambda: written_bare(SHEETS, LINES_A_SHEET, 11),
    )
    return figure("writing 500 sheets", medians, MOST_WRITING, f"≤ {MOST_WRITING} × bare openpyxl")


def figure(name, medians, most, target):
    ratio = medians["ours"] / medians["bare"]
    measured = f"{ratio:.2f} × ({medians['ours']:.2f} s : {medians['bare']:.2f} s)"
    return Figure(measured, ok=ratio <= most, name=name, target=target)


def cells(number, columns):
    texts = [f"Texte {number % 500} {column}" for column in range(columns - 3)]
    return [*texts, BIRTH, BIRTH, number]


def written_bare(sheets, lines, columns):
    workbook = Workbook(write_only=True)
    for number in range(sheets):
        sheet = workbook.create_sheet(f"Session {number}")
        for line in range(lines):
            sheet.append(cells(line, columns))
    buffer = BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def written(sheets, lines, columns):
    """As many lines: the first of them is that of the titles."""
    shape = [Column(f"Titre {column}") for column in range(columns - 4)]
    shape += [Column("Choix", choices=CHOICES), Column("Né le", Format.DAY)]
    shape += [Column("Date", Format.DAY), Column("Nombre", Format.NUMBER)]
    book = Book()
    for number in range(sheets):
        rows = (cells(line, columns) for line in range(lines - 1))
        book.sheet(f"Session {number}", shape, rows)
    return book.to_bytes()
