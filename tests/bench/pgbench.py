"""The statements of an action, caught as it runs, made into a script of PostgreSQL's own pgbench."""

import re
import subprocess
import tempfile
import uuid
from collections import namedtuple
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from django.db import connection
from psycopg import sql

from tests.bench.cores import starting_on
from tests.pg import binaries

# Two numbers of pgbench make an operation id; each has as many digits as its place asks for.
OPERATION = "'10000000-0000-4000-:group-:rest'::uuid"
PREAMBLE = [
    r"\set group random(1000, 9999)",
    r"\set rest random(100000000000, 999999999999)",
]

Statement = namedtuple("Statement", "sql parameters in_transaction")


@contextmanager
def caught():
    """The statements sent within."""
    statements = []

    def keep(execute, statement, parameters, many, context):
        in_transaction = (
            context["connection"].savepoint_ids or context["connection"].in_atomic_block
        )
        statements.append(Statement(statement, parameters, bool(in_transaction)))
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(keep):
        yield statements


def script(statements, *, variables, stand_for):
    """`variables` sets pgbench's variables; `stand_for` says which SQL stands for which parameter."""
    lines = [*PREAMBLE, *variables]
    for in_transaction, group in groupby(statements, lambda each: each.in_transaction):
        sent = [
            each.sql % tuple(_value(parameter, stand_for) for parameter in each.parameters) + ";"
            for each in group
        ]
        lines += ["BEGIN;", *sent, "COMMIT;"] if in_transaction else sent
    return "\n".join([*lines, ""])


def _value(parameter, stand_for):
    if isinstance(parameter, uuid.UUID):
        return OPERATION
    if isinstance(parameter, int | str) and parameter in stand_for:
        return stand_for[parameter]
    return sql.Literal(parameter).as_string(connection.connection)


def rate(text, url, *, clients, **options):
    """Scripts a second, by pgbench on one core. `options` are its own: time, transactions, define."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "script.sql")
        file.write_text(text)
        command = [binaries() / "pgbench", "--no-vacuum", "--jobs=1", f"--client={clients}"]
        command += [f"--{name}={value}" for name, value in options.items()]
        with starting_on("client"):
            done = subprocess.run(
                [*command, f"--file={file}", url], capture_output=True, text=True, check=False
            )
    if done.returncode:
        raise RuntimeError(f"pgbench failed: {done.stderr}")
    return float(re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)[1])
