import datetime
import io

import pytest
from odfdo import Cell, Document, Table
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.formula import ArrayFormula

from certif.lib.spreadsheets import UnreadableFile, cell_name, read_workbook
from tests.certif.hostile_files import (
    SHEET,
    ods_table,
    rezipped,
    with_sheet_data,
    workbook_bytes,
    xlsx,
)

DAY = datetime.date(2008, 2, 29)
MOMENT = datetime.datetime.combine(datetime.date(2026, 12, 14), datetime.time(8, 5))


def ods(**cells):
    document, table = Document("spreadsheet"), Table("Feuille")
    for name, value in cells.items():
        if isinstance(value, Cell):
            table.set_cell(name, value)
        else:
            table.set_value(name, value)
    document.body.clear()
    document.body.append(table)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def xlsx_of(**cells):
    workbook = Workbook()
    for name, value in cells.items():
        workbook.active[name] = value
    return workbook_bytes(workbook)


@pytest.mark.parametrize("write", [xlsx_of, ods], ids=["xlsx", "ods"])
@pytest.mark.parametrize(
    "value", ["007", "Łódź-Œuvrard ễ Ÿ", 12, 33.5, True, DAY, MOMENT, "a\nb"], ids=str
)
def test_a_value_is_read_as_it_was_written(write, value):
    (sheet,) = read_workbook(write(A1=value))

    assert sheet.rows == [[value]]
    assert type(sheet.rows[0][0]) is type(value)


@pytest.mark.parametrize("write", [xlsx_of, ods], ids=["xlsx", "ods"])
def test_an_hour_is_a_time_even_as_a_duration(write):
    (sheet,) = read_workbook(write(A1=datetime.timedelta(hours=9, minutes=30)))

    assert sheet.rows == [[datetime.time(9, 30)]]


@pytest.mark.parametrize("write", [xlsx_of, ods], ids=["xlsx", "ods"])
def test_rows_and_columns_are_those_that_the_spreadsheet_shows(write):
    (sheet,) = read_workbook(write(C3="x"))

    assert sheet.rows == [[None] * 3, [None] * 3, [None, None, "x"]]


def test_a_moment_of_the_day_is_exact_to_the_second():
    moments = [MOMENT.replace(hour=hour, minute=7 * hour % 60) for hour in range(1, 24)]

    (sheet,) = read_workbook(xlsx([[moment] for moment in moments]))

    assert sheet.rows == [[moment] for moment in moments]


def test_a_number_too_large_to_be_exact_is_not_a_whole_number():
    (sheet,) = read_workbook(xlsx_of(A1=12345678901234567890))

    assert isinstance(sheet.rows[0][0], float)


def test_what_is_no_number_is_a_text():
    (sheet,) = read_workbook(with_sheet_data(b'<row r="1"><c r="A1"><v>NaN</v></c></row>'))

    assert sheet.rows == [["nan"]]


def test_a_date_of_the_1904_calendar_is_the_same_day():
    workbook = Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    workbook.active.append([DAY, MOMENT])

    (sheet,) = read_workbook(workbook_bytes(workbook))

    assert sheet.rows == [[DAY, MOMENT]]


def test_sheets_come_in_their_order_and_tell_when_they_are_hidden():
    workbook = Workbook()
    workbook.active.title = "Été"
    workbook.create_sheet("Cachée").sheet_state = "hidden"
    workbook.create_sheet("Secrète").sheet_state = "veryHidden"
    workbook.create_chartsheet("Dessin")

    sheets = read_workbook(workbook_bytes(workbook))

    assert [(sheet.name, sheet.hidden) for sheet in sheets] == [
        ("Été", False),
        ("Cachée", True),
        ("Secrète", True),
    ]


def test_an_empty_sheet_has_no_row():
    (sheet,) = read_workbook(workbook_bytes(Workbook()))

    assert sheet.rows == []


def test_formulas_are_told_by_their_position():
    workbook = Workbook()
    workbook.active["B7"] = "=1+1"
    workbook.active["C9"] = ArrayFormula("C9:C9", "=1+1")
    other = workbook.create_sheet("L’autre & lui")
    other["A1"] = "=B1"

    first, second = read_workbook(workbook_bytes(workbook))

    assert first.formulas == {(7, 2), (9, 3)}
    assert second.formulas == {(1, 1)}


def test_a_formula_is_found_under_any_prefix_and_without_coordinates():
    prefixed = (
        b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row>"
        b"</x:sheetData></x:worksheet>"
    )

    (sheet,) = read_workbook(rezipped(xlsx(), {SHEET: lambda _xml: prefixed}))

    assert sheet.rows == [[1, 2]]
    assert sheet.formulas == {(1, 2)}


def test_many_formulas_are_all_told():
    (sheet,) = read_workbook(xlsx([["=1+1"] * 60] * 200))

    assert len(sheet.formulas) == 12_000


