from django.db import transaction
from django.utils import timezone

from certif.audit.models import event_of, record, record_all, replayed
from exam.actions.refusals import NotFinished, NotRunning
from exam.actions.resuming import mark_row_changed
from exam.enums import AttemptState, ProblemState, ResumeState, Right
from exam.models import Attempt, QuestionProblem, ResumeRequest
from sessions.actions.session import lock_open_session


def finish_attempt(session, attempt, *, by, at):
    """The last question is answered: the end screen. Call under the session's lock."""
    attempt.state, attempt.ended_at, attempt.end_screen_shown_at = AttemptState.FINISHED, at, at
    attempt.right, attempt.silent_since = Right.NONE, None
    attempt.save(
        update_fields=["state", "ended_at", "end_screen_shown_at", "right", "silent_since"]
    )
    _drop_requests([attempt])
    record("attempt.finished", by=by, session=session, candidate=attempt.candidate)


@transaction.atomic
def end_attempt(candidate, *, by, kind, operation=None):
    """An invigilator ends a running test; every answer acknowledged before counts.

    Ending a test that is over changes nothing. Raises SessionClosed, NotRunning (never started).
    """
    session = lock_open_session(candidate.session_id)
    attempt = Attempt.objects.filter(candidate=candidate).first()
    if attempt is None or attempt.state == AttemptState.PREPARED:
        raise NotRunning
    if attempt.is_over or replayed(operation, by=by):
        return attempt
    close([attempt], AttemptState.ENDED, by=by, at=timezone.now())
    mark_row_changed(session, candidate.pk)
    record(kind, by=by, operation=operation, session=session, candidate=candidate)
    return attempt


def close(attempts, state, *, by, at):
    """Close running tests from outside. Call under the session's lock."""
    closed = {"state": state, "ended_at": at, "ended_by": by}
    closed |= {"right": Right.NONE, "silent_since": None}
    for attempt in attempts:
        for name, value in closed.items():
            setattr(attempt, name, value)
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).update(**closed)
    _drop_requests(attempts)
    _drop_problems(attempts, by, at)


@transaction.atomic
def note_end_screen_seen(candidate, *, seen, by, kind, operation=None):
    """A person says the end screen was seen (or takes it back). The server never says it."""
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    attempt = Attempt.objects.filter(candidate=candidate).first()
    if replayed(operation, by=by):
        return attempt
    if attempt is None or attempt.end_screen_shown_at is None:
        raise NotFinished
    if bool(attempt.end_screen_seen_at) == seen:
        return attempt
    attempt.end_screen_seen_at = timezone.now() if seen else None
    attempt.end_screen_seen_by = by if seen else None
    attempt.save(update_fields=["end_screen_seen_at", "end_screen_seen_by"])
    mark_row_changed(session, candidate.pk)
    record(kind, by=by, operation=operation, session=session, candidate=candidate)
    return attempt


def _drop_requests(attempts):
    live = ResumeRequest.objects.filter(state__in=[ResumeState.PENDING, ResumeState.GRANTED])
    live.filter(attempt__in=attempts).update(state=ResumeState.LAPSED)


def _drop_problems(attempts, by, at):
    """Nobody answered them before the tests were closed; the candidates' words are kept."""
    pending = QuestionProblem.objects.pending().filter(attempt__in=attempts)
    dropped = list(pending.select_related("attempt__candidate"))
    pending.update(state=ProblemState.DROPPED, decided_at=at, decided_by=by)
    record_all(
        event_of("problem.dropped", by=by, candidate=each.attempt.candidate, number=each.number)
        for each in dropped
    )
