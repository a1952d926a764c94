"""Django's backend of PostgreSQL, that serves the request which finds a dead connection in the pool.

The pool's own check throws three away a request at most, waits a second between them, and refuses the request.
"""

from select import POLLIN, poll
from time import monotonic

from django.db.backends.postgresql import base
from psycopg import Error
from psycopg_pool import ConnectionPool

# Seconds: one that was taken less than that ago is not asked whether it lives.
JUST_NOW = 1


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        if self.pool is None or _is_alive(connection):
            return connection
        self.pool.putconn(connection)
        # Those at rest died with it: with their database, or behind the same firewall.
        self.pool.drain()
        # Behind a firewall that says nothing, the check alone takes longer than a turn.
        return self.pool.getconn()


def _is_alive(connection):
    taken_before = getattr(connection, "certif_taken_at", -JUST_NOW)
    connection.certif_taken_at = monotonic()
    was_just_taken = connection.certif_taken_at - taken_before < JUST_NOW
    try:
        if not was_just_taken or _is_told_something(connection):
            ConnectionPool.check_connection(connection)
    except Error:
        return False
    return True


def _is_told_something(connection):
    """A database that goes away closes its connections: that is to be read in them."""
    told = poll()
    told.register(connection.pgconn.socket, POLLIN)
    return bool(told.poll(0))
