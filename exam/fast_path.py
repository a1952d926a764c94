"""The beat and the waiting poll of a candidate, answered in front of Django (certif.lib.fast_path)."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from django.db.models import F, Subquery
from django.utils import timezone

from certif.accounts.queries import logged_in
from certif.lib.compiled import Compiled, Instances, Mark, Rows
from certif.lib.fast_path import NOTHING_NEW, Answer, Pass, Poll
from exam import actions, seat
from exam.clock import deadline
from exam.entry import Entry, entry_at, with_standing
from exam.enums import AttemptState
from exam.models import Attempt, Question
from sessions.models import Candidate

# One for all the pages of a candidate, from the code to the last question.
PASS = Pass("candidate")


def give_pass(response, request, candidate_id):
    return PASS.give(response, request, candidate_id, f"{seat.PATH}{candidate_id}/")


def _password(user, session_key, now):
    """Of the account, as long as its login stands."""
    return Subquery(logged_in(user, session_key, now).values("password"))


def _asked_for(asked):
    holder = asked.holder
    return {"candidate": holder.page, "user": holder.user, "session_key": asked.session_key}


def _stands(asked, found):
    return found.password is not None and asked.holder.knows(found.password)


KINDS = {
    "candidate": Mark.whole,
    "user": Mark.whole,
    "session_key": Mark.text,
    "now": Mark.instant,
}


# --- The beat -------------------------------------------------------------------------------------


class Running(NamedTuple):
    """What a beat must know of a test; more would cost it its share."""

    pk: int
    candidate_id: int
    seat_key: str
    started_at: datetime
    granted_minutes: int
    extra_time_percent: int
    password: str | None

    @property
    def deadline(self):
        return deadline(self.started_at, self.extra_time_percent, self.granted_minutes)


def _running(candidate, user, session_key, now):
    """Whose silence broke is Django's: the list changes."""
    attempts = Attempt.objects.for_candidate(user).filter(
        candidate=candidate, state=AttemptState.RUNNING, silent_since=None
    )
    return attempts.annotate(
        extra_time_percent=F("candidate__extra_time_percent"),
        password=_password(user, session_key, now),
    ).values_list(*Running._fields)


RUNNING = Rows(_running, **KINDS)
HEARD = Compiled(
    actions.heard_before,
    sets={"last_seen_at": "now"},
    attempt=Mark.whole,
    now=Mark.instant,
)


def beat(asked):
    """As long as the login, the account and the seat stand, the test runs and was not silent."""
    now = timezone.now()
    for test in map(Running._make, RUNNING.ask(now=now, **_asked_for(asked))):
        if _stands(asked, test) and seat.holds(asked.request, test):
            HEARD.ask(attempt=test.pk, now=now)
            headers = headers_of_beat(test, is_timed="limit" in asked.query)
            return Answer(HTTPStatus.NO_CONTENT, headers=tuple(headers.items()))
    return None


def headers_of_beat(test, *, is_timed):
    """The end of the test, in epoch milliseconds, and the minutes added to it; the end of the question
    too, for a page that shows one."""
    headers = {
        "X-Test-Deadline": _epoch(test.deadline),
        "X-Test-Granted": str(test.granted_minutes),
    }
    if is_timed and (ends_at := _limit_ends_at(test.pk)):
        headers["X-Question-Limit"] = _epoch(ends_at)
    return headers


def _epoch(moment):
    return f"{int(moment.timestamp())}000"


def _on_screen(attempt):
    shown = ("question_ids", "answered_count", "question_shown_at", "candidate__extra_time_percent")
    return Attempt.objects.filter(pk=attempt).select_related("candidate").only(*shown)


ON_SCREEN = Instances(_on_screen, "attempt")
QUESTION = Instances(
    lambda question: Question.objects.filter(pk=question).only("time_limit"), "question"
)


def _limit_ends_at(attempt):
    """Of the timed question on screen: the extra time may have changed since it was shown."""
    (attempt,) = ON_SCREEN.ask(attempt=attempt)
    if attempt.is_complete:
        return None
    (question,) = QUESTION.ask(question=attempt.question_ids[attempt.answered_count])
    return actions.limit_ends_at(attempt, question)


# --- The waiting poll -----------------------------------------------------------------------------


def _waiting(candidate, user, session_key, now):
    candidates = Candidate.objects.for_candidate(user).filter(pk=candidate)
    return with_standing(candidates).annotate(password=_password(user, session_key, now))


WAITING = Instances(_waiting, **KINDS)


def waiting(asked):
    """While nothing moved."""
    now = timezone.now()
    for candidate in WAITING.ask(now=now, **_asked_for(asked)):
        entry = entry_at(candidate, now)
        is_current = entry != Entry.OVER and entry == asked.query["state"]
        return NOTHING_NEW if is_current and _stands(asked, candidate) else None
    return None


POLLS = [
    Poll(re.compile(r"/certifications/([0-9]{1,18})/test/signe"), PASS, beat, method="POST"),
    Poll(re.compile(r"/certifications/([0-9]{1,18})/attente"), PASS, waiting),
]
