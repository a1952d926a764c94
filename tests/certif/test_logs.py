import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certif.lib.logs import JsonFormatter


def formatted(message, *args, exc_info=None):
    record = logging.LogRecord("exam", logging.INFO, __file__, 1, message, args, exc_info)
    return JsonFormatter().format(record)


@pytest.mark.parametrize(
    "typed", ["a\nlevel=ERROR forged", "a\r\nb", "\x1b[31mred", '"}\n{"level": "ERROR"', "é’"]
)
def test_one_event_is_one_line(typed):
    line = formatted("typed %s", typed)

    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == f"typed {typed}"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_forges_a_line(typed):
    assert json.loads(formatted("%s", typed))["message"] == typed
    assert formatted("%s", typed).count("\n") == 0


def test_an_exception_stays_on_the_line():
    try:
        raise ZeroDivisionError("a\nb")
    except ZeroDivisionError:
        line = formatted("broken", exc_info=sys.exc_info())

    assert line.count("\n") == 0
    assert "ZeroDivisionError" in json.loads(line)["exception"]


def test_a_line_says_when_where_and_how_grave():
    assert {"at", "level", "logger", "message"} == set(json.loads(formatted("done")))
