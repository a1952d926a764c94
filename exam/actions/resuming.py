from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from certif.audit.models import record, replayed
from certif.lib.compiled import Here, Mark
from exam.actions.refusals import AlreadyAnswered, NoRightToCancel, NotRunning
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
def authorise_resume(candidate, *, by, kind, demand=None, known=None, operation=None):
    """Grant the right to come back: single use, 15 minutes. `kind` is the audit kind of the caller.

    `demand`: the request that was on screen; None: he had not asked. `known`: the authorisation of
    that moment (`authorisation_mark`). Raises SessionClosed, NotRunning, AlreadyAnswered.
    """
    session, attempt = _running(candidate, by, operation)
    if replayed(operation, by=by):
        return attempt
    if demand:
        _refuse_answered(attempt, demand)
    elif attempt.may_resume(timezone.now()) or known not in (None, authorisation_mark(attempt)):
        raise AlreadyAnswered.of(ResumeState.GRANTED, attempt.right_granted_by)
    return _answer(session, attempt, by, kind, operation, Right.RESUME, ResumeState.GRANTED)


@transaction.atomic
def refuse_resume(candidate, *, by, kind, demand=None, operation=None):
    """`demand`: the request that was on screen; None: the one that waits.

    Raises SessionClosed, NotRunning, AlreadyAnswered.
    """
    session, attempt = _running(candidate, by, operation)
    if replayed(operation, by=by):
        return attempt
    _refuse_answered(attempt, demand)
    return _answer(session, attempt, by, kind, operation, Right.NONE, ResumeState.REFUSED)


@transaction.atomic
def cancel_resume(candidate, *, by, kind, operation=None):
    """Take back an authorisation that was not used. Raises SessionClosed, NotRunning, NoRightToCancel."""
    session, attempt = _running(candidate, by, operation)
    if replayed(operation, by=by):
        return attempt
    if not attempt.may_resume(timezone.now()):
        raise NoRightToCancel
    return _answer(session, attempt, by, kind, operation, Right.NONE, ResumeState.LAPSED)


def pending_demand_of(candidate):
    return ResumeRequest.objects.filter(
        attempt__candidate=candidate, state=ResumeState.PENDING
    ).first()


def authorisation_mark(attempt):
    """Tells the last authorisation of a test from the next one, on a form; 0 before the first."""
    at = attempt.right_granted_at
    return int(at.timestamp() * 1_000_000) if at else 0


def _running(candidate, by, operation):
    """The session, locked, and the test; whatever became of it when the operation was done before."""
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    attempt = Attempt.objects.filter(candidate=candidate).first()
    if not (attempt and attempt.is_running) and not replayed(operation, by=by):
        raise NotRunning
    return session, attempt


def _refuse_answered(attempt, demand):
    """Unless this request waits, or one does. Call under the session's lock."""
    demands = attempt.resume_requests.select_related("answered_by")
    if demand is None:
        found = demands.filter(state=ResumeState.PENDING).first()
    else:
        found = demands.filter(pk=demand).first()
    if found is None:
        raise AlreadyAnswered
    if found.state != ResumeState.PENDING:
        raise AlreadyAnswered.of(found.state, found.answered_by)


def _answer(session, attempt, by, kind, operation, right, answer):
    now = timezone.now()
    attempt.right = right
    if right:
        attempt.right_granted_at, attempt.right_granted_by = now, by
    attempt.resume_refused_at = now if answer == ResumeState.REFUSED else None
    attempt.resume_asked_at = _asked_at(attempt) if answer == ResumeState.GRANTED else None
    attempt.save(
        update_fields=[
            "right",
            "right_granted_at",
            "right_granted_by",
            "resume_refused_at",
            "resume_asked_at",
        ]
    )
    attempt.resume_requests.filter(state__in=[ResumeState.PENDING, ResumeState.GRANTED]).update(
        state=answer, answered_at=now, answered_by=by
    )
    mark_row_changed(session, attempt.candidate_id)
    record(kind, by=by, operation=operation, session=session, candidate=attempt.candidate)
    return attempt


def _asked_at(attempt):
    pending = attempt.resume_requests.filter(state=ResumeState.PENDING)
    return pending.values_list("asked_at", flat=True).first()


def mark_row_changed(session, candidate_id):
    """What the board shows of this candidate moved. Call under the session's lock."""
    _count_version(session)
    ROW.ask(candidate=candidate_id, version=session.version)


def mark_rows_changed(session, candidate_ids):
    _count_version(session)
    Candidate.objects.filter(pk__in=candidate_ids).update(row_version=session.version)


def _count_version(session):
    session.version += 1
    VERSION.ask(session=session.pk, version=session.version)


VERSION = Here(
    lambda session, **others: ExamSession.objects.filter(pk=session),
    sets={"version": "version"},
    session=Mark.whole,
    version=Mark.whole,
)
ROW = Here(
    lambda candidate, **others: Candidate.objects.filter(pk=candidate),
    sets={"row_version": "version"},
    candidate=Mark.whole,
    version=Mark.whole,
)
