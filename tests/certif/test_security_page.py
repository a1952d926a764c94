"""docs/security.md names tests: they exist."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from certif.accounts.hashers import Argon2idHasher
from certif.settings import PASSWORD_HASHERS
from tests.named import NAMED, gone

PAGE = (settings.BASE_DIR / "docs/security.md").read_text()
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
