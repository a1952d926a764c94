"""« Matériel certification » of 500 sessions and 10,000 candidates, beside openpyxl alone writing its cells.

Ours: the sessions and the candidates asked of the database, every text made inert, titles, drop-downs, stamp.
"""

from io import BytesIO

from openpyxl import Workbook, load_workbook

from sessions.imports.templates import equipment_workbook
from sessions.models import ExamSession
from tests.bench.bench_import import SESSIONS, import_whole, navette
from tests.bench.figures import Figure, interleaved_medians

NAME = "equipment workbook"
TARGET = "≤ 1.5 × openpyxl alone"
MOST_TIMES, REPETITIONS = 1.5, 3


def run():
    import_whole(navette())
    sessions = ExamSession.objects.order_by("-pk")[:SESSIONS]
    sheets = cells_of(equipment_workbook(sessions))
    times = interleaved_medians(
        REPETITIONS,
        alone=lambda: write_alone(sheets),
        ours=lambda: equipment_workbook(sessions.all()),
    )
    print(f"  openpyxl alone: {times['alone']:.2f} s, ours: {times['ours']:.2f} s")
    ratio = times["ours"] / times["alone"]
    return Figure(f"{ratio:.2f} ×", ok=ratio <= MOST_TIMES)


def cells_of(data):
    book = load_workbook(BytesIO(data), read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def write_alone(sheets):
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(BytesIO())
