"""Each protection of a race made harmless, by name: the invariant must then break.

The pause that a slow machine would give is put before an actor's first write: all have read by
then. They write one after the other, whole: no sleep, no deadlock, and no luck. Actors of other
processes (tests/races/seamed.py) ask for their turn through a socket.
"""

import os
import socket
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from copy import copy
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Condition, Thread

import pytest
from django.db import connection, models

from certif.accounts.models import CentreQuerySet
from exam.actions import entering
from exam.models import Attempt, AttemptQuerySet
from invigilation.actions import presence
from sessions.models import Candidate
from sessions.models.jobs import JobQuerySet
from sessions.models.session import ExamSessionQuerySet


class Meeting:
    """Everybody still in the room has read; then each writes in his turn, until he leaves."""

    def __init__(self, size, first):
        self.condition = Condition()
        self.inside = set(range(size))
        self.arrived = set()
        self.order = sorted(range(size), key=lambda rank: (rank - first) % size)

    def arrive(self, rank):
        with self.condition:
            self.arrived.add(rank)
            self.condition.notify_all()
            self.condition.wait_for(lambda: self._turn_of(rank), timeout=10)

    def leave(self, rank):
        with self.condition:
            self.inside.discard(rank)
            self.condition.notify_all()

    def _turn_of(self, rank):
        everybody_has_read = self.inside <= self.arrived
        return everybody_has_read and rank == next(r for r in self.order if r in self.inside)


RANK = ContextVar("rank", default=None)
MEETING_POINT = "RACE_MEETING_POINT"


class MeetingPoint(ThreadingTCPServer):
    """The seam of a round whose actors are requests: what serves one waits here for its turn."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Arrival)
        self.environment = {MEETING_POINT: str(self.server_address[1])}

    @classmethod
    @contextmanager
    def open(cls):
        with cls() as point:
            Thread(target=point.serve_forever, daemon=True).start()
            yield point
            point.shutdown()

    def __call__(self, size, number):
        self.meeting = Meeting(size, first=number % size)
        return self._actor

    @contextmanager
    def _actor(self, rank):
        """His request carries his rank. Answered, he has left."""
        token = RANK.set(rank)
        try:
            yield
        finally:
            RANK.reset(token)
            self.meeting.leave(rank)


class Arrival(StreamRequestHandler):
    def handle(self):
        self.server.meeting.arrive(int(self.rfile.readline()))
        self.wfile.write(b"go\n")


def wait_for_ones_turn(rank):
    with socket.create_connection(("127.0.0.1", int(os.environ[MEETING_POINT]))) as point:
        point.sendall(f"{rank}\n".encode())
        point.recv(3)


@contextmanager
def meeting_before_writing(rank):
    """For one request, in the process that serves it."""

    def before_writing(execute, sql, params, many, context):
        if is_write(sql):
            wait_for_ones_turn(rank)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(before_writing):
        yield


def is_write(sql):
    """The counter of tries is written before anything is read."""
    return sql.startswith(("UPDATE", "INSERT", "DELETE")) and "secrettries" not in sql


def read_together_then_write(size, number):
    """The seam of one round. The first to write changes with the round."""
    meeting = Meeting(size, first=number % size)

    @contextmanager
    def actor(rank):
        def before_writing(execute, sql, params, many, context):
            if is_write(sql):
                meeting.arrive(rank)
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(before_writing):
                yield
        finally:
            meeting.leave(rank)

    return actor


@contextmanager
def harmless(*constraints):
    """No protection of the code, none of these constraints."""
    with code_made_harmless(), without(*constraints):
        yield


@contextmanager
def code_made_harmless():
    """No lock on a session, a centre or an import, no conditional update of the attempt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ExamSessionQuerySet, "locked", lambda queryset: queryset.all())
        # Without their one statement, a tick and a start go by the rules, that read first.
        patch.setattr(ExamSessionQuerySet, "moved", lambda queryset, pk: None)
        patch.setattr(ExamSessionQuerySet, "started_once_more", lambda queryset, pk, now: None)
        patch.setattr(CentreQuerySet, "locked", lambda queryset: queryset.all())
        patch.setattr(JobQuerySet, "locked", lambda queryset: queryset.all())
        patch.setattr(AttemptQuerySet, "update", _read_then_write)
        yield


@contextmanager
def unconditional():
    """The statements of a tick and of a start ask no more whether they may. The lock stays."""
    with pytest.MonkeyPatch.context() as patch:
        ticks = {present: _of(_row, tick) for present, tick in presence.TICKS.items()}
        patch.setattr(presence, "TICKS", ticks)
        patch.setattr(entering, "SIT_DOWN", _of(_row, entering.SIT_DOWN))
        patch.setattr(entering, "OPEN", _of(_attempt, entering.OPEN))
        yield


def _row(candidate, **written):
    return Candidate.objects.filter(pk=candidate)


def _attempt(candidate, **written):
    return Attempt.objects.filter(candidate=candidate)


def _of(queryset, statement):
    """The same change, of all that this queryset finds."""
    bare = copy(statement)
    bare.build, bare._compiled = queryset, None
    asked = {"candidate", *statement.sets.values()}
    bare.marks = {name: mark for name, mark in statement.marks.items() if name in asked}
    return bare


@contextmanager
def without(*constraints):
    with ExitStack() as stack:
        for table, name in constraints:
            stack.enter_context(_dropped(table, name))
        yield


def _read_then_write(queryset, **values):
    read = list(queryset.values_list("pk", flat=True))
    if not read:
        return 0
    return models.QuerySet.update(queryset.model.objects.filter(pk__in=read), **values)


@contextmanager
def _dropped(table, name):
    """The constraint is put back as it was, once the rows that break it are gone."""
    drop, put_back = _constraint(table, name) or _index(name)
    with connection.cursor() as cursor:
        cursor.execute(drop)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(put_back)


def _constraint(table, name):
    definition = _one(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", name
    )
    alter = f"ALTER TABLE {table}"
    return definition and (
        f"{alter} DROP CONSTRAINT {name}",
        f"{alter} ADD CONSTRAINT {name} {definition}",
    )


def _index(name):
    """A constraint with a condition is an index, for PostgreSQL."""
    return f"DROP INDEX {name}", _one("SELECT indexdef FROM pg_indexes WHERE indexname = %s", name)


def _one(sql, name):
    with connection.cursor() as cursor:
        cursor.execute(sql, [name])
        return next((row[0] for row in cursor.fetchall()), None)
