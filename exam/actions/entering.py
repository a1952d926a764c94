"""From the tick to the first question: one right, single use, consumed where the test opens."""

import random
import secrets
from collections import defaultdict

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from certif.accounts import throttle
from certif.audit.models import AuditEvent, record, replayed
from certif.lib.compiled import Here, Mark
from exam.actions.refusals import (
    NotAuthorisedToResume,
    NotEnoughQuestions,
    PresenceNotConfirmed,
    TestIsOver,
    WrongAccessCode,
)
from exam.actions.resuming import ask_to_resume
from exam.enums import AttemptState, Competence, ResumeState, Right
from exam.models import (
    FIRST_CERTIFICATION_NUMBER,
    QUESTIONS_PER_COMPETENCE,
    Attempt,
    Beat,
    Question,
)
from sessions.actions.session import lock_open_session
from sessions.codes import code_matches
from sessions.models import Candidate

CONSENT_VERSION = "2022-03"
OPENINGS = ("attempt.started", "attempt.resumed")


def prepare_attempt(candidate, *, by, at):
    """Draw the questions and grant the right to start. Call under the session's lock.

    The questions are drawn once: a tick withdrawn and given again keeps them.
    """
    if not GRANT.ask(candidate=candidate.pk, at=at, by=by.pk):
        Attempt.objects.create(
            candidate=candidate,
            question_ids=draw_questions(),
            right=Right.START,
            right_granted_at=at,
            right_granted_by=by,
        )


def withdraw_right(candidate):
    """Call under the session's lock, before the start only."""
    WITHDRAW.ask(candidate=candidate.pk)


GRANT = Here(
    lambda candidate, **others: Attempt.objects.filter(candidate=candidate),
    sets={"right": Right.START, "right_granted_at": "at", "right_granted_by": "by"},
    candidate=Mark.whole,
    at=Mark.instant,
    by=Mark.whole,
)
WITHDRAW = Here(
    lambda candidate: Attempt.objects.filter(candidate=candidate, state=AttemptState.PREPARED),
    sets={"right": Right.NONE},
    candidate=Mark.whole,
)


def draw_questions():
    """Three questions a competence, in the order of the framework. Raises NotEnoughQuestions."""
    by_competence = defaultdict(list)
    for pk, competence in Question.objects.filter(is_active=True).values_list("pk", "competence"):
        by_competence[competence].append(pk)
    if any(len(by_competence[code]) < QUESTIONS_PER_COMPETENCE for code in Competence.values):
        raise NotEnoughQuestions
    draw = random.SystemRandom().sample
    return [
        pk
        for code in Competence.values
        for pk in draw(by_competence[code], QUESTIONS_PER_COMPETENCE)
    ]


def enter_test(
    candidate, code, *, by, seat_key="", consent_version=CONSENT_VERSION, operation=None
):
    """Open the test, or open it again after a resume was authorised.

    `seat_key` is the key of the test that this browser already holds, if any. Returns the attempt,
    whose `seat_key` the browser must keep: sent again because the answer was lost, the same
    `operation` gets it again. The checks come in the order of domain.md § 4: session
    open, code right, presence confirmed or resume authorised. Raises SessionClosed, TooManyTries,
    WrongAccessCode, PresenceNotConfirmed, NotAuthorisedToResume (which asks the invigilator),
    TestIsOver.
    """
    tries = f"code:{candidate.session_id}:{by.pk}"
    throttle.take_try(tries)
    try:
        with transaction.atomic():
            attempt = _enter(candidate, code, by, seat_key, consent_version, operation)
            throttle.clear(tries)
    except WrongAccessCode:
        raise
    except Exception:
        # The code was right, or was not judged: only wrong codes count as failures.
        throttle.clear(tries)
        raise
    if attempt is None:
        ask_to_resume(candidate, by=by)
        raise NotAuthorisedToResume
    return attempt


def _enter(candidate, code, by, seat_key, consent_version, operation):
    session = lock_open_session(candidate.session_id)
    if not code_matches(code, session.access_code):
        raise WrongAccessCode(field="code")
    candidate = Candidate.objects.get(pk=candidate.pk, session=session, user=by)
    attempt = Attempt.objects.filter(candidate=candidate).first()
    if attempt is None or attempt.state == AttemptState.PREPARED:
        return _start(session, candidate, attempt, by, consent_version, operation)
    if attempt.is_over:
        raise TestIsOver
    if seat_key and secrets.compare_digest(seat_key, attempt.seat_key):
        return attempt
    if _opened_by(operation, candidate, by):
        return attempt
    return _resume(session, candidate, attempt, by, operation)


def _opened_by(operation, candidate, by):
    """The same press sent again, and no other browser opened the test since."""
    event = replayed(operation, by=by)
    if event is None:
        return False
    since = AuditEvent.objects.filter(candidate_id=candidate.pk, kind__in=OPENINGS, pk__gt=event.pk)
    return not since.exists()


def _start(session, candidate, attempt, by, consent_version, operation):
    now = timezone.now()
    opened = attempt is not None and Attempt.objects.filter(
        pk=attempt.pk, state=AttemptState.PREPARED, right=Right.START
    ).update(
        state=AttemptState.RUNNING,
        right=Right.NONE,
        started_at=now,
        question_shown_at=now,
        certification_number=F("pk") + FIRST_CERTIFICATION_NUMBER,
        consent_version=consent_version,
        seat_key=secrets.token_urlsafe(24),
    )
    if not opened:
        raise PresenceNotConfirmed
    attempt.refresh_from_db()
    Beat.objects.create(attempt=attempt, last_seen_at=now)
    session.started_count += 1
    session.first_started_at = session.first_started_at or now
    candidate.test_started_at = now
    _show_change(session, candidate, "test_started_at")
    record(
        "attempt.started",
        by=by,
        operation=operation,
        session=session,
        candidate=candidate,
        number=attempt.certification_number,
        consent_version=consent_version,
    )
    return attempt


def _resume(session, candidate, attempt, by, operation):
    """None when nobody authorised it: the caller asks, in a transaction of its own."""
    now = timezone.now()
    if not attempt.may_resume(now):
        return None
    attempt.right, attempt.seat_key = Right.NONE, secrets.token_urlsafe(24)
    attempt.silent_since = None
    attempt.save(update_fields=["right", "seat_key", "silent_since"])
    attempt.resume_requests.filter(state__in=[ResumeState.GRANTED, ResumeState.PENDING]).update(
        state=ResumeState.USED
    )
    Beat.objects.filter(attempt=attempt).update(last_seen_at=now)
    _show_change(session, candidate)
    record("attempt.resumed", by=by, operation=operation, session=session, candidate=candidate)
    return attempt


def _show_change(session, candidate, *fields):
    """Bump what the board polls (architecture.md § 3)."""
    session.version += 1
    candidate.row_version = session.version
    session.save(update_fields=["version", "started_count", "first_started_at"])
    Candidate.objects.filter(pk=candidate.pk).update(
        row_version=session.version, **{name: getattr(candidate, name) for name in fields}
    )
