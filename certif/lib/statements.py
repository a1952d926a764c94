"""The prepared statements of one PostgreSQL connection, by psycopg's protocol layer.

What its cursors do for a statement sent again and again, for half of their processor time.
"""

import re
from itertools import count

from psycopg import Cursor
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.types.datetime import TimestamptzLoader


def of(driver):
    """Those of a connection of psycopg, as long as it lives."""
    try:
        return driver.certif_statements
    except AttributeError:
        driver.certif_statements = Statements(driver)
        return driver.certif_statements


class Statements:
    def __init__(self, driver):
        cursor = Cursor(driver)
        # Django's is the same, in Python.
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        self.driver, self.protocol = driver, driver.pgconn
        self.adapter, self.names, self.numbers = Transformer(cursor), {}, count()

    def ask(self, sql, parameters, *, gives_rows):
        """The rows, or how many were changed. Raises what psycopg raises."""
        self._begin()
        sent = self.adapter.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        statement = sql, self.adapter.types
        name = self.names.get(statement) or self._prepare(statement)
        self.protocol.send_query_prepared(name, sent, self.adapter.formats)
        try:
            result = self._answer()
        except FeatureNotSupported:
            # A migration changed the columns that it reads.
            del self.names[statement]
            raise
        if not gives_rows:
            return result.command_tuples
        self.adapter.set_pgresult(result)
        return self.adapter.load_rows(0, result.ntuples, tuple)

    def _begin(self):
        if (
            not self.driver.autocommit
            and self.protocol.transaction_status == TransactionStatus.IDLE
        ):
            self.driver.wait(self.driver._start_query())

    def _prepare(self, statement):
        sql, types = statement
        name = b"certif_%d" % next(self.numbers)
        self.protocol.send_prepare(name, numbered(sql).encode(), types)
        self._answer()
        self.names[statement] = name
        return name

    def _answer(self):
        (result,) = self.driver.wait(execute(self.protocol))
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)
        return result


def numbered(sql):
    """Django's « %s » are PostgreSQL's $1, $2…, its « %% » one sign."""
    numbers = count(1)
    return re.sub("%[s%]", lambda mark: f"${next(numbers)}" if mark[0] == "%s" else "%", sql)
