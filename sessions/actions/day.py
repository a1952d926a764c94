"""A session is held on its day; another day asks once, and blocks no room (domain.md § 2)."""

from certif.audit.models import AuditEvent, record
from certif.lib.refusals import Refusal


class OtherDay(Refusal):
    """Asks once: « Cette session est prévue le … Continuer ? »."""


def ask_other_day(session, *, by, confirmed=False):
    """`confirmed`: whoever ticks or starts was asked. Call under the session's lock. Raises OtherDay."""
    if session.is_today:
        return
    planned = session.date.isoformat()
    asked = AuditEvent.objects.filter(session_id=session.pk, kind="day.confirmed")
    if asked.filter(data__planned=planned).exists():
        return
    if not confirmed:
        raise OtherDay
    record("day.confirmed", by=by, session=session, planned=planned)
