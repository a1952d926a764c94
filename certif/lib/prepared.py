"""A statement sent again and again, on Django's connection and in its transaction.

Django has psycopg write the values into the text, and PostgreSQL reads and plans it each time; here it
is prepared once a connection. Whoever listens (a test, a debugger) hears every one: Django's cursor then.
"""

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connections


def execute(sql, parameters, *, gives_rows=True):
    """The rows, or how many were changed. Raises what Django raises."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql" and not _is_listened_to(connection):
        return _prepared(connection, sql, parameters, gives_rows)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if gives_rows else cursor.rowcount


def _is_listened_to(connection):
    return connection.execute_wrappers or connection.queries_logged


def _prepared(connection, *asked):
    try:
        return _ask(connection, *asked)
    except NotSupportedError:
        # A migration changed the columns that it reads. A transaction is lost.
        if connection.in_atomic_block:
            raise
        return _ask(connection, *asked)


def _ask(connection, sql, parameters, gives_rows):
    from certif.lib import statements

    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        return statements.of(connection.connection).ask(sql, parameters, gives_rows=gives_rows)
