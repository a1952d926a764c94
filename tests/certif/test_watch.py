"""What the machines that watch are told."""

import os
import re
import socket
import subprocess
from datetime import timedelta
from ipaddress import ip_network

import pytest
import time_machine
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from certif import watch
from certif.accounts.models import Membership
from certif.lib import metrics
from certif.lib.fast_path import NOTHING_NEW, FastPath
from finalisation import actions
from finalisation.mailings import remind_centres
from finalisation.models import Mailing, MailKind
from finalisation.sealing import seal_record
from tests import situations
from tests.factories import ExamSessionFactory, MembershipFactory, UserFactory
from tests.real_server import Server

committed = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _unasked(monkeypatch):
    """As in a process that was never asked, on a machine that may be slow; no question outlives its test."""
    monkeypatch.setattr(watch.Bounded, "WITHIN", 30)
    questions = {
        "READINESS": watch.Bounded(watch.Readiness()),
        "GAUGES": watch.Bounded(watch.gauges),
    }
    for name, question in questions.items():
        monkeypatch.setattr(watch, name, question)
    yield
    for question in questions.values():
        if question.asked:
            question.asked.exception(timeout=30)


@pytest.fixture
def kept(settings, tmp_path):
    settings.METRICS_TOKEN, settings.METRICS_DIR = "s3cret", tmp_path / "metrics"
    metrics.counts.cache_clear()
    yield settings
    metrics.counts.cache_clear()


def read(client, **headers):
    return client.get("/metrics", headers={"Authorization": "Bearer s3cret", **headers})


def value_of(text, line):
    return float(re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)[1])


# --- Alive and ready ------------------------------------------------------------------------------


def test_a_process_is_alive_without_a_database(client):
    assert client.get("/healthz").text == "ok\n"


@committed
def test_a_node_that_can_write_is_ready(client):
    response = client.get("/readyz")

    assert (response.status_code, response.text) == (200, "ok\n")


@pytest.fixture
def a_migration_to_come(transactional_db):
    recorder = MigrationRecorder(connection)
    last = recorder.migration_qs.filter(app="exam").latest("pk").name
    recorder.record_unapplied("exam", last)
    yield
    recorder.record_applied("exam", last)


def test_a_node_is_not_ready_before_the_migrations(client, a_migration_to_come):
    response = client.get("/readyz")

    assert (response.status_code, response.text) == (503, "migrations are missing\n")


@committed
@pytest.mark.skipif(connection.vendor != "sqlite", reason="one writer at a time: SQLite alone")
def test_a_node_that_cannot_write_is_not_ready(client, monkeypatch):
    client.get("/readyz")
    monkeypatch.setattr(watch.Bounded, "WITHIN", 1)

    with transaction.atomic():
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.text.startswith("the database answers, but commits do not come back")


def test_a_node_whose_database_is_away_is_alive_and_not_ready():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        server = Server(DATABASE_URL=f"postgresql://nobody@127.0.0.1:{held.getsockname()[1]}/none")
        server.start()
        try:
            assert server.ask("GET", "/readyz")[0] == 503
            assert server.ask("GET", "/healthz")[0] == 200
        finally:
            server.kill()


# --- Who may read the metrics ---------------------------------------------------------------------


def test_metrics_are_off_until_a_reader_is_named(client, db):
    assert read(client).status_code == 404


def test_metrics_are_given_to_the_token(client, db, kept):
    assert read(client).status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer other", "s3cret"])
def test_metrics_are_not_given_to_another_token(client, db, kept, given):
    assert read(client, Authorization=given).status_code == 404


def test_metrics_are_given_to_a_network(client, db, kept):
    kept.METRICS_TOKEN, kept.METRICS_FROM = "", [ip_network("127.0.0.0/8")]

    assert read(client).status_code == 200


def test_an_empty_token_opens_nothing(client, db, kept):
    kept.METRICS_TOKEN, kept.METRICS_FROM = "", [ip_network("10.0.0.0/8")]

    assert read(client, Authorization="Bearer ").status_code == 404


@pytest.mark.parametrize("name", metrics.SPEAKS_FOR)
def test_a_proxy_is_not_taken_for_the_network_it_stands_in(client, db, kept, name):
    kept.METRICS_TOKEN, kept.METRICS_FROM = "", [ip_network("127.0.0.0/8")]

    assert read(client, **{name.replace("-", "_"): "127.0.0.1"}).status_code == 404


# --- What they say --------------------------------------------------------------------------------


def test_requests_are_counted_by_kind_and_status(client, db, kept):
    client.get("/accueil/")
    client.get("/nulle-part/")
    client.post("/connexion/", {})

    text = read(client).text

    process = f'process="{os.getpid()}"'
    said = "certif_requests_total{" + process
    assert value_of(text, said + ',kind="read",status="3xx"}') == 1
    assert value_of(text, said + ',kind="read",status="4xx"}') == 1
    assert value_of(text, said + ',kind="write",status="4xx"}') == 1
    assert value_of(text, f'certif_request_seconds_bucket{{{process},kind="read",le="+Inf"}}') == 2
    assert value_of(text, f'certif_request_seconds_count{{{process},kind="read"}}') == 2


def test_the_watchers_are_not_counted(client, db, kept):
    client.get("/healthz")

    assert (
        value_of(
            read(client).text,
            f'certif_requests_total{{process="{os.getpid()}",kind="read",status="2xx"}}',
        )
        == 0
    )


