"""Each login, each refusal and each logout is a line of the log, by ids alone."""

import logging

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from tests.certif.test_requests import Written
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

LOGIN, CODE_PAGE = "/connexion/", "/compte/securite/code/"
REQUEST = "abcdef-0123.4567"


@pytest.fixture
def person():
    return UserFactory(email="ada.lovelace@exemple.test")


@pytest.fixture
def lines_of(caplog):
    caplog.set_level(logging.INFO, logger="certif.request")
    written = Written()
    logging.getLogger().addHandler(written)
    yield lambda logger: [line for line in written.lines if line["logger"] == logger]
    logging.getLogger().removeHandler(written)


@pytest.fixture
def told(lines_of):
    """What each line says, and of which account."""
    return lambda: [(line["message"], line.get("user")) for line in lines_of("certif.logins")]


def log_in(client, email, password=PASSWORD):
    asked = {"login": email, "password": password}
    return client.post(LOGIN, asked, headers={"X-Request-ID": REQUEST})


def test_a_login_is_told_with_its_account(client, person, told):
    log_in(client, person.email)

    assert told() == [("logged in", person.pk)]


def test_the_line_of_its_request_names_the_account(client, person, lines_of):
    log_in(client, person.email)

    (line,) = lines_of("certif.request")
    assert (line["route"], line["status"], line["user"]) == ("account_login", 302, person.pk)


def test_a_wrong_password_is_told_as_that_of_an_unknown_address(client, person, lines_of):
    log_in(client, person.email, "pas-le-bon")
    log_in(client, "personne@exemple.test", "pas-le-bon")

    known, unknown = ({**line, "at": ""} for line in lines_of("certif.logins"))
    assert known == unknown
    assert set(known) == {"at", "level", "logger", "message", "request"}
    assert (known["message"], known["request"]) == ("password refused", REQUEST)


def test_a_login_refused_without_being_judged_is_the_line_of_its_request(client, person, lines_of):
    for _ in range(6):
        log_in(client, person.email, "pas-le-bon")

    assert len(lines_of("certif.logins")) == 5
    assert lines_of("certif.request")[-1]["status"] == 429


def test_a_wrong_code_is_told_with_the_account_that_it_would_open(client, person, told):
    TOTP.activate(person, generate_totp_secret())
    log_in(client, person.email)

    client.post(CODE_PAGE, {"code": "000000"})

    assert told() == [("code refused", person.pk)]


def test_a_logout_is_told_with_its_account(client, person, told):
    client.force_login(person)

    client.post("/deconnexion/")

    assert told()[-1] == ("logged out", person.pk)


def test_a_logout_of_nobody_is_not_told(client, told):
    client.logout()

    assert told() == []
