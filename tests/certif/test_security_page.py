"""docs/security.md names tests: they exist."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from certif.accounts.hashers import Argon2idHasher
from certif.settings import PASSWORD_HASHERS
from tests.factories import UserFactory
from tests.named import NAMED, gone

PAGE = (settings.BASE_DIR / "docs/security.md").read_text()
APPLICATIONS = ("certif", "sessions", "exam", "invigilation", "finalisation")
LONG = " Cheval-Agrafe pile correcte " * 4
CHAPTERS = [f"## V{number} · " for number in range(1, 18)]


def test_every_test_that_it_names_exists():
    assert len(NAMED.findall(PAGE)) > 90
    assert gone(PAGE) == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_is_answered(chapter):
    assert chapter in PAGE


def test_every_line_of_a_table_names_a_test():
    lines = [line for line in PAGE.splitlines() if line.startswith("| V")]

    assert [line for line in lines if "`tests/" not in line] == []


def test_a_weakness_is_told_to_somebody(client):
    response = client.get("/.well-known/security.txt")

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert lines["Contact"] == f"mailto:{settings.SUPPORT_EMAIL}"
    now = timezone.now()
    assert now < datetime.fromisoformat(lines["Expires"]) < now + timedelta(days=365)


def test_passwords_are_kept_by_argon2id():
    assert PASSWORD_HASHERS == ["certif.accounts.hashers.Argon2idHasher"]
    assert (Argon2idHasher.memory_cost, Argon2idHasher.time_cost) >= (19_456, 2)


@pytest.mark.parametrize("path", ["/connexion/", "/healthz", "/.well-known/security.txt"])
def test_no_answer_is_given_to_another_site(client, db, path):
    response = client.get(path, headers={"Origin": "https://elsewhere.example"})

    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    ("typed", "opens"),
    [(LONG, True), (LONG.strip(), False), (LONG.lower(), False), (LONG[:-1], False)],
)
def test_a_password_counts_as_it_was_typed_whole(client, db, typed, opens):
    user = UserFactory()
    user.set_password(LONG)
    user.save()

    response = client.post("/connexion/", {"login": user.email, "password": typed})

    assert (response.status_code == 302) == opens


@pytest.mark.parametrize("path", ["/connexion/", "/inscription/"])
def test_a_password_is_hidden_while_it_is_typed(client, db, soup, path):
    fields = soup(client.get(path)).select("input[name*=password]")

    assert {field["type"] for field in fields} == {"password"}


@pytest.mark.parametrize("forbidden", ["shell=True", "os.system", "os.popen", "pickle", "eval("])
def test_no_text_becomes_an_order_of_the_machine(forbidden):
    sources = [path for name in APPLICATIONS for path in (settings.BASE_DIR / name).rglob("*.py")]

    assert sources
    assert [path for path in sources if forbidden in path.read_text()] == []


@pytest.mark.parametrize("left_out", [".git", "tests", "var", ".env"])
def test_what_is_not_to_be_served_is_not_in_the_image(left_out):
    assert left_out in (settings.BASE_DIR / ".dockerignore").read_text().split()
