"""Between the commit of a write and its answer, has SQLite's log reached the disk? What strace hears of the server.

The same with a setting that does not wait for the disk: an audit that would not see it proves nothing.
"""

import tempfile
from itertools import chain, islice, zip_longest
from pathlib import Path

from django.db import connection

from tests.bench.figures import Figure
from tests.drills.on_sqlite import on_sqlite
from tests.factories import QuestionFactory
from tests.killed import Room
from tests.traced import Traced, answers_on_disk, why_not

NAME = "fsync"
TARGET = "each on the disk before"
SCALE = 200
FULL = 2
MOST_WITHOUT = 0.5


def run(scale):
    """`scale`: how many writes are acknowledged."""
    return on_sqlite(__name__, scale)


def play(scale):
    yield setting()
    if reason := why_not():
        yield Figure(f"NOT RUN: {reason}", ok=None)
        return
    QuestionFactory.create_bank()
    told = audit(scale)
    yield Figure(
        f"{sum(told)} of {len(told)} answers",
        ok=all(told) and len(told) == scale,
        name="fsync, FULL",
    )
    told = audit(scale, SQLITE_SYNCHRONOUS="NORMAL")
    yield Figure(
        f"{sum(told)} of {len(told)} answers",
        ok=len(told) == scale and sum(told) <= MOST_WITHOUT * scale,
        name="  the same with NORMAL",
        target=f"≤ {MOST_WITHOUT:.0%}: it is seen",
    )


def setting():
    """That of a process that is told nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        (value,) = cursor.fetchone()
    return Figure(
        f"PRAGMA synchronous = {value}", ok=value == FULL, name="fsync, setting", target="2 (FULL)"
    )


def audit(writes, **environment):
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder, "calls")
        server = Traced(calls, **environment)
        server.start()
        try:
            room = Room(server)
            for person, form in islice(one_after_the_other(room), writes):
                person.post(form)
        finally:
            server.kill()
        with calls.open(errors="replace") as lines:
            return answers_on_disk(line.rstrip() for line in lines)


def one_after_the_other(room):
    """An answer of each candidate, a tick, and again."""
    queues = [
        [(person, form) for form in forms]
        for person, forms in zip(room.people, room.forms, strict=True)
    ]
    return filter(None, chain.from_iterable(zip_longest(*queues)))
