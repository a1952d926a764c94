"""A session is held on its day; another day asks once, and blocks no room (domain.md § 2)."""

from django.db import transaction

from certif.audit.models import AuditEvent, record
from certif.lib.refusals import Refusal
from sessions.actions.session import lock_open_session


class OtherDay(Refusal):
    """Asks once: « Cette session est prévue le … Continuer ? »."""


def ask_other_day(session, *, by, confirmed=False):
    """`confirmed`: whoever ticks or starts was asked. Call under the session's lock. Raises OtherDay."""
    if session.is_today or _was_confirmed(session):
        return
    if not confirmed:
        raise OtherDay
    record("day.confirmed", by=by, session=session)


@transaction.atomic
def confirm_other_day(session, *, by, operation=None):
    """The room is opened on another day than planned: asked once, kept in the audit."""
    session = lock_open_session(session.pk)
    if not _was_confirmed(session):
        record("day.confirmed", by=by, operation=operation, session=session)


def _was_confirmed(session):
    return AuditEvent.objects.filter(session_id=session.pk, kind="day.confirmed").exists()
