"""Who did what, when: append-only, by ids, so that a person can be erased without touching it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from certif.audit.sentences import SENTENCES
from certif.lib.compiled import Insert
from certif.lib.refusals import InvalidInput


class OperationReused(InvalidInput):
    message = (
        "Ce formulaire a déjà été envoyé avec un autre contenu. Rechargez la page, "
        "puis recommencez."
    )


class AuditEvent(models.Model):
    at = models.DateTimeField("date", default=timezone.now, editable=False)
    kind = models.CharField("nature", max_length=60)
    actor_id = models.BigIntegerField("auteur", null=True)
    centre_id = models.BigIntegerField("centre", null=True)
    session_id = models.BigIntegerField("session", null=True)
    candidate_id = models.BigIntegerField("candidat", null=True)
    data = models.JSONField("précisions", default=dict)
    operation_id = models.UUIDField("opération", null=True)
    operation_fingerprint = models.CharField("empreinte", max_length=64, blank=True)

    class Meta:
        verbose_name = "événement"
        verbose_name_plural = "événements"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["session_id", "-id"], name="audit_by_session"),
            models.Index(fields=["centre_id", "-id"], name="audit_by_centre"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["actor_id", "operation_id"],
                condition=Q(operation_id__isnull=False),
                name="audit_operation_once_per_actor",
            )
        ]

    def __str__(self):
        return f"{self.kind} #{self.pk}"


EVENTS = Insert(AuditEvent)


def record(kind, *, by, **facts):
    """Write one line, in the caller's transaction; the facts are those of `event_of`."""
    event = event_of(kind, by=by, **facts)
    EVENTS.add(event)
    return event


def record_all(events):
    """Write many lines at once."""
    AuditEvent.objects.bulk_create(events, batch_size=500)


def event_of(kind, *, by, operation=None, session=None, candidate=None, centre=None, **data):
    """One line, not written yet. `by` is None for what the system does."""
    if kind not in SENTENCES:
        raise LookupError(f"unknown audit kind: {kind}")
    if candidate is not None and session is None:
        session_id = candidate.session_id
    else:
        session_id = session.pk if session else None
    return AuditEvent(
        kind=kind,
        actor_id=by.pk if by else None,
        centre_id=centre.pk if centre else getattr(session, "centre_id", None),
        session_id=session_id,
        candidate_id=candidate.pk if candidate else None,
        data=data,
        operation_id=operation.id if operation else None,
        operation_fingerprint=operation.fingerprint if operation else "",
    )


def replayed(operation, *, by):
    """The line this operation already wrote, if it is a repetition. To be asked under the lock.

    Raises OperationReused when the same id comes back with another body.
    """
    if operation is None:
        return None
    event = AuditEvent.objects.filter(actor_id=by.pk, operation_id=operation.id).first()
    if event and event.operation_fingerprint != operation.fingerprint:
        raise OperationReused
    return event
