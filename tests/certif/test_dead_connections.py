"""The database was started again: what rests in the pool of a node is dead, and nobody is refused for it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.db import connection, connections
from django.test import Client

from certif import watch
from tests import situations
from tests.factories import ExamSessionFactory
from tests.invigilation.pages import url

AT_ONCE = 8

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool"),
    pytest.mark.django_db(transaction=True),
]


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
