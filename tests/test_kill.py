"""A real server is killed while a room works: what it acknowledged is there, once.

The server uses the database of this run, with `synchronous=FULL`; nobody tells it before `kill -9`.
"""

import pytest
from django.db import connection

from tests.killed import Room, reopened, verdict_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def room(bank, server):
    return Room(server)


def test_what_was_acknowledged_before_a_kill_is_there_once(server, room):
    room.work_until_killed()
    server.start()
    room.send_again_what_was_not_heard()

    assert verdict_of([room]).faults() == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL checks itself on recovery")
def test_a_killed_server_leaves_a_sound_file(room):
    room.work_until_killed()

    _seconds, state = reopened()

    assert state == "ok"
