"""Every connection of PostgreSQL is taken by others, for longer than a request waits for one."""

from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from tests.beside import database_url
from tests.drills.drill_database_disk import Pressed
from tests.drills.drill_disk import ask, is_refused
from tests.drills.fire import seconds_until
from tests.killed import Room, verdict_of
from tests.real_server import Server

# Longer than the pool goes on trying by itself (`reconnect_timeout`).
TURNS = 3
# A turn in the pool is 2.5 s; the rest is for a loaded machine.
ANSWERED_WITHIN, BACK_WITHIN = 6, 20

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connections"),
    pytest.mark.django_db(transaction=True),
]


def tell(*statement):
    with connection.cursor() as cursor:
        cursor.execute(*statement)


class Node(Server):
    """Nothing to its database, as in production: a superuser is let in beyond every limit."""

    def __init__(self):
        # Roles are of the whole server, where each process of the suite has a database.
        self.role = f"node_of_{connection.settings_dict['NAME']}"
        self.url = urlunsplit(urlsplit(database_url())._replace(netloc=f"{self.role}@"))
        super().__init__(DATABASE_URL=self.url)

    def lose_its_connections(self):
        tell(f"ALTER ROLE {self.role} CONNECTION LIMIT 0")
        tell(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s",
            [self.role],
        )
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            psycopg.connect(self.url)

    def find_them_again(self):
        tell(f"ALTER ROLE {self.role} CONNECTION LIMIT -1")


@pytest.fixture
def node(bank):
    node = Node()
    tell(f"CREATE ROLE {node.role} LOGIN IN ROLE pg_read_all_data, pg_write_all_data")
    try:
        node.start()
        yield node
    finally:
        node.kill()
        tell(f"DROP ROLE {node.role}")


@pytest.fixture
def room(node):
    """Each of its people was just told that a form is kept; then the connections are taken."""
    room = Pressed(Room(node))
    assert [answer[0] for answer in room.press_each()] == [200] * len(room.nexts)
    node.lose_its_connections()
    return room


def asked(room):
    """A page of the room, its poll, a page of a test; then a form of each person, all at once."""
    session, attempt = room.room.session.pk, room.room.attempts[0]
    watching, sitting = room.room.watching, room.room.sitting[0]
    poll = reverse("invigilation:board_live", args=[session])
    yield lambda: [ask(watching, reverse("invigilation:board", args=[session]))]
    yield lambda: [ask(watching, f"{poll}?v=0&n=1")]
    yield lambda: [ask(sitting, reverse("exam:test", args=[attempt.candidate_id]))]
    yield room.press_each


def test_whoever_asks_meanwhile_is_told_so_in_time(room):
    for ask_it in asked(room):
        began = monotonic()
        answers = ask_it()

        assert monotonic() - began < ANSWERED_WITHIN
        assert all(map(is_refused, answers)), answers


def test_a_node_is_alive_and_not_ready_meanwhile(node, room):
    assert node.ask("GET", reverse("healthz"))[0] == 200
    assert node.ask("GET", reverse("readyz"))[0] == 503


def test_the_node_is_back_by_itself_and_everything_told_is_kept_once(node, room):
    for _ in range(TURNS):
        assert all(map(is_refused, room.press_each()))

    node.find_them_again()

    assert seconds_until(lambda: all(a[0] == 200 for a in room.press_each()), BACK_WITHIN)
    assert verdict_of([room.room]).ok
