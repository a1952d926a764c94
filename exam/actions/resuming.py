from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from certif.audit.models import record, replayed
from exam.actions.refusals import NotRunning
from exam.durations import minutes_and_seconds
from exam.enums import ResumeState, Right
from exam.models import Attempt, Beat, ResumeRequest
from sessions.actions.session import lock_open_session
from sessions.models import Candidate, ExamSession


@transaction.atomic
def ask_to_resume(candidate, *, by):
    """The candidate's question appears on the invigilators' list. Asking again changes nothing."""
    session = lock_open_session(candidate.session_id)
    attempt = Attempt.objects.get(candidate=candidate)
    if not attempt.is_running:
        raise NotRunning
    now = timezone.now()
    last_seen_at = Beat.objects.values_list("last_seen_at", flat=True).get(attempt=attempt)
    request, created = ResumeRequest.objects.get_or_create(
        attempt=attempt,
        state=ResumeState.PENDING,
        defaults={"gap_seconds": max(0, int((now - last_seen_at).total_seconds()))},
    )
    if created:
        mark_row_changed(session, candidate.pk)
        record(
            "attempt.resume_asked",
            by=by,
            session=session,
            candidate=candidate,
            gap=minutes_and_seconds(timedelta(seconds=request.gap_seconds)),
        )
    return request


@transaction.atomic
def authorise_resume(candidate, *, by, kind, operation=None):
    """Grant the right to come back: single use, 15 minutes. `kind` is the audit kind of the caller.

    Raises SessionClosed, NotRunning.
    """
    return _answer(candidate, by, kind, operation, right=Right.RESUME, answer=ResumeState.GRANTED)


@transaction.atomic
def refuse_resume(candidate, *, by, kind, operation=None):
    return _answer(candidate, by, kind, operation, right=Right.NONE, answer=ResumeState.REFUSED)


@transaction.atomic
def cancel_resume(candidate, *, by, kind, operation=None):
    """Take back an authorisation that was not used."""
    return _answer(candidate, by, kind, operation, right=Right.NONE, answer=ResumeState.LAPSED)


def _answer(candidate, by, kind, operation, *, right, answer):
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    attempt = Attempt.objects.filter(candidate=candidate).first()
    if replayed(operation, by=by):
        return attempt
    if attempt is None or not attempt.is_running:
        raise NotRunning
    now = timezone.now()
    attempt.right = right
    if right:
        attempt.right_granted_at, attempt.right_granted_by = now, by
    attempt.save(update_fields=["right", "right_granted_at", "right_granted_by"])
    attempt.resume_requests.filter(state__in=[ResumeState.PENDING, ResumeState.GRANTED]).update(
        state=answer, answered_at=now, answered_by=by
    )
    mark_row_changed(session, candidate.pk)
    record(kind, by=by, operation=operation, session=session, candidate=candidate)
    return attempt


def mark_row_changed(session, candidate_id):
    """What the board shows of this candidate moved. Call under the session's lock."""
    mark_rows_changed(session, [candidate_id])


def mark_rows_changed(session, candidate_ids):
    session.version += 1
    ExamSession.objects.filter(pk=session.pk).update(version=session.version)
    Candidate.objects.filter(pk__in=candidate_ids).update(row_version=session.version)
