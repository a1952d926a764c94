"""Is there no room left, on the disk of the database or on that of the files? Or no memory, no connection.

Or no turn in the pool: every connection is taken, or the database is away. Nothing was asked of it yet.
Or no turn with a row that somebody else holds.
Or no answer from the object storage.
"""

import errno
import logging
import sqlite3
import sys
from contextlib import contextmanager

from django.db import Error, connection, transaction
from psycopg_pool import PoolTimeout

logger = logging.getLogger(__name__)

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
# The database is full; or the file by which its processes agree cannot grow.
SQLITE_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
# PostgreSQL's class of « insufficient resources »: disk, memory, connections.
POSTGRES_SHORT = "53"
# Its lock_timeout: the transaction wrote nothing.
ROW_HELD = "55P03"


def is_shortage(error):
    """The one rule of what is refused for now, and taken again once there is room."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if _is_one(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_one(error):
    return (
        isinstance(error, PoolTimeout)
        or (isinstance(error, OSError) and error.errno in NO_ROOM)
        or getattr(error, "sqlite_errorcode", None) in SQLITE_NO_ROOM
        or (getattr(error, "sqlstate", None) or "").startswith((POSTGRES_SHORT, ROW_HELD))
        or _is_storage_away(error)
    )


def _is_storage_away(error):
    # Loaded with the first file of an object storage, whose library may not be installed.
    objects = sys.modules.get("certif.lib.objects")
    return objects is not None and objects.is_away(error)


def note_who_reads(write):
    """What a page notes of who reads it, and notes again soon: without room for it, one reads on.

    Nor does one wait until the disk has it, and that of the standby.
    """
    try:
        with _without_waiting():
            write()
    except Error as error:
        if not is_shortage(error):
            raise
        logger.warning("There is no room left: who reads was not noted.")


@contextmanager
def _without_waiting():
    # Within a transaction, whose own writes do wait, the setting would last as long as it.
    is_alone = not connection.in_atomic_block
    with transaction.atomic():
        if is_alone and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")
        yield
