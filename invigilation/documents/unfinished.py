"""The tests of a room that did not reach their end. Why is known above, which tells it here."""

from exam.models import Attempt

CANDIDATE, TECHNICAL = "candidate", "technical"

_told_by = []


def tell_reasons(reasons_of):
    """`reasons_of(session)` maps ids of attempts to CANDIDATE or TECHNICAL. From `ready`."""
    _told_by.append(reasons_of)


def unfinished_of(session, attempts):
    reasons = {pk: reason for told in _told_by for pk, reason in told(session).items()}
    unfinished = [attempt for attempt in attempts if attempt.unfinished()]
    for attempt in unfinished:
        attempt.reason = reasons.get(attempt.pk)
    return unfinished


def started_attempts(session):
    attempts = Attempt.objects.started().filter(candidate__session=session)
    return list(attempts.order_by("candidate__identity_key", "candidate_id"))
