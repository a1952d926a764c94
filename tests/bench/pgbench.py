"""The statements of an action, caught as it runs, made into a script of PostgreSQL's own pgbench."""

import re
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from psycopg import sql

from tests.pg import binaries

# Two numbers of pgbench make an operation id; each has as many digits as its place asks for.
OPERATION = "'10000000-0000-4000-:group-:rest'::uuid"
PREAMBLE = [
    r"\set group random(1000, 9999)",
    r"\set rest random(100000000000, 999999999999)",
]


@contextmanager
def caught():
    """The statements sent within, each with its parameters."""
    statements = []

    def keep(execute, statement, parameters, many, context):
        statements.append((statement, parameters))
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(keep):
        yield statements


def script(statements, *, variables, numbers):
    """`variables` sets pgbench's variables; `numbers` says which one stands for which parameter."""
    lines = [*PREAMBLE, *variables, "BEGIN;"]
    for statement, parameters in statements:
        lines.append(statement % tuple(_value(each, numbers) for each in parameters) + ";")
    return "\n".join([*lines, "COMMIT;", ""])


def _value(parameter, numbers):
    if isinstance(parameter, uuid.UUID):
        return OPERATION
    if isinstance(parameter, int) and parameter in numbers:
        return f":{numbers[parameter]}"
    return sql.Literal(parameter).as_string(connection.connection)


def rate(scripts, url, *, clients, seconds):
    """Transactions a second, the scripts drawn at random."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{number}.sql") for number in range(len(scripts))]
        for file, text in zip(files, scripts, strict=True):
            file.write_text(text)
        command = [binaries() / "pgbench", "--no-vacuum", "--jobs=1", f"--client={clients}"]
        command += [f"--time={seconds}", *(f"--file={file}" for file in files), url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"pgbench failed: {done.stderr}")
    return float(re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)[1])
