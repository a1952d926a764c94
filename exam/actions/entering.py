"""From the tick to the first question: one right, single use, consumed where the test opens."""

import random
import secrets
from collections import defaultdict
from contextlib import suppress
from typing import NamedTuple

from django.db import Error, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from certif.accounts import throttle
from certif.accounts.models import User
from certif.audit.models import AuditEvent, record, replayed
from certif.audit.operations import Operation
from certif.lib.compiled import Changed, Here, Insert, Mark, Rows
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
from sessions.actions import ask_other_day
from sessions.actions.session import lock_open_session
from sessions.codes import code_matches
from sessions.models import Candidate, ExamSession

CONSENT_VERSION = "2022-03"
OPENINGS = ("attempt.started", "attempt.resumed")


def prepare_attempt(candidate, *, by, at):
    """Draw the questions and grant the right to start. Call under the session's lock.

    The questions are drawn once: a tick withdrawn and given again keeps them.
    """
    if not GRANT.ask(candidate=candidate.pk, at=at, by=by.pk):
        ATTEMPTS.add(
            Attempt(
                candidate=candidate,
                question_ids=draw_questions(),
                right=Right.START,
                right_granted_at=at,
                right_granted_by=by,
            )
        )


ATTEMPTS = Insert(Attempt)


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


IN_USE = Rows(
    lambda: Question.objects.filter(is_active=True).order_by().values_list("pk", "competence")
)


def draw_questions():
    """Three questions a competence, in the order of the framework. Raises NotEnoughQuestions."""
    by_competence = defaultdict(list)
    for pk, competence in IN_USE.ask():
        by_competence[competence].append(pk)
    if any(len(by_competence[code]) < QUESTIONS_PER_COMPETENCE for code in Competence.values):
        raise NotEnoughQuestions
    draw = random.SystemRandom().sample
    return [
        pk
        for code in Competence.values
        for pk in draw(by_competence[code], QUESTIONS_PER_COMPETENCE)
    ]


class _NotPlain(Exception):
    """Not the ordinary case: the rules are asked one by one."""


class Press(NamedTuple):
    """The press of « Commencer mon test » or « Reprendre mon test »."""

    candidate: Candidate
    code: str
    by: User
    seat_key: str
    consent_version: str
    operation: Operation | None
    other_day: bool

    @property
    def tries(self):
        return f"code:{self.candidate.session_id}:{self.by.pk}"


def enter_test(
    candidate,
    code,
    *,
    by,
    seat_key="",
    consent_version=CONSENT_VERSION,
    operation=None,
    other_day=False,
):
    """Open the test, or open it again after a resume was authorised.

    `seat_key` is the key of the test that this browser already holds, if any. Returns the attempt,
    whose `seat_key` the browser must keep: sent again because the answer was lost, the same
    `operation` gets it again, and a wrong code counts once. The checks come in the order of
    domain.md § 4: session open, code right, presence confirmed or resume authorised; a start on
    another day than the session's asks once, and `other_day` says yes. Raises SessionClosed,
    TooManyTries, WrongAccessCode, PresenceNotConfirmed, OtherDay, NotAuthorisedToResume (which asks
    the invigilator), TestIsOver.
    """
    press = Press(candidate, code, by, seat_key, consent_version, operation, other_day)
    throttle.take_try(press.tries)
    try:
        attempt = _enter(press)
    except WrongAccessCode:
        throttle.count_once(press.tries, press.operation)
        raise
    except Exception:
        # The code was right, or was not judged: only wrong codes count as failures.
        # The database that went away may not be there for this either; the first reason is the one to tell.
        with suppress(Error):
            throttle.clear(press.tries)
        raise
    if attempt is None:
        ask_to_resume(candidate, by=by)
        raise NotAuthorisedToResume
    return attempt


def _enter(press):
    try:
        return _start_at_once(press)
    except (_NotPlain, IntegrityError):
        return _enter_by_the_rules(press)


