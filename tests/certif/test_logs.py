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


@pytest.mark.parametrize(
    "path",
    [
        "/invitations/s3cret/",
        "/invitations/s3cret/accepter/",
        "/mot-de-passe/nouveau/2f-s3cret/",
        "/connexion/?next=%2Finvitations%2Fs3cret%2F",
    ],
)
def test_an_address_that_opens_something_is_not_written(path):
    formatter = JsonFormatter(secret_after=["/invitations/", "/mot-de-passe/nouveau/"])
    record = logging.LogRecord("r", logging.WARNING, __file__, 1, "Gone: %s", (path,), None)

    assert "s3cret" not in formatter.format(record)


def test_the_secret_addresses_of_the_site_are_those_of_the_settings(settings):
    """The very formatter of the site, on the very warning that Django writes."""
    config = {k: v for k, v in settings.LOGGING["formatters"]["json"].items() if k != "()"}
    record = logging.LogRecord(
        "r", logging.WARNING, __file__, 1, "Not Found: %s", ("/invitations/s3cret/",), None
    )

    assert "/invitations/…/" in JsonFormatter(**config).format(record)
