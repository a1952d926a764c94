"""What a workbook holds, once read."""

import datetime
from dataclasses import dataclass, field

Value = str | int | float | bool | datetime.date | datetime.datetime | datetime.time | None


@dataclass(frozen=True)
class Sheet:
    """`rows[0]` is row 1 and `rows[0][0]` is A1, even when nothing stands there (None).

    Rows of a workbook have the same length, those of a CSV file have their own. Texts are as they
    stand, zeros in front included; whole numbers are `int`, unless too large to be exact (`float`);
    a moment at midnight is a `date`, for workbooks make no difference.
    `formulas` are the cells that hold one, (row, column) counted from 1: `cell_name(*position)`.
    """

    name: str
    rows: list[list[Value]]
    formulas: frozenset[tuple[int, int]] = field(default=frozenset())
    hidden: bool = False


def cell_name(row, column):
    """What the spreadsheet calls a cell, both counted from 1: `cell_name(7, 2)` is « B7 »."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"
