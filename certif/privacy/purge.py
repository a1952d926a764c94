"""What is forgotten once its time is over: a little at a time, so that nobody waits for it."""

import logging
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from certif.audit.models import AuditEvent, record
from certif.privacy.gathered import RULES
from certif.privacy.orphans import ORPHANS, orphans, remove_orphans
from sessions.privacy import way_to_session

logger = logging.getLogger(__name__)

BATCH = 100
NIGHT = range(3, 6)  # the hours, in Paris
# A number of ours among the advisory locks of the database.
LOCK = 7_201_103


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


# --- A whole run ----------------------------------------------------------------------------------


def count_all(at):
    """Each rule with how many rows are due; None for one that failed, which stops no other."""
    run = {rule: _tried(rule, partial(count, rule, at)) for rule in RULES}
    return run | {ORPHANS: _tried(ORPHANS, lambda: len(orphans(at)))}


def purge_all(at, *, batch=BATCH):
    """Each rule with how many rows it forgot; None for one that failed, which stops no other."""
    run = {rule: _tried(rule, partial(purge, rule, at, batch=batch)) for rule in RULES}
    run[ORPHANS] = _tried(ORPHANS, partial(remove_orphans, at, batch=batch))
    if None not in run.values():
        record("data.purge_ended", by=None, count=sum(run.values()))
    return run


def _tried(rule, ask):
    try:
        return ask()
    except Exception:
        logger.exception("purge: a rule failed: %s", rule.what)
        return None


def last_ended():
    """When everything was last forgotten that was to be; None for never."""
    ended = AuditEvent.objects.filter(kind="data.purge_ended", session_id=None)
    return ended.values_list("at", flat=True).first()


def is_due(now):
    """Of the night, and none ended in it."""
    here, ended = timezone.localtime(now), last_ended()
    night = here.replace(hour=NIGHT[0], minute=0, second=0, microsecond=0)
    return here.hour in NIGHT and (ended is None or ended < night)


@contextmanager
def alone():
    """Gives whether no other run is under way. SQLite has one writer: two runs share what there is."""
    if connection.vendor != "postgresql":
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (is_alone,) = cursor.fetchone()
        try:
            yield is_alone
        finally:
            # The lock ended with a connection that was lost.
            if is_alone and connection.is_usable():
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def looking_long():
    """Over a large table, for longer than a page may. For this transaction: a pool shares the rest."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '10min'")
            # Files are removed between two statements.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10min'")
        yield
