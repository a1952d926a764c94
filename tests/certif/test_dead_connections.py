"""The database was started again: what rests in the pool of a node is dead, and nobody is refused for it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.db import connection, connections
from django.test import Client
from psycopg_pool import ConnectionPool

from certif import watch
from certif.lib.postgresql import base
from tests import situations
from tests.factories import ExamSessionFactory
from tests.invigilation.pages import url

AT_ONCE = 8

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def a_pool_of_its_own(transactional_db):
    """What a thread of another test still holds is not at rest, and no other test is given what died here."""
    connection.close()
    connection.close_pool()
    yield
    connection.close()
    connection.close_pool()


@pytest.fixture
def ask(db):
    """A page of somebody who is logged in, asked by a thread of its own, as a node does."""
    session, client = ExamSessionFactory(), Client()
    client.force_login(situations.invigilator_of(session))

    def asked():
        try:
            return client.get(url("board", session)).status_code
        finally:
            connections.close_all()

    return asked


def kill_those_at_rest():
    """All that the pool may hold beside that of the test."""
    pool = connection.pool
    with ExitStack() as taken, connection.cursor() as cursor:
        at_rest = [taken.enter_context(pool.connection()) for _ in range(pool.max_size - 1)]
        dead = [each.info.backend_pid for each in at_rest]
        taken.close()
        cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", [dead])


def kill_the_others():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_the_first_who_asks_is_served(ask):
    kill_those_at_rest()

    with ThreadPoolExecutor(1) as another_thread:
        assert another_thread.submit(ask).result() == 200


def test_all_who_ask_at_once_are_served(ask):
    kill_those_at_rest()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        told = [threads.submit(ask) for _ in range(AT_ONCE)]

    assert [each.result() for each in told] == [200] * AT_ONCE


def test_the_node_is_ready_at_the_first_question(client, monkeypatch):
    monkeypatch.setattr(watch.Bounded, "WITHIN", 15)  # on a machine that may be slow
    kill_those_at_rest()

    assert client.get("/readyz").status_code == 200


@pytest.fixture
def checks(monkeypatch):
    """The connections that were asked whether they live."""
    asked, check = [], ConnectionPool.check_connection
    monkeypatch.setattr(
        ConnectionPool,
        "check_connection",
        staticmethod(lambda each: (asked.append(each), check(each))),
    )
    return asked


@pytest.mark.parametrize(("just_now", "times"), [(60, 1), (0, 5)])
def test_a_connection_is_asked_whether_it_lives_unless_it_served_just_now(
    ask, checks, monkeypatch, just_now, times
):
    monkeypatch.setattr(base, "JUST_NOW", just_now)

    with ThreadPoolExecutor(1) as one_thread:
        told = [one_thread.submit(ask).result() for _ in range(5)]

    assert told == [200] * 5
    assert len(checks) == times


def test_one_that_died_since_it_served_is_found_dead_all_the_same(ask, monkeypatch):
    monkeypatch.setattr(base, "JUST_NOW", 60)

    with ThreadPoolExecutor(1) as one_thread:
        before = one_thread.submit(ask).result()
        kill_the_others()
        after = one_thread.submit(ask).result()

    assert (before, after) == (200, 200)
