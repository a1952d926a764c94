"""A process beside that of the test, on the same database, as deployed: what a kill is tried on."""

import os
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection


def environment():
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "SQLITE_SYNCHRONOUS": "FULL",
    }


def database_url():
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@contextmanager
def write_ahead_log():
    """The journal of a deployed SQLite file; the file is then given back as it was."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=WAL")
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=DELETE")
