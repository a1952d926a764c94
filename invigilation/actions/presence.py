from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.audit.models import AuditEvent, record, replayed
from certif.lib.refusals import Refusal
from exam import actions as exam_actions
from sessions import actions as session_actions
from sessions.actions.session import lock_open_session
from sessions.models import Candidate, ExamSession


class PresenceFrozen(Refusal):
    message = _("Le test a déjà commencé\u00a0: la présence ne peut plus être retirée.")


class OtherDay(Refusal):
    """Asks once: « Cette session est prévue le … Continuer ? » (domain.md § 2)."""


@transaction.atomic
def set_presence(candidate, *, present, by, operation=None):
    """Set (never toggle) a presence, and with it the right to start. Returns the candidate.

    Repeating it changes nothing and writes nothing. Raises SessionClosed, PresenceFrozen (an
    untick after the start), OtherDay.
    """
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    candidate = Candidate.objects.get(pk=candidate.pk)
    if replayed(operation, by=by) or candidate.is_present == present:
        return candidate
    if candidate.has_started:
        raise PresenceFrozen
    if not session.is_today and not other_day_confirmed(session):
        raise OtherDay

    now = timezone.now()
    session.version += 1
    candidate.is_present, candidate.presence_noted_at, candidate.presence_noted_by = (
        present,
        now,
        by,
    )
    candidate.row_version = session.version
    ExamSession.objects.filter(pk=session.pk).update(version=session.version)
    Candidate.objects.filter(pk=candidate.pk).update(
        is_present=present,
        presence_noted_at=now,
        presence_noted_by=by,
        row_version=session.version,
    )
    if present:
        exam_actions.prepare_attempt(candidate, by=by, at=now)
    else:
        exam_actions.withdraw_right(candidate)
    record(
        "presence.present" if present else "presence.absent",
        by=by,
        operation=operation,
        session=session,
        candidate=candidate,
    )
    return candidate


def other_day_confirmed(session):
    return AuditEvent.objects.filter(session_id=session.pk, kind="day.confirmed").exists()


@transaction.atomic
def confirm_other_day(session, *, by, operation=None):
    """The room is opened on another day than planned: asked once, kept in the audit."""
    session = lock_open_session(session.pk)
    if not other_day_confirmed(session):
        record("day.confirmed", by=by, operation=operation, session=session)


@transaction.atomic
def unlink_account(candidate, *, by, operation=None):
    """« Délier le compte »: the row is free again and the presence is withdrawn.

    Raises SessionClosed, CandidateStarted.
    """
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    candidate = Candidate.objects.get(pk=candidate.pk)
    if replayed(operation, by=by) or not candidate.has_joined:
        return candidate
    candidate = session_actions.unlink_candidate(session, candidate, by=by, operation=operation)
    exam_actions.withdraw_right(candidate)
    return candidate
