"""The PV d’incident of a finalisation: written once, kept with the print of the history until then."""

import hashlib
import json
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from certif.audit.models import AuditEvent
from certif.lib.pdf import ARCHIVED, render_pdf
from certif.lib.wallclock import zone_label
from finalisation.models import SealedRecord
from invigilation.documents.papers import record_context
from sessions.models import ExamSession

WRITTEN_WITHIN = timedelta(minutes=15)
LINE = ("id", "at", "kind", "actor_id", "centre_id", "session_id", "candidate_id", "data")


@task()
def seal_record(session_id, finalised_at):
    """For the finalisation of that instant: one that was undone since has nothing to seal."""
    session = ExamSession.objects.select_related("centre", "finalised_by").get(pk=session_id)
    if session.is_open or session.finalised_at.isoformat() != finalised_at:
        return
    if not _sealed(session).exists():
        _write(session)


def ask_again(at):
    """For the records that should be there and are not: their task failed, or its worker died.

    One that still waits in the queue is left there. Gives how many were asked for.
    """
    written = SealedRecord.objects.filter(
        session=OuterRef("pk"), finalised_at=OuterRef("finalised_at")
    )
    missing = (
        ExamSession.objects.filter(
            finalised_at__lt=at - WRITTEN_WITHIN, closing_file__not_held=False
        )
        .exclude(Exists(written))
        .order_by("finalised_at", "pk")
    )
    asked = [[session.pk, session.finalised_at.isoformat()] for session in missing]
    queue = DBTaskResult.objects.filter(
        task_path=seal_record.module_path, status=TaskResultStatus.READY
    )
    waiting = [row["args"] for row in queue.values_list("args_kwargs", flat=True)] if asked else []
    lost = [args for args in asked if args not in waiting]
    for args in lost:
        seal_record.enqueue(*args)
    return len(lost)


def _sealed(session):
    return SealedRecord.objects.filter(session=session, finalised_at=session.finalised_at)


def _write(session):
    # The queries read the rules of the closing, which asks for this.
    from finalisation.queries import automatic_decisions, read_closing

    lines, audit_sha256 = print_of_history(session)
    content = render_pdf(
        "documents/sealed_record.html",
        record_context(session)
        | {
            "session": session,
            "zone": zone_label(session.time_zone),
            "closing": read_closing(session),
            "decisions": automatic_decisions(session),
            "line_count": lines,
            "audit_sha256": audit_sha256,
        },
        variant=ARCHIVED,
    )
    record = SealedRecord(
        session=session,
        finalised_at=session.finalised_at,
        sha256=hashlib.sha256(content).hexdigest(),
        audit_sha256=audit_sha256,
    )
    record.file.save("pv.pdf", ContentFile(content), save=False)
    try:
        with transaction.atomic():
            record.save()
    except IntegrityError:
        record.file.delete(save=False)
        # Unless another worker was first: its record is the one.
        if not _sealed(session).exists():
            raise


def print_of_history(session):
    """(how many lines, their SHA-256): those of the session up to its finalisation, in their order."""
    events = AuditEvent.objects.filter(session_id=session.pk)
    last = events.filter(kind="session.finalised").order_by("-pk").values("pk")[:1]
    lines = list(events.filter(pk__lte=last).order_by("pk").values_list(*LINE))
    digest = hashlib.sha256()
    for line in lines:
        written = json.dumps(line, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
        digest.update(written.encode() + b"\n")
    return len(lines), digest.hexdigest()
