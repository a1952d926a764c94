"""CSV. Read: UTF-8, UTF-16 or Windows' own letters; semicolons, commas or tabs; texts only.

Written: for a spreadsheet set to French, and with nothing that it would take for a formula.
"""

import codecs
import csv
import datetime
import re
from io import StringIO

from certif.lib.spreadsheets.child import LONGEST_TEXT
from certif.lib.spreadsheets.kinds import refuse_markup
from certif.lib.spreadsheets.problems import UnreadableFile
from certif.lib.spreadsheets.sheets import Sheet

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
SEPARATORS = ";,\t"
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
# A spreadsheet takes such a text for a formula. We write an apostrophe before it (OWASP, « CSV
# injection ») and take it away when the file comes back.
FORMULA_ALIKE = re.compile(r"'*[=+\-@\t\r\n]")
GUARDED = re.compile(r"''*[=+\-@\t\r\n]")
FORMATS = {
    datetime.datetime: "%d/%m/%Y %H:%M:%S",
    datetime.date: "%d/%m/%Y",
    datetime.time: "%H:%M",
}


def read_delimited(data, name="", *, max_rows, max_columns):
    text = _decoded(data)
    refuse_markup(text, name)
    if CONTROLS.search(text):
        raise UnreadableFile("unknown")
    text, separator = _separated(text)
    lines = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    return Sheet("", list(_rows(lines, max_rows, max_columns)))


def _decoded(data):
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return _decoded_as(data, encoding)
    if b"\0" in data[:4]:
        return _decoded_as(data, "utf-16-be" if data.startswith(b"\0") else "utf-16-le")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _decoded_as(data, "cp1252")


def _decoded_as(data, encoding):
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableFile("encoding") from None


def _separated(text):
    """The text and its separator: said by « sep=; » as Excel does, else the commonest of line 1."""
    first, _newline, rest = text.partition("\n")
    said = re.fullmatch(rf"sep=([{SEPARATORS}])\r?", first)
    if said:
        return rest, said[1]
    first = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    return text, max(SEPARATORS, key=unquoted.count)


def _rows(lines, max_rows, max_columns):
    row = 0
    try:
        for row, cells in enumerate(lines, 1):
            if row > max_rows:
                raise UnreadableFile("csv_rows", most=max_rows)
            if len(cells) > max_columns:
                raise UnreadableFile("csv_columns", row=row, most=max_columns)
            if any(len(cell) > LONGEST_TEXT for cell in cells):
                raise UnreadableFile("csv_long_text", row=row)
            yield [_value(cell) for cell in cells]
    except csv.Error as error:
        too_long = "field limit" in str(error)
        raise UnreadableFile("csv_long_text" if too_long else "quotes", row=row + 1) from None


def _value(cell):
    return (cell[1:] if GUARDED.match(cell) else cell) or None


def csv_bytes(rows):
    """Rows of str, numbers, dates, times and None, as a .csv file that Excel opens by a double click."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerows([_written(value) for value in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig", "replace")


def _written(value):
    if type(value) in FORMATS:
        return value.strftime(FORMATS[type(value)])
    if value is None or isinstance(value, int | float):
        return value
    text = CONTROLS.sub("", str(value))
    return f"'{text}" if FORMULA_ALIKE.match(text) else text
