"""Workbooks in (`read_workbook`) and out (`certif.lib.spreadsheets.writing`, loaded when needed)."""

from certif.lib.spreadsheets.delimited import csv_bytes
from certif.lib.spreadsheets.problems import TooBusy, UnreadableFile
from certif.lib.spreadsheets.reading import read_workbook
from certif.lib.spreadsheets.sheets import Sheet, cell_name
from certif.lib.spreadsheets.stamp import Stamp, stamp_of

__all__ = [
    "Sheet",
    "Stamp",
    "TooBusy",
    "UnreadableFile",
    "cell_name",
    "csv_bytes",
    "read_workbook",
    "stamp_of",
]
