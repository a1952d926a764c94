"""The beat and the waiting poll of a candidate, answered in front of Django (certif.lib.fast_path)."""

import re
from http import HTTPStatus

from django.db.models import Subquery
from django.utils import timezone

from certif.accounts.queries import logged_in
from certif.lib.compiled import Compiled, Instances, Mark
from certif.lib.fast_path import NOTHING_NEW, Answer, Pass, Poll, fingerprint
from exam import actions, seat
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
    return found.password is not None and fingerprint(found.password) == asked.holder.epoch


KINDS = {
    "candidate": Mark.whole,
    "user": Mark.whole,
    "session_key": Mark.text,
    "now": Mark.instant,
}


# --- The beat -------------------------------------------------------------------------------------


# What the end of a test, and that of a timed question, follow from.
ENDS = [
    "candidate__extra_time_percent",
    "started_at",
    "granted_minutes",
    "question_ids",
    "answered_count",
    "question_shown_at",
]


def _running(candidate, user, session_key, now):
    """Whose silence broke is Django's: the list changes."""
    attempts = Attempt.objects.for_candidate(user).filter(
        candidate=candidate, state=AttemptState.RUNNING, silent_since=None
    )
    return (
        attempts.select_related("candidate")
        .only("seat_key", *ENDS)
        .annotate(password=_password(user, session_key, now))
    )


RUNNING = Instances(_running, **KINDS)
HEARD = Compiled(
    actions.heard_before,
    sets={"last_seen_at": "now"},
    attempt=Mark.whole,
    now=Mark.instant,
)
QUESTION = Instances(
    lambda question: Question.objects.filter(pk=question).only("time_limit"), "question"
)


def beat(asked):
    """As long as the login, the account and the seat stand, the test runs and was not silent."""
    now = timezone.now()
    for attempt in RUNNING.ask(now=now, **_asked_for(asked)):
        if _stands(asked, attempt) and seat.holds(asked.request, attempt):
            HEARD.ask(attempt=attempt.pk, now=now)
            headers = headers_of_beat(attempt, is_timed="limit" in asked.query)
            return Answer(HTTPStatus.NO_CONTENT, headers=tuple(headers.items()))
    return None


def headers_of_beat(attempt, *, is_timed):
    """The end of the test, in epoch milliseconds; that of the question too, for a page that shows one."""
    headers = {"X-Test-Deadline": _epoch(attempt.deadline)}
    if is_timed and (ends_at := _limit_ends_at(attempt)):
        headers["X-Question-Limit"] = _epoch(ends_at)
    return headers


def _limit_ends_at(attempt):
    """Of the timed question on screen: the extra time may have changed since it was shown."""
    (question,) = QUESTION.ask(question=attempt.question_ids[attempt.answered_count])
    limit = actions.time_allowed(attempt, question)
    return attempt.question_shown_at + limit if limit and attempt.question_shown_at else None


def _epoch(moment):
    return f"{int(moment.timestamp())}000"


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
