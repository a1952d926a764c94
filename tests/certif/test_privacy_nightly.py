"""`manage.py purge --apply --nightly`: once a night, one at a time, and told when it fails."""

import logging
from datetime import timedelta
from io import StringIO
from math import inf
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from certif.accounts.models import Invitation, SecretTries
from certif.audit.models import AuditEvent
from certif.privacy.purge import LOCK
from certif.watch import gauges
from tests.factories import InvitationFactory

NOT_DUE = "Rien à faire à cette heure.\n"
LIMIT = 30 * 3600

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_night():
    with time_machine.travel(timezone.localtime().replace(hour=3, minute=10)):
        yield


def turn(at=None):
    """What one turn of the service says."""
    written = StringIO()
    with time_machine.travel(at or timezone.now(), tick=False):
        call_command("purge", apply=True, nightly=True, stdout=written)
    return written.getvalue()


def ended():
    return AuditEvent.objects.filter(kind="data.purge_ended").count()


@pytest.mark.parametrize(
    ("first", "second", "runs"),
    [
        ("2026-11-22T03:10+01:00", "2026-11-22T03:40+01:00", 1),
        ("2026-11-22T03:10+01:00", "2026-11-23T03:10+01:00", 2),
        ("2026-11-22T02:50+01:00", "2026-11-22T05:50+01:00", 1),
        ("2026-11-22T06:00+01:00", "2026-11-22T20:00+01:00", 0),
        ("2026-10-25T03:10+01:00", "2026-10-26T03:10+01:00", 2),
    ],
)
def test_it_runs_once_a_night(first, second, runs):
    said = [turn(first), turn(second)]

    assert ended() == runs
    assert said.count(NOT_DUE) == 2 - runs


def test_by_hand_it_runs_at_any_time():
    turn()
    call_command("purge", apply=True, stdout=StringIO())

    assert ended() == 2


@pytest.fixture
def over(db):
    long_ago = timezone.now() - timedelta(days=1000)
    InvitationFactory(expires_at=long_ago)
    SecretTries.objects.create(key="login:0", failures=1, last_at=1, blocked_until=0)


def refusing(execute, sql, params, many, context):
    if "accounts_secrettries" in sql:
        raise DatabaseError("lost")
    return execute(sql, params, many, context)


def test_a_rule_that_fails_stops_no_other_and_is_told(over, caplog):
    with (
        connection.execute_wrapper(refusing),
        pytest.raises(CommandError, match=r"En échec, à reprendre : compteurs d’essais\."),
    ):
        turn()

    assert not Invitation.objects.exists()
    assert [line.levelno for line in caplog.records if line.name == "certif.privacy.purge"] == [
        logging.ERROR
    ]
    assert gauges()["certif_purge_seconds"] == inf


def test_a_night_that_failed_is_taken_up_again(over):
    with connection.execute_wrapper(refusing), pytest.raises(CommandError):
        turn()

    assert turn() != NOT_DUE
    assert not SecretTries.objects.exists()


def test_what_watches_reads_how_old_the_last_run_is():
    before = gauges()["certif_purge_seconds"]
    turn()
    after = gauges()["certif_purge_seconds"]
    with time_machine.travel(timezone.now() + timedelta(hours=31)):
        late = gauges()["certif_purge_seconds"]

    assert before == inf
    assert after < LIMIT < late


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_two_do_not_run_at_once():
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        meanwhile = turn()
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    other.close()

    assert (meanwhile, ended()) == ("Un autre passage est en cours.\n", 0)
    turn()
    assert ended() == 1


def test_the_stack_runs_it_and_the_alert_is_told():
    root = Path(__file__).parents[2]

    assert "purge --apply --nightly" in (root / "docker-compose.yml").read_text()
    assert f"max(certif_purge_seconds) > {LIMIT}" in (root / "docs/operations.md").read_text()