@transaction.atomic
def _start_at_once(press):
    """Nearly every start: statements compiled once, which ask what the rules below ask.

    An operation already written is refused by its constraint. Whatever does not fit undoes it all.
    """
    candidate, now = press.candidate, timezone.now()
    session = ExamSession.objects.started_once_more(candidate.session_id, now)
    if session is None or not (session.is_today and code_matches(press.code, session.access_code)):
        raise _NotPlain
    ids = {"candidate": candidate.pk, "session": session.pk, "by": press.by.pk}
    if not SIT_DOWN.ask(**ids, version=session.version, now=now):
        raise _NotPlain
    seat, consent = secrets.token_urlsafe(24), press.consent_version
    attempt = next(
        iter(OPEN.ask(candidate=candidate.pk, now=now, consent=consent, seat=seat)), None
    )
    if attempt is None:
        raise _NotPlain
    BEATS.add(Beat(attempt=attempt, last_seen_at=now))
    _tell_start(session, attempt, press)
    throttle.clear(press.tries)
    return attempt


def _may_sit_down(candidate, session, by, **others):
    waiting = Candidate.objects.for_candidate(by).filter(
        is_present=True, test_started_at__isnull=True
    )
    return waiting.filter(pk=candidate, session=session)


def _may_start(candidate, **others):
    return Attempt.objects.filter(
        candidate=candidate, state=AttemptState.PREPARED, right=Right.START
    )


SIT_DOWN = Here(
    _may_sit_down,
    sets={"test_started_at": "now", "row_version": "version"},
    candidate=Mark.whole,
    session=Mark.whole,
    by=Mark.whole,
    version=Mark.whole,
    now=Mark.instant,
)
OPENED = {
    "state": AttemptState.RUNNING,
    "right": Right.NONE,
    "certification_number": F("pk") + FIRST_CERTIFICATION_NUMBER,
}
OPEN = Changed(
    _may_start,
    sets={
        **OPENED,
        "started_at": "now",
        "consent_version": "consent",
        "seat_key": "seat",
    },
    candidate=Mark.whole,
    now=Mark.instant,
    consent=Mark.text,
    seat=Mark.text,
)
BEATS = Insert(Beat)


@transaction.atomic
def _enter_by_the_rules(press):
    """None when nobody authorised a resume: the caller asks, in a transaction of its own."""
    session = lock_open_session(press.candidate.session_id)
    if not code_matches(press.code, session.access_code):
        raise WrongAccessCode(field="code")
    candidate = Candidate.objects.get(pk=press.candidate.pk, session=session, user=press.by)
    attempt = Attempt.objects.filter(candidate=candidate).first()
    if attempt is None or attempt.state == AttemptState.PREPARED:
        attempt = _start(session, candidate, attempt, press)
    elif attempt.is_over:
        raise TestIsOver
    elif not (_holds(press, attempt) or _opened_by(press)):
        attempt = _resume(session, candidate, attempt, press)
    throttle.clear(press.tries)
    return attempt


def _holds(press, attempt):
    return press.seat_key and secrets.compare_digest(press.seat_key, attempt.seat_key)


def _opened_by(press):
    """The same press sent again, and no other browser opened the test since."""
    event = replayed(press.operation, by=press.by)
    if event is None:
        return False
    openings = AuditEvent.objects.filter(candidate_id=press.candidate.pk, kind__in=OPENINGS)
    return not openings.filter(pk__gt=event.pk).exists()


def _start(session, candidate, attempt, press):
    now = timezone.now()
    opened = attempt is not None and _may_start(candidate).update(
        **OPENED,
        started_at=now,
        consent_version=press.consent_version,
        seat_key=secrets.token_urlsafe(24),
    )
    if not opened:
        raise PresenceNotConfirmed
    ask_other_day(session, by=press.by, confirmed=press.other_day)
    attempt.refresh_from_db()
    Beat.objects.create(attempt=attempt, last_seen_at=now)
    session.started_count += 1
    session.first_started_at = session.first_started_at or now
    candidate.test_started_at = now
    _show_change(session, candidate, "test_started_at")
    _tell_start(session, attempt, press)
    return attempt


def _tell_start(session, attempt, press):
    record(
        "attempt.started",
        by=press.by,
        operation=press.operation,
        session=session,
        candidate=press.candidate,
        number=attempt.certification_number,
        consent_version=press.consent_version,
    )


def _resume(session, candidate, attempt, press):
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
    about = {"session": session, "candidate": candidate}
    record("attempt.resumed", by=press.by, operation=press.operation, **about)
    return attempt


def _show_change(session, candidate, *fields):
    """Bump what the board polls (architecture.md § 3)."""
    session.version += 1
    candidate.row_version = session.version
    session.save(update_fields=["version", "started_count", "first_started_at"])
    Candidate.objects.filter(pk=candidate.pk).update(
        row_version=session.version, **{name: getattr(candidate, name) for name in fields}
    )
