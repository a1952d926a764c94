"""docs/faults.md: each fault stands once, and is held by tests that exist, or is said not to be."""

import re

import pytest
from django.conf import settings

from tests.named import NAMED, gone

PAGE = (settings.BASE_DIR / "docs/faults.md").read_text()
OPERATIONS = (settings.BASE_DIR / "docs/operations.md").read_text()
NOT_TESTED = OPERATIONS.partition("## Not tested, and why\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| ([A-I]\d+) \| (.+) \|$", PAGE, re.MULTILINE)
# « ## C · … (C1 to C22) » says which lines its table must hold.
GROUPS = re.findall(r"^## ([A-I]) · .* \(\1(\d+) to \1(\d+)\)$", PAGE, re.MULTILINE)


def test_every_group_says_which_lines_it_holds():
    assert "".join(letter for letter, _, _ in GROUPS) == "ABCDEFGHI"


@pytest.mark.parametrize(("letter", "first", "last"), GROUPS)
def test_each_fault_stands_once_in_its_order(letter, first, last):
    told = [fault for fault, _ in ROWS if fault[0] == letter]

    assert told == [f"{letter}{number}" for number in range(int(first), int(last) + 1)]


def test_every_test_that_it_names_exists():
    assert gone(PAGE) == []


def test_every_fault_is_held_by_a_test_or_said_not_to_be():
    held = {fault for fault, line in ROWS if NAMED.search(line)}
    told = {fault for fault, line in ROWS if "(operations.md#not-tested-and-why)" in line}

    assert {fault for fault, _ in ROWS} - held - told == set()
    assert told == set(re.findall(r"\*\*([A-I]\d+)\*\*", NOT_TESTED))
