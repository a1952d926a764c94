"""Each hostile file is refused with its own sentence, soon, and the server goes on as before."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from certif.lib.refusals import status_of
from certif.lib.spreadsheets import TooBusy, UnreadableFile, read_workbook
from certif.lib.spreadsheets.slots import SLOTS, slot
from tests.certif import hostile_files

# The limit on waiting is a rule of the product; the rest is the machine's own slowness.
LONGEST_WAIT = 3 + 2
MEGABYTES_LEFT = 20

REFUSED = {
    "zip_bomb": "bomb",
    "zip_bomb_that_lies": "bomb",
    "small_parts_that_add_up": "bomb",
    "fifty_thousand_entries": "bomb",
    "million_rows": "bomb",
    "many_rows": "rows",
    "cell_far_down": "rows",
    "cell_far_right": "columns",
    "too_many_columns": "columns",
    "far_cell": "far",
    "far_cell_undeclared": "far",
    "shared_string_repeated": "far",
    "gigantic_cell": "long_text",
    "billion_laughs": "forbidden",
    "external_entity": "forbidden",
    "encrypted": "protected",
    "encrypted_ods": "protected",
    "old_excel": "old_excel",
    "binary_excel": "binary_excel",
    "text_in_utf_16": "damaged",
    "broken_xml": "damaged",
    "truncated": "damaged",
    "overlapping_entries": "damaged",
    "climbing_path": "damaged",
    "bad_checksum": "damaged",
    "shared_string_out_of_range": "damaged",
    "ods_cells_repeated": "damaged",
    "without_a_sheet": "damaged",
    "not_a_workbook": "kind",
    "word_document": "kind",
    "pdf": "kind",
    "png": "kind",
    "web_page": "disguised",
    "xml_workbook": "disguised",
    "noise": "encoding",
    "control_characters": "unknown",
    "too_heavy": "heavy",
    "empty": "empty",
    "blank": "empty",
    "only_a_byte_order_mark": "empty",
}


@pytest.fixture(autouse=True)
def _own_slots(tmp_path, monkeypatch):
    """Those of the machine may be held by other tests."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def megabytes_held():
    (line,) = [
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line
    ]
    return int(line.split()[1]) / 1024


@pytest.mark.parametrize(("name", "code"), REFUSED.items(), ids=REFUSED)
def test_a_hostile_file_is_refused_with_its_sentence(name, code):
    data = getattr(hostile_files, name)()
    began, held = time.monotonic(), megabytes_held()

    with pytest.raises(UnreadableFile) as refusal:
        read_workbook(data, name="liste.xlsx")

    assert refusal.value.code == code
    assert time.monotonic() - began < LONGEST_WAIT
    assert megabytes_held() - held < MEGABYTES_LEFT


def test_a_refusal_is_of_the_field_and_tells_what_to_do():
    with pytest.raises(UnreadableFile) as refusal:
        read_workbook(hostile_files.cell_far_down())

    assert refusal.value.field == "file"
    assert status_of(refusal.value) == 422
    assert refusal.value.sentence == (
        "La feuille «\u00a0Sheet\u00a0» compte 1048576 lignes\u00a0; 2000 au plus sont acceptées. "
        "Supprimez les lignes inutiles ou envoyez la liste en plusieurs fichiers."
    )


def test_a_long_text_is_told_by_its_cell():
    with pytest.raises(UnreadableFile, match="La cellule A1 de la feuille «\u00a0Sheet\u00a0»"):
        read_workbook(hostile_files.gigantic_cell())


def test_an_old_workbook_made_by_libreoffice_is_named():
    data = Path(__file__).with_name("fixtures").joinpath("template.xls").read_bytes()

    with pytest.raises(UnreadableFile, match="ancien classeur Excel"):
        read_workbook(data, name="liste.xlsx")


def test_a_web_page_under_its_own_name_is_not_called_disguised():
    with pytest.raises(UnreadableFile, match="Ce fichier est une page web, pas un tableau"):
        read_workbook(hostile_files.web_page(), name="liste.html")


@pytest.mark.parametrize("name", ["far_cell_undeclared", "shared_string_repeated", "truncated"])
def test_a_good_file_is_read_after_a_hostile_one(name):
    with pytest.raises(UnreadableFile):
        read_workbook(getattr(hostile_files, name)())

    (sheet,) = read_workbook(hostile_files.xlsx())
    assert sheet.rows[1] == ["Œuvrard", "Zoé"]


@pytest.mark.parametrize(
    ("reference", "rows"),
    [
        (b"A1:A1", [["nom", "prénom"], ["Œuvrard", "Zoé"]]),
        (b"A1", [["nom", "prénom"], ["Œuvrard", "Zoé"]]),
        (b"A1:B1048576", [["nom", "prénom"], ["Œuvrard", "Zoé"]]),
    ],
)
def test_all_that_is_there_is_read_whatever_the_dimension_tells(reference, rows):
    (sheet,) = read_workbook(hostile_files.dimension_told(reference))

    assert sheet.rows == rows


@pytest.mark.parametrize(("reference", "code"), [(b"A1:XFD1048576", "far"), (b"zz:?", "damaged")])
def test_a_dimension_that_makes_no_sense_is_refused(reference, code):
    with pytest.raises(UnreadableFile) as refusal:
        read_workbook(hostile_files.dimension_told(reference))

    assert refusal.value.code == code


def test_more_cells_than_one_full_sheet_are_refused():
    """A hundred sheets within the limits are not within the limits together."""
    with pytest.raises(UnreadableFile) as refusal:
        read_workbook(
            hostile_files.many_sheets(3, rows=10, columns=10), max_rows=20, max_columns=10
        )

    assert refusal.value.code == "bomb"


def test_a_reading_that_lasts_is_stopped():
    with pytest.raises(UnreadableFile) as refusal:
        read_workbook(hostile_files.many_rows(), max_rows=1_000_000, seconds=0.2)

    assert refusal.value.code == "slow"


def test_a_third_reader_is_told_to_come_back():
    with slot(0), slot(0), pytest.raises(TooBusy) as refusal:
        read_workbook(hostile_files.xlsx(), patience=0.05)

    assert SLOTS == 2
    assert status_of(refusal.value) == 409


def test_a_refused_file_gives_its_slot_back():
    for _ in range(SLOTS + 1):
        with pytest.raises(UnreadableFile):
            read_workbook(hostile_files.bad_checksum(), patience=0)

    assert read_workbook(hostile_files.xlsx(), patience=0)


def test_a_text_takes_no_slot():
    with slot(0), slot(0):
        (sheet,) = read_workbook("nom;prénom\n".encode(), patience=0)

    assert sheet.rows == [["nom", "prénom"]]


def test_a_slot_is_free_again_when_its_holder_dies():
    script = (
        "import os\n"
        "from certif.lib.spreadsheets.slots import slot\n"
        "with slot(9), slot(9): os._exit(9)"
    )
    root = Path(__file__).parents[2]
    dead = subprocess.run([sys.executable, "-c", script], cwd=root, check=False)

    assert dead.returncode == 9
    with slot(0), slot(0):
        pass
