"""An uploaded file turned into sheets of plain values, or refused with a sentence for its sender."""

import datetime

from certif.lib.spreadsheets.archive import MEGABYTE, check_archive
from certif.lib.spreadsheets.child import DAY, MOMENT, TIME
from certif.lib.spreadsheets.confinement import read_in_child
from certif.lib.spreadsheets.delimited import read_delimited
from certif.lib.spreadsheets.kinds import ZIP, refuse_other_kinds
from certif.lib.spreadsheets.problems import UnreadableFile
from certif.lib.spreadsheets.sheets import Sheet, cell_name
from certif.lib.spreadsheets.slots import slot

MOST_MEGABYTES = 5


def read_workbook(data, *, name="", max_rows=2_000, max_columns=60, seconds=3, patience=5):
    """The sheets of an .xlsx, .ods or .csv file, told apart by its bytes and never by its `name`.

    A workbook is opened by a child process that has `seconds` and little memory; two at once on a
    machine, for the next ones wait `patience` seconds. Hidden sheets are given too, and say so.
    Raises UnreadableFile (422, `field="file"`) and TooBusy (409). Dates of the 1904 calendar are
    converted. What the caller decides: formulas, hidden sheets, empty rows.
    """
    if len(data) > MOST_MEGABYTES * MEGABYTE:
        raise UnreadableFile("heavy", megabytes=MOST_MEGABYTES)
    refuse_other_kinds(data)
    if not data.startswith(ZIP):
        return [read_delimited(data, name, max_rows=max_rows, max_columns=max_columns)]
    kind, parts = check_archive(data)
    with slot(patience):
        answer, content = read_in_child((data, kind, parts, max_rows, max_columns), seconds=seconds)
    if answer == "refused":
        raise _refusal(*content)
    return [_sheet(*sheet) for sheet in content]


def _refusal(code, details):
    position = details.pop("position", None)
    if position:
        details["cell"] = cell_name(*position)
    return UnreadableFile(code, **details)


def _sheet(name, hidden, rows, times, formulas):
    for row, column, kind, value in times:
        rows[row][column] = REBUILD[kind](value)
    return Sheet(name, rows, frozenset(formulas), hidden)


def _moment(parts):
    return datetime.datetime.combine(datetime.date(*parts[:3]), datetime.time(*parts[3:]))


REBUILD = {
    DAY: datetime.date.fromordinal,
    MOMENT: _moment,
    TIME: lambda parts: datetime.time(*parts),
}