def test_a_drop_down_and_a_conditional_format_are_no_formula():
    rule = b'<dataValidations count="1"><dataValidation type="list" sqref="A1"><formula1>"a,b"</formula1></dataValidation></dataValidations></worksheet>'

    (sheet,) = read_workbook(
        rezipped(xlsx(), {SHEET: lambda xml: xml.replace(b"</worksheet>", rule)})
    )

    assert sheet.formulas == frozenset()


def test_formulas_of_an_ods_are_told_by_their_position():
    (sheet,) = read_workbook(ods(A1="x", B7=Cell(2, formula="of:=1+1")))

    assert sheet.rows[6] == [None, 2]
    assert sheet.formulas == {(7, 2)}


def test_repeated_cells_of_an_ods_count():
    cells = (
        '<table:table-row table:number-rows-repeated="4"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-repeated="2"/>'
        '<table:covered-table-cell/><table:table-cell table:formula="of:=1" '
        'office:value-type="float" office:value="1"/></table:table-row>'
    )

    (sheet,) = read_workbook(ods_table(cells))

    assert sheet.rows[4] == [None, None, None, 1]
    assert sheet.formulas == {(5, 4)}


def test_an_ods_formatted_down_to_its_last_row_is_read():
    cells = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>x</text:p>'
        '</table:table-cell></table:table-row><table:table-row table:number-rows-repeated="1048575">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )

    (sheet,) = read_workbook(ods_table(cells))

    assert sheet.rows == [["x"]]


def test_styled_empty_cells_make_no_row():
    workbook = Workbook()
    workbook.active["A1"] = "x"
    workbook.active["C9"].number_format = "@"

    (sheet,) = read_workbook(workbook_bytes(workbook))

    assert sheet.rows == [["x"]]


def test_as_many_rows_and_columns_as_allowed_are_read():
    (sheet,) = read_workbook(xlsx([["x"] * 4] * 3), max_rows=3, max_columns=4)

    assert sheet.rows == [["x"] * 4] * 3


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [(1, 1, "A1"), (7, 2, "B7"), (9, 26, "Z9"), (2, 27, "AA2"), (1048576, 16384, "XFD1048576")],
)
def test_a_cell_is_called_as_the_spreadsheet_does(row, column, name):
    assert cell_name(row, column) == name


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_is_read_whatever_its_letters_and_its_separator(encoding, separator):
    text = separator.join(["Nom", "Prénom"]) + "\r\n" + separator.join(["Œuvrard", "Zoé"]) + "\r\n"

    (sheet,) = read_workbook(text.encode(encoding))

    assert sheet.rows == [["Nom", "Prénom"], ["Œuvrard", "Zoé"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a;b", [["a", "b"]]),
        ("a;b\n\nc;d", [["a", "b"], [], ["c", "d"]]),
        ("a;b\rc;d\r", [["a", "b"], ["c", "d"]]),
        ("a;;b\n;;\n", [["a", None, "b"], [None, None, None]]),
        ('"a;1";"b ""c"""\n', [["a;1", 'b "c"']]),
        ('"deux\nlignes";x\ny;z', [["deux\nlignes", "x"], ["y", "z"]]),
        ("Nom, prénom;Ville\nDupont;Paris", [["Nom, prénom", "Ville"], ["Dupont", "Paris"]]),
        ('"a,b,c,d";e\n', [["a,b,c,d", "e"]]),
        ("sep=,\r\na,b;c\r\n", [["a", "b;c"]]),
        ("\n\na,b\n", [[], [], ["a", "b"]]),
        ("007;08000\n", [["007", "08000"]]),
        ("un seul mot", [["un seul mot"]]),
        ("L'Haÿ;d'Or;'quote'", [["L'Haÿ", "d'Or", "'quote'"]]),
    ],
)
def test_csv_is_read_as_a_spreadsheet_does(text, rows):
    (sheet,) = read_workbook(text.encode())

    assert sheet.rows == rows


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\n" * 2_001, "csv_rows"),
        (";" * 60 + "\n", "csv_columns"),
        ("a;" + "x" * 32_768, "csv_long_text"),
        ("a;" + "x" * 200_000, "csv_long_text"),
        ('a;b\nc;"d', "quotes"),
        ('a;b\n"c"d;e', "quotes"),
    ],
)
def test_csv_beyond_what_is_taken_is_refused(text, code):
    with pytest.raises(UnreadableFile) as refusal:
        read_workbook(text.encode())

    assert refusal.value.code == code


def test_a_misplaced_quote_is_told_by_its_row():
    with pytest.raises(UnreadableFile, match="La ligne 2 de ce fichier"):
        read_workbook(b'a;b\n"c"d;e')


def test_the_kind_of_a_file_is_not_that_of_its_name():
    (sheet,) = read_workbook(xlsx(), name="liste.csv")

    assert sheet.rows[0] == ["nom", "prénom"]
