"""What the machines that watch ask: is the process alive, can this node write, how does it go."""

import logging
import time
from concurrent.futures import Future
from datetime import timedelta
from math import inf
from threading import Lock, Thread

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.db import Error, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Exists, Min, OuterRef, Q
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_tasks_db.models import DBTaskResult

from certif.accounts.models import Membership
from certif.audit.mails import given_up_lately
from certif.lib import metrics
from certif.privacy.purge import last_ended
from finalisation.deadline import not_reminded
from finalisation.mailings import not_sent
from finalisation.sealing import not_written
from sessions.enums import SessionState
from sessions.models import ExamSession

logger = logging.getLogger(__name__)

TEXT = "text/plain; charset=utf-8"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
LONGEST_SESSION = timedelta(hours=12)
# Three turns of `remind`, which asks for the mails of the clock, and again for the PVs.
ASKED_WITHIN = timedelta(minutes=30)


class Bounded:
    """A question to the database or the storage, never waited for longer than a second, never asked twice at once."""

    WITHIN = 1

    def __init__(self, ask):
        self.ask, self.lock, self.asked = ask, Lock(), None

    def answer(self):
        """Raises TimeoutError, and what the question raises."""
        with self.lock:
            if self.asked is None or self.asked.done():
                self.asked = Future()
                Thread(target=self._run, args=[self.asked], daemon=True).start()
            asked = self.asked
        return asked.result(timeout=self.WITHIN)

    def _run(self, asked):
        try:
            asked.set_result(self.ask())
        except BaseException as error:
            asked.set_exception(error)
        finally:
            connections.close_all()


# --- Ready ----------------------------------------------------------------------------------------


class Readiness:
    """« ok », or why this node is to be left alone."""

    def __init__(self):
        self.is_migrated = self.is_committing = False

    def __call__(self):
        self.is_committing = False
        connection.ensure_connection()
        if not self.is_migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "migrations are missing"
            self.is_migrated = True
        self.is_committing = True
        write()
        return "ok"

    @property
    def no_answer(self):
        if self.is_committing:
            return "the database answers, but commits do not come back: its disk, or its standby"
        return "the database does not answer"


def write():
    """All the way of a commit, to the disk and to the standby, without a row."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_logical_emit_message(true, 'certif', 'ready')")
        else:
            cursor.execute(f"PRAGMA busy_timeout = {Bounded.WITHIN * 1000}")
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("COMMIT")


READINESS = Bounded(Readiness())


@require_safe
@login_not_required
def healthz(request):
    return HttpResponse("ok\n", content_type=TEXT)


@require_safe
@login_not_required
def readyz(request):
    try:
        told = READINESS.answer()
    except (Error, TimeoutError):
        told = READINESS.ask.no_answer
    return HttpResponse(f"{told}\n", status=200 if told == "ok" else 503, content_type=TEXT)


# --- Metrics --------------------------------------------------------------------------------------


def gauges():
    """What the database knows: names and numbers, the same on every node but for its own clock."""
    now = timezone.now()
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {Bounded.WITHIN * 1000}")
        ended = last_ended()
        oldest = DBTaskResult.objects.ready().aggregate(at=Min("enqueued_at"))["at"]
        return {
            "certif_tasks_ready": DBTaskResult.objects.ready().count(),
            "certif_tasks_oldest_seconds": (now - oldest).total_seconds() if oldest else 0,
            "certif_tasks_failed_last_day": DBTaskResult.objects.failed()
            .filter(finished_at__gt=now - timedelta(days=1))
            .count(),
            "certif_clock_ahead_seconds": clock_ahead(),
            "certif_standby_follows": int(standby_follows()),
            "certif_reminders_late": reminders_late(now).count(),
            "certif_records_not_written": not_written(now - ASKED_WITHIN).count(),
            "certif_mails_not_sent": not_sent().count() + given_up_lately().count(),
            "certif_purge_seconds": (now - ended).total_seconds() if ended else inf,
            "certif_sessions_live": ExamSession.objects.filter(
                Q(first_started_at__gt=now - LONGEST_SESSION), state=SessionState.CREATED
            ).count(),
        }


def reminders_late(now):
    """The sessions whose centre should have been told by now, where there is somebody to tell."""
    people = Membership.objects.filter(is_active=True, user__is_active=True)
    return not_reminded(now - ASKED_WITHIN).filter(Exists(people.filter(centre=OuterRef("centre"))))


def clock_ahead():
    """By how many seconds the clock of this node is ahead of that of the database."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        asked = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        (told,) = cursor.fetchone()
    return (asked + time.time()) / 2 - told


# So it does too where commits wait for none, or where our role may not know.
STANDBY_FOLLOWS = """
    SELECT current_setting('synchronous_standby_names') = ''
    OR NOT pg_has_role('pg_read_all_stats', 'USAGE')
    OR EXISTS (SELECT FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))
"""


def standby_follows():
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(STANDBY_FOLLOWS)
        return cursor.fetchone()[0]


GAUGES = Bounded(gauges)
# Not of `/readyz`: a node without its storage still serves the room.
STORAGE = Bounded(lambda: default_storage.ask())


@require_safe
@login_not_required
def prometheus(request):
    if not (metrics.are_kept() and metrics.may_read(request)):
        raise Http404
    return HttpResponse(
        "".join([metrics.of_this_node(), *_storage(), *_gauges()]), content_type=PROMETHEUS
    )


def _storage():
    if settings.S3_BUCKET:
        name = "certif_storage_answers"
        yield metrics.family(name, "gauge", "To this node, within a second.")
        yield metrics.sample(name, int(_storage_answers()))


def _storage_answers():
    try:
        STORAGE.answer()
    # Whatever is wrong with it: away, or a key that it does not take any more.
    except Exception:
        logger.warning("the storage does not answer", exc_info=True)
        return False
    return True


def _gauges():
    try:
        found = {"certif_database_answers": 1, **GAUGES.answer()}
    except (Error, TimeoutError):
        found = {"certif_database_answers": 0}
    for name, value in found.items():
        yield metrics.family(name, "gauge", "What the database knows.")
        yield metrics.sample(name, value)
