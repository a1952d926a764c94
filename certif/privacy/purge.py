"""What is forgotten once its time is over: a little at a time, so that nobody waits for it."""

from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction

from certif.audit.models import record
from sessions.privacy import way_to_session

BATCH = 100


def due(rule, at):
    """The rows of a rule whose time is over, but those of a session in dispute."""
    rows = rule.due(at - timedelta(days=settings.RETENTION[rule.kept]))
    frozen, way = settings.RETENTION_FROZEN_SESSIONS, way_to_session(rule.model)
    if way and frozen:
        rows = rows.exclude(**{f"{way}__in": frozen})
    return rows.order_by("pk")


def count(rule, at):
    with looking_long():
        return due(rule, at).count()


def purge(rule, at, *, batch=BATCH):
    """Forget them, each batch in a transaction with its line in the history. Gives how many."""
    forgotten, last = 0, None
    while rows := _forget_some(rule, at, after=last, batch=batch):
        forgotten, last = forgotten + len(rows), rows[-1].pk
    return forgotten


def _forget_some(rule, at, *, after, batch):
    """A row that somebody holds is left to the next run."""
    rows = due(rule, at)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    with transaction.atomic(), looking_long():
        rows = list(rows.select_for_update(of=("self",), skip_locked=True)[:batch])
        if rows:
            rule.forget(rows)
            record("data.purged", by=None, what=rule.what, count=len(rows))
    return rows


@contextmanager
def looking_long():
    """Over a large table, for longer than a page may. For this transaction: a pool shares the rest."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '10min'")
        yield
