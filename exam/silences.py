"""What time alone decides, before an action makes facts of it (`exam.actions.note_silences`)."""

from exam.enums import AttemptState, Right
from exam.models import RESUME_RIGHT_LASTS, SILENT_AFTER, Attempt, Beat


def limits(now):
    """Who was not heard since the first is silent; what was granted before the second lapsed."""
    return now - SILENT_AFTER, now - RESUME_RIGHT_LASTS


def quiet(session_id, heard_before):
    return Attempt.objects.filter(
        candidate__session=session_id,
        state=AttemptState.RUNNING,
        silent_since__isnull=True,
        beat__last_seen_at__lt=heard_before,
    )


def lapsed(session_id, granted_before):
    return Attempt.objects.filter(
        candidate__session=session_id,
        right=Right.RESUME,
        right_granted_at__lt=granted_before,
    )


def heard_at(candidate):
    """When the page of a running test was last heard; None for another test."""
    beats = Beat.objects.filter(attempt__candidate=candidate, attempt__state=AttemptState.RUNNING)
    return beats.values_list("last_seen_at", flat=True).first()
