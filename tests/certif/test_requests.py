"""One line a request, and a reference that somebody on the telephone can read out."""

import json
import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from certif.lib.logs import JsonFormatter
from certif.lib.requests import RequestMiddleware
from exam import seat
from tests import situations
from tests.finalisation.pages import dismiss

ID = "abcdef-0123.4567"


class Written(logging.Handler):
    """What a handler of the settings would write, when it would."""

    def __init__(self):
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines = []

    def emit(self, record):
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def lines(caplog):
    written, logger = Written(), logging.getLogger("certif.request")
    logger.addHandler(written)
    with caplog.at_level(logging.INFO, logger="certif.request"):
        yield written.lines
    logger.removeHandler(written)


def test_an_answer_bears_the_id_that_the_proxy_gave(client, db):
    assert client.get("/connexion/", headers={"X-Request-ID": ID})["X-Request-ID"] == ID


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, 'abcdefgh"}', "abcdefgh\nX: y", "abcdefgh é", "٣" * 10]
)
def test_an_id_that_is_not_sane_is_replaced(client, db, given):
    answered = client.get("/connexion/", headers={"X-Request-ID": given})["X-Request-ID"]

    assert answered != given
    assert len(answered) == 32


def test_a_line_says_what_was_asked_by_ids(client, bank, lines):
    attempt = situations.started()
    client.force_login(attempt.candidate.user)
    client.cookies.update(seat.keep(HttpResponse(), attempt).cookies)

    client.get(f"/certifications/{attempt.candidate_id}/test/", headers={"X-Request-ID": ID})

    (line,) = lines
    assert line["ms"] > 0
    assert {
        name: line[name] for name in ("request", "method", "route", "ids", "user", "status")
    } == {
        "request": ID,
        "method": "GET",
        "route": "exam:test",
        "ids": {"candidate_id": str(attempt.candidate_id)},
        "user": attempt.candidate.user_id,
        "status": 200,
    }


def test_what_opens_something_or_was_typed_is_not_in_a_line(client, db, lines):
    # No letter of an id: those of a request are written in a to f.
    client.get("/invitations/s3cret/?name=Zoé")
    client.post("/connexion/", {"login": "zoe@exemple.test", "password": "s3cret"})

    told = json.dumps(lines, ensure_ascii=False).lower()
    assert [each for each in ("s3cret", "zoé", "zoe@") if each in told] == []


def test_whoever_asks_nothing_known_has_a_line_without_a_route(client, db, lines):
    client.get("/nulle-part/")

    (line,) = lines
    assert (line["route"], line["status"]) == (None, 404)


@pytest.mark.parametrize("path", ["/healthz", "/static/css/tokens.css"])
def test_watchers_and_files_have_no_line(client, lines, path):
    dismiss(client.get(path))

    assert lines == []


def test_every_line_of_a_request_bears_its_id():
    written = []

    def view(request):
        record = logging.LogRecord("exam", logging.INFO, __file__, 1, "within", (), None)
        written.append(json.loads(JsonFormatter().format(record)))
        return HttpResponse()

    request = RequestFactory().get("/", headers={"X-Request-ID": ID})
    request.resolver_match = None
    RequestMiddleware(view)(request)

    assert written[0]["request"] == ID


def test_the_page_of_a_failure_shows_its_reference(client, monkeypatch, soup):
    """The person reads out what the log of the failure is found by."""

    def broken(request):
        raise ZeroDivisionError

    client.raise_request_exception = False
    monkeypatch.setattr(
        "django.contrib.auth.middleware.AuthenticationMiddleware.process_request", broken
    )

    response = client.get("/connexion/", headers={"X-Request-ID": ID})

    assert response.status_code == 500
    assert soup(response, "code.reference").text == ID
