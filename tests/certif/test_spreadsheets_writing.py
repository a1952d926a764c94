import datetime
import io
import zipfile
from pathlib import Path

import pytest
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from certif.lib.spreadsheets import Sheet, Stamp, csv_bytes, read_workbook, stamp_of
from certif.lib.spreadsheets.writing import Book, Column, Format, sheet_title

FIXTURES = Path(__file__).with_name("fixtures")
EIGHT = datetime.datetime.combine(datetime.date(2026, 12, 14), datetime.time(8))

HOSTILE_TEXTS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+33 6 00 00 00 00",
    "-3",
    "@SUM(A1)",
    "#N/A",
    "'apostrophe",
    "''-deux",
    "\t=1",
    "_x0041_",
    "_x005F_x0041_",
    " espaces ",
    "deux\nlignes",
    "<b>&amp;",
    '"guillemets"; point-virgule, virgule',
]

COLUMNS = [
    Column("Nom", width=24, note="Nom de naissance"),
    Column("Né le", Format.DAY),
    Column("Code Insee", choices=("01001", "2A004")),
    Column("Temps majoré", Format.NUMBER),
    Column("Début", Format.MOMENT),
    Column("Heure", Format.TIME),
]
ROWS = [
    [
        "Łódź-Œuvrard ễ Ÿ d’Alençon",
        datetime.date(2008, 2, 29),
        "01001",
        33,
        EIGHT,
        datetime.time(8, 5),
    ],
    ["=1+1", datetime.date(1999, 1, 1), "00780", 12.5, None, datetime.time(23, 59)],
]


def sample_book():
    book = Book(stamp=Stamp("candidates", 3, "1234"))
    book.sheet("Candidats", COLUMNS, ROWS, above=[["Session", "1234"]], last_row=20)
    return book


def book_of(rows, columns=None):
    book = Book()
    book.sheet("Feuille", columns or [Column("Texte")], rows)
    return book.to_bytes()


def first_sheet_of(data):
    return load_workbook(io.BytesIO(data)).worksheets[0]


def test_a_workbook_is_read_again_as_it_was_written():
    (sheet, *hidden) = read_workbook(sample_book().to_bytes())

    assert sheet.name == "Candidats"
    assert sheet.rows[0] == ["Session", "1234", None, None, None, None]
    assert sheet.rows[1] == [column.title for column in COLUMNS]
    assert sheet.rows[2:] == ROWS
    assert all(other.hidden for other in hidden)


@pytest.mark.parametrize("name", ["template.ods", "template.xlsx"])
def test_a_workbook_saved_by_libreoffice_is_the_same(name):
    ours = read_workbook(sample_book().to_bytes())

    saved = read_workbook((FIXTURES / name).read_bytes())

    assert saved == ours
    assert stamp_of(saved) == Stamp("candidates", 3, "1234")


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_text_is_written_as_it_is_and_never_as_a_formula(text):
    data = book_of([[text]])

    (sheet,) = read_workbook(data)
    assert sheet.rows[1] == [text]
    assert sheet.formulas == frozenset()
    assert first_sheet_of(data)["A2"].data_type == "s"


def test_a_title_and_a_line_above_are_as_inert_as_a_cell():
    book = Book()
    book.sheet("Feuille", [Column("=1+1")], [], above=[["=2+2"]])

    (sheet,) = read_workbook(book.to_bytes())

    assert sheet.rows == [["=2+2"], ["=1+1"]]
    assert sheet.formulas == frozenset()


def test_what_xml_cannot_carry_is_left_out():
    (sheet,) = read_workbook(book_of([["a\x00b\x1fc\ud800d\uffffe\r"]]))

    assert sheet.rows[1] == ["abcde"]


def test_texts_of_translations_and_enumerations_are_written_as_texts():
    (sheet,) = read_workbook(book_of([[gettext_lazy("Français")], [Format.TEXT]]))

    assert sheet.rows[1:] == [["Français"], ["@"]]


def test_a_moment_with_a_zone_is_not_written():
    aware = datetime.datetime(2026, 12, 14, 8, tzinfo=datetime.UTC)

    with pytest.raises(TypeError):
        book_of([[aware]])


def test_empty_cells_have_the_format_of_their_column():
    sheet = first_sheet_of(book_of([], COLUMNS))

    formats = [sheet.column_dimensions[letter].number_format for letter in "ABCDEF"]
    assert formats == ["@", "dd/mm/yyyy", "@", "General", "dd/mm/yyyy hh:mm:ss", "hh:mm"]


def test_cells_have_the_format_of_their_value():
    sheet = first_sheet_of(book_of([ROWS[0]], COLUMNS))

    formats = [cell.number_format for cell in sheet[2]]
    assert formats == ["@", "dd/mm/yyyy", "@", "General", "dd/mm/yyyy hh:mm:ss", "hh:mm"]


