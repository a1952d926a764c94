import secrets

from django.db import transaction

from certif.audit.models import record, replayed
from exam.actions.refusals import NotReopened
from exam.actions.resuming import mark_row_changed
from exam.enums import AttemptState
from exam.models import Attempt
from sessions.actions.refusals import SessionClosed
from sessions.actions.session import lock_open_session


@transaction.atomic
def reopen_test(candidate, *, reason, by, operation=None):
    """A test ended by mistake goes on, until the finalisation (domain.md § 5).

    The browser that held it no longer does: the candidate comes back as after any interruption, by
    the access code and a resume that an invigilator authorises. No minute is added by itself.
    Raises SessionClosed, NotReopened (anything but a test that somebody ended).
    """
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    attempt = Attempt.objects.select_related("candidate").filter(candidate=candidate).first()
    if replayed(operation, by=by):
        return attempt
    refuse_reopening(session, attempt)
    attempt.state, attempt.ended_at, attempt.ended_by = AttemptState.RUNNING, None, None
    attempt.seat_key = secrets.token_urlsafe(24)
    # A timed question was not before his eyes meanwhile: it begins again.
    attempt.question_shown_at = None
    attempt.save(update_fields=["state", "ended_at", "ended_by", "seat_key", "question_shown_at"])
    mark_row_changed(session, candidate.pk)
    record(
        "attempt.reopened",
        by=by,
        operation=operation,
        session=session,
        candidate=candidate,
        why=reason,
    )
    return attempt


def refuse_reopening(session, attempt):
    """Raises SessionClosed, NotReopened."""
    if not session.is_open:
        raise SessionClosed
    if attempt is None or attempt.state != AttemptState.ENDED:
        raise NotReopened