def test_a_long_answer_is_in_no_short_bucket(kept):
    metrics.note(metrics.READ, 200, 0.3)

    text = metrics.of_this_node()

    said = f'certif_request_seconds_bucket{{process="{os.getpid()}",kind="read",le='
    assert [value_of(text, f'{said}"{bound}"}}') for bound in ("0.25", "0.5", "+Inf")] == [0, 1, 1]


def test_the_siblings_of_a_process_are_told_and_the_dead_forgotten(kept):
    metrics.note(metrics.READ, 200, 0.3)
    ended = subprocess.Popen(["true"])
    ended.wait()
    alive, own = os.getppid(), next(kept.METRICS_DIR.iterdir())
    sibling, dead = own.with_name(f"{alive}-{alive}"), own.with_name(f"{alive}-{ended.pid}")
    sibling.write_bytes(own.read_bytes())
    dead.write_bytes(own.read_bytes())

    text = metrics.of_this_node()

    said = f'certif_requests_total{{process="{alive}",kind="read",status="2xx"}}'
    assert value_of(text, said) == 1
    assert f'process="{ended.pid}"' not in text
    assert not dead.exists()


@committed
def test_what_waits_and_what_failed_is_told(client, bank, kept):
    now = timezone.now()
    live = situations.started().candidate.session
    Mailing.objects.create(
        session=live,
        kind=MailKind.RESULTS,
        recipient="f@exemple.test",
        occasion=now,
        tries=1,
        tried_at=now,
        error="Refusé",
    )
    ExamSessionFactory()

    text = read(client).text

    told = [value_of(text, f"certif_{name}") for name in ("mails_not_sent", "sessions_live")]
    assert told == [1, 1]
    assert value_of(text, "certif_tasks_ready") == 0
    assert value_of(text, "certif_database_answers") == 1


@pytest.fixture
def over(bank):
    """A session that its centre is to finalise."""
    session = ExamSessionFactory()
    MembershipFactory(centre=session.centre)
    situations.ended(session=session)
    session.refresh_from_db()
    return session


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "late"), [(29, 0), (31, 1)])
def test_reminders_that_nobody_asked_for_are_told(over, minutes, late):
    with time_machine.travel(over.ends_at + timedelta(minutes=minutes)):
        assert watch.gauges()["certif_reminders_late"] == late


@pytest.mark.django_db
def test_a_reminder_that_was_asked_for_is_not_late(over):
    late = over.ends_at + timedelta(minutes=31)
    remind_centres(late)

    with time_machine.travel(late):
        assert watch.gauges()["certif_reminders_late"] == 0


@pytest.mark.django_db
def test_a_centre_where_nobody_is_to_be_told_is_not_late(over):
    Membership.objects.update(is_active=False)

    with time_machine.travel(over.ends_at + timedelta(minutes=31)):
        assert watch.gauges()["certif_reminders_late"] == 0


@pytest.fixture
def finalised(bank):
    """The worker was asked for its PV, and makes no turn."""
    return situations.finalised(situations.finished().candidate.session)


def records_not_written(session, minutes):
    with time_machine.travel(session.finalised_at + timedelta(minutes=minutes)):
        return watch.gauges()["certif_records_not_written"]


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "late"), [(44, 0), (46, 1)])
def test_a_record_that_nobody_wrote_is_told_half_an_hour_after_it_was_due(finalised, minutes, late):
    assert records_not_written(finalised, minutes) == late


def seal(session):
    """As the worker does."""
    seal_record.func(session.pk, session.finalised_at.isoformat())


@pytest.mark.django_db
# WeasyPrint leaves its colour profile to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014.icc:ResourceWarning")
def test_a_record_that_was_written_is_not_missing(finalised):
    seal(finalised)

    assert records_not_written(finalised, 46) == 0


@pytest.mark.django_db
def test_a_record_that_cannot_be_drawn_is_missing(finalised, without_pango):
    seal(finalised)

    assert records_not_written(finalised, 46) == 1


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014.icc:ResourceWarning")
def test_a_record_that_the_storage_refuses_is_missing(finalised, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.touch()
    seal(finalised)

    assert records_not_written(finalised, 46) == 1


@pytest.mark.django_db
def test_no_record_of_a_session_that_is_open_again_is_missing(finalised):
    actions.reopen(finalised, why="Erreur de salle", by=UserFactory())

    assert records_not_written(finalised, 46) == 0


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no clock of its own")
@pytest.mark.parametrize("seconds", [0, 90, -90])
def test_a_clock_that_is_not_that_of_the_database_is_told(seconds):
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        assert watch.clock_ahead() == pytest.approx(seconds, abs=5)


@committed
def test_a_node_without_an_object_storage_tells_nothing_of_one(client, kept):
    assert "certif_storage_answers" not in read(client).text


class AnswersAll(FastPath):
    def answer(self, environ):
        return NOTHING_NEW


def test_a_poll_answered_in_front_of_django_is_counted(kept):
    AnswersAll(None, [])({"wsgi.url_scheme": "https"}, lambda status, headers: None)

    said = f'certif_requests_total{{process="{os.getpid()}",kind="fast",status="2xx"}}'
    assert value_of(metrics.of_this_node(), said) == 1
