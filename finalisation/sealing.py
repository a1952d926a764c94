"""The PV d’incident of a finalisation: written once, kept with the print of the history until then."""

import hashlib
import json
import logging
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from certif.audit.models import AuditEvent, record, replayed
from certif.lib.pdf import ARCHIVED, PdfUnavailable, render_pdf
from certif.lib.refusals import Refusal
from certif.lib.wallclock import zone_label
from finalisation.models import SealedRecord, Sealing
from invigilation.documents.papers import record_context
from sessions.models import ExamSession
from sessions.queries.history import history

WRITTEN_WITHIN = timedelta(minutes=15)
# After the last one, an officer decides, from the session's page.
PAUSES = [timedelta(minutes=n) for n in (5, 30, 120, 480)]
LINE = ("id", "at", "kind", "actor_id", "centre_id", "session_id", "candidate_id", "data")
FINALISATIONS = ("session.finalised", "session.not_held")

logger = logging.getLogger(__name__)


class NothingToSeal(Refusal):
    message = gettext_lazy(
        "Ce PV n’est plus à écrire : il l’a été entre-temps, ou la session est rouverte."
    )


@task()
def seal_record(session_id, finalised_at):
    """For the finalisation of that instant: one that was undone since has nothing to seal."""
    session = ExamSession.objects.select_related("centre", "finalised_by").get(pk=session_id)
    if session.is_open or session.finalised_at.isoformat() != finalised_at:
        return
    if _sealed(session).exists():
        return
    _count_try(session)
    try:
        _write(session)
    except Exception as error:
        # The message may quote a name: its kind alone is told.
        logger.error("sealing of session %s: %s", session_id, type(error).__name__)
        _sealings(session).update(error=_reason(error))
    else:
        _sealings(session).delete()


def ask_again(at):
    """For the records that should be there and are not: their task failed, or its worker died.

    One that still waits in the queue is left there, and so is one that has to rest. Gives how many
    were asked for.
    """
    resting = Sealing.objects.filter(
        Q(next_at=None) | Q(next_at__gt=at),
        session=OuterRef("pk"),
        finalised_at=OuterRef("finalised_at"),
    )
    missing = not_written(at).exclude(Exists(resting))
    asked = [[session.pk, session.finalised_at.isoformat()] for session in missing]
    queue = DBTaskResult.objects.filter(
        task_path=seal_record.module_path, status=TaskResultStatus.READY
    )
    waiting = [row["args"] for row in queue.values_list("args_kwargs", flat=True)] if asked else []
    lost = [args for args in asked if args not in waiting]
    for args in lost:
        seal_record.enqueue(*args)
    return len(lost)


def not_written(at):
    """The sessions whose record should be there, and is not."""
    written = SealedRecord.objects.filter(
        session=OuterRef("pk"), finalised_at=OuterRef("finalised_at")
    )
    return (
        ExamSession.objects.filter(finalised_at__lt=at - WRITTEN_WITHIN)
        .exclude(Exists(written))
        .order_by("finalised_at", "pk")
    )


@transaction.atomic
def seal_again(session, *, by, operation=None):
    """An officer asks for the record anew, from the first try. Raises NothingToSeal."""
    session = ExamSession.objects.locked().get(pk=session.pk)
    if replayed(operation, by=by):
        return
    if session.is_open or _sealed(session).exists():
        raise NothingToSeal
    _sealings(session).delete()
    record("record.asked_again", by=by, operation=operation, session=session)
    seal_record.enqueue(session.pk, session.finalised_at.isoformat())


def sealing_of(session):
    """The tries of the record that is not written yet; None before the first."""
    return _sealings(session).first()


def asked_at(session):
    """When its record was asked for last: by its finalisation, or by an officer since."""
    lines = AuditEvent.objects.filter(session_id=session.pk, kind="record.asked_again")
    lines = lines.filter(at__gt=session.finalised_at)
    return lines.values_list("at", flat=True).first() or session.finalised_at


def _count_try(session):
    """Before it is tried: what kills its worker is counted too."""
    now = timezone.now()
    sealing, _created = Sealing.objects.get_or_create(
        session=session, finalised_at=session.finalised_at, defaults={"tried_at": now}
    )
    pauses = PAUSES[sealing.tries :]
    sealing.next_at = now + pauses[0] if pauses else None
    sealing.tries, sealing.tried_at = sealing.tries + 1, now
    sealing.error = ""
    sealing.save(update_fields=["tries", "tried_at", "next_at", "error"])


def _reason(error):
    """What a person can act upon."""
    if isinstance(error, PdfUnavailable):
        return _("Il manque au serveur la bibliothèque qui fabrique les PDF (Pango).")
    if isinstance(error, OSError):
        return _("Le serveur n’a pas pu enregistrer le fichier.")
    return _("Le PV n’a pas pu être dessiné (%(kind)s).") % {"kind": type(error).__name__}


def _sealings(session):
    return Sealing.objects.filter(session=session, finalised_at=session.finalised_at)


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
            "drawn_later": _day_of_drawing(session),
            "closing": read_closing(session),
            "decisions": automatic_decisions(session),
            "line_count": lines,
            "audit_sha256": audit_sha256,
        },
        variant=ARCHIVED,
    )
    sealed = SealedRecord(
        session=session,
        finalised_at=session.finalised_at,
        sha256=hashlib.sha256(content).hexdigest(),
        audit_sha256=audit_sha256,
    )
    sealed.file.save("pv.pdf", ContentFile(content), save=False)
    try:
        with transaction.atomic():
            sealed.save()
    except IntegrityError:
        sealed.file.delete(save=False)
        # Unless another worker was first: its record is the one.
        if not _sealed(session).exists():
            raise


def _day_of_drawing(session):
    """None on the day of the finalisation."""
    drawn, finalised = (
        moment.astimezone(session.zone).date() for moment in (timezone.now(), session.finalised_at)
    )
    return drawn if drawn > finalised else None


def print_of_history(session):
    """(how many lines, their SHA-256): those of « Historique » up to the finalisation, in order."""
    events = history(session)
    last = events.filter(kind__in=FINALISATIONS).order_by("-pk").values("pk")[:1]
    lines = list(events.filter(pk__lte=last).order_by("pk").values_list(*LINE))
    digest = hashlib.sha256()
    for line in lines:
        written = json.dumps(line, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
        digest.update(written.encode() + b"\n")
    return len(lines), digest.hexdigest()
