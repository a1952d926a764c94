"""What the second database leaves to the first, and nothing more."""

from pathlib import Path

import pytest

from tests.second_database import LOOKS, depends_on_the_database
from tests.suite import Case, missing

ROOT = Path(__file__).parent.parent


def test_a_test_that_has_no_database_is_left_to_the_first(request):
    assert not depends_on_the_database(request.node)


@pytest.mark.django_db
def test_a_test_that_has_the_database_by_its_mark_is_run_on_both(request):
    assert depends_on_the_database(request.node)


def test_a_test_that_has_the_database_by_a_fixture_is_run_on_both(request, db):
    assert depends_on_the_database(request.node)


def test_a_test_that_has_it_by_what_its_module_shares_is_run_on_both(request, once):
    assert depends_on_the_database(request.node)


@pytest.mark.parametrize("look", LOOKS)
def test_what_only_looks_is_there(look):
    path, _, name = look.partition("::")

    assert f"def {name}" in (ROOT / path).read_text()


def test_a_tool_for_want_of_which_tests_were_skipped_is_told_once():
    cases = [
        Case("tests.test_cluster.", "test_one", "skipped", "nginx is missing"),
        Case("tests.test_cluster.", "test_two", "skipped", "nginx is missing"),
        Case("tests.test_cluster.", "test_three", "skipped", "PostgreSQL's own time-outs"),
        Case("tests.test_cluster.", "test_four", "passed", ""),
    ]

    assert missing(cases) == ["nginx is missing"]