def test_titles_are_bold_stay_in_sight_and_bear_their_note():
    sheet = first_sheet_of(sample_book().to_bytes())

    assert sheet.freeze_panes == "A3"
    assert sheet.print_title_rows == "$2:$2"
    assert [cell.font.b for cell in sheet[2]] == [True] * 6
    assert sheet["A2"].comment.text == "Nom de naissance"
    assert sheet["B2"].comment is None
    assert sheet.column_dimensions["A"].width == 24


def test_choices_make_a_drop_down_that_reads_a_hidden_sheet():
    workbook = load_workbook(io.BytesIO(sample_book().to_bytes()))

    (validation,) = workbook["Candidats"].data_validations.dataValidation
    assert validation.formula1 == "_listes!$A$1:$A$2"
    assert str(validation.sqref) == "C3:C20"
    assert [cell.value for cell in workbook["_listes"]["A"]] == ["01001", "2A004"]
    assert workbook["_listes"].sheet_state == "hidden"


def test_the_same_choices_are_kept_once():
    columns = [
        Column("a", choices=("x",)),
        Column("b", choices=("y", "z")),
        Column("c", choices=("x",)),
    ]

    workbook = load_workbook(io.BytesIO(book_of([], columns)))

    assert [[cell.value for cell in row] for row in workbook["_listes"]] == [
        ["x", "y"],
        [None, "z"],
    ]


def test_a_workbook_without_a_stamp_has_none():
    assert stamp_of(read_workbook(book_of([["x"]]))) is None


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["template", "candidates"]],
        [["template", None], ["version", 3]],
        [["template", "candidates"], ["version", "3"]],
        [["template"], ["version"]],
    ],
)
def test_a_stamp_that_nobody_of_ours_wrote_is_none(rows):
    assert stamp_of([Sheet("_version", rows, hidden=True)]) is None


def test_a_title_of_ours_is_not_taken_by_another_sheet():
    book = Book()
    book.sheet("_version", [Column("template")], [])

    (sheet,) = read_workbook(book.to_bytes())
    assert sheet.name == "_version (2)"


def test_no_part_of_a_workbook_tells_where_it_was_made():
    with zipfile.ZipFile(io.BytesIO(sample_book().to_bytes())) as archive:
        content = b"".join(map(archive.read, archive.namelist()))

    assert str(Path(__file__).parents[2]).encode() not in content


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Session 1234", "Session 1234"),
        ("Lycée [A] : 8 h / 10 h ?", "Lycée A 8 h 10 h"),
        ("'Salle 1'", "Salle 1"),
        ("x" * 40, "x" * 31),
        ("", "Feuille"),
        ("***", "Feuille"),
        ("History", "History (2)"),
        ("a\x00b", "ab"),
    ],
)
def test_a_sheet_gets_a_title_that_spreadsheets_take(text, title):
    assert sheet_title(text) == title


def test_titles_differ_by_more_than_capitals():
    assert sheet_title("SALLE " + "x" * 30, {"salle " + "x" * 25}) == "SALLE " + "x" * 21 + " (2)"


def test_sheets_of_the_same_title_are_told_apart():
    book = Book()
    for _ in range(3):
        book.sheet("Salle 1", [Column("Nom")], [])

    assert [sheet.name for sheet in read_workbook(book.to_bytes())] == [
        "Salle 1",
        "Salle 1 (2)",
        "Salle 1 (3)",
    ]


def test_csv_is_what_excel_opens_in_french():
    data = csv_bytes(
        [["Nom", "Né le", "Note"], ["Zoé", datetime.date(2008, 2, 29), 12], [None, "x"]]
    )

    assert data == "\ufeffNom;Né le;Note\r\nZoé;29/02/2008;12\r\n;x\r\n".encode()


@pytest.mark.parametrize("text", ["=1+1", "+33", "-3", "@x", "\t=1", "\n=1", "'=1", "-"])
def test_csv_has_no_field_that_starts_as_a_formula(text):
    (line,) = csv_bytes([[text]]).decode("utf-8-sig").split("\r\n", 1)[:1]

    assert line.lstrip('"').startswith("'")


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_csv_is_read_again_as_it_was_written(text):
    (sheet,) = read_workbook(csv_bytes([["a", "b"], [text, "07"]]))

    assert sheet.rows[1] == [text, "07"]


def test_csv_leaves_negative_numbers_alone():
    assert csv_bytes([[-3, -0.5]]) == b"\xef\xbb\xbf-3;-0.5\r\n"


def test_csv_writes_moments_and_times_as_people_do():
    assert csv_bytes([[EIGHT, datetime.time(23, 59)]]) == (
        b"\xef\xbb\xbf14/12/2026 08:00:00;23:59\r\n"
    )
