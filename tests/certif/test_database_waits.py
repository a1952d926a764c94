"""How long a node waits for PostgreSQL: told to the server and to the line, as `certif/settings.py` ships it."""

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is a file"),
    pytest.mark.django_db,
]


def shown(name):
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("setting", "value"), [("statement_timeout", "15s"), ("lock_timeout", "6s")]
)
def test_the_server_gives_up(setting, value):
    assert shown(setting) == value


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("connect_timeout", "3"),
        ("tcp_user_timeout", "3000"),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "3"),
        ("keepalives_count", "3"),
    ],
)
def test_a_line_that_is_cut_is_noticed(setting, value):
    connection.ensure_connection()

    assert connection.connection.info.get_parameters()[setting] == value
