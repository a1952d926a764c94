"""Situations reached by the ordinary actions, as a user would reach them."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from exam import actions as exam_actions
from exam.enums import GrantReason, Outcome
from exam.models import Answer, Attempt, Question
from exam.scoring import is_right
from finalisation import actions as finalisation_actions
from finalisation.models import AbandonReason
from finalisation.piles import for_review, undecided
from invigilation import actions as invigilation_actions
from sessions.models import ExamSession
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    UserFactory,
)


def present(candidate, *, by=None):
    by = by or UserFactory()
    return invigilation_actions.set_presence(candidate, present=True, by=by, other_day=True)


def started(candidate=None, *, by=None, **candidate_fields):
    """A running attempt, whose candidate has joined and was ticked present. Needs the bank."""
    candidate = candidate or CandidateFactory(joined=True, **candidate_fields)
    present(candidate, by=by)
    code = candidate.session.access_code
    return exam_actions.enter_test(candidate, code, by=candidate.user)


def answer_all(attempt, *, value=None, upto=None):
    """Answer every question from the current one (passing when `value` is None).

    The first and the last by the action; those between, which nobody looks at, at once.
    """
    numbers = range(attempt.current_number, (upto or attempt.question_count) + 1)
    attempt = _answer(attempt, numbers[:1], value)
    _answer_at_once(attempt, numbers[1:-1], value)
    _answer(attempt, numbers[1:][-1:], value)
    return Attempt.objects.select_related("candidate__session").get(pk=attempt.pk)


def _answer(attempt, numbers, value):
    for number in numbers:
        exam_actions.begin_question(attempt, number=number, seat_key=attempt.seat_key)
        attempt = exam_actions.answer_question(
            attempt,
            number=number,
            value=value,
            passed=value is None,
            by=attempt.candidate.user,
            seat_key=attempt.seat_key,
        )
    return attempt


def _answer_at_once(attempt, numbers, value):
    """As the action writes them, one by one (tests/test_situations.py)."""
    questions = Question.objects.in_bulk(attempt.question_ids)
    asked = {number: questions[attempt.question_ids[number - 1]] for number in numbers}
    Answer.objects.bulk_create(
        Answer(
            attempt=attempt,
            number=number,
            question=question,
            value=value,
            outcome=_outcome(question, value),
        )
        for number, question in asked.items()
    )
    Attempt.objects.filter(pk=attempt.pk).update(answered_count=F("answered_count") + len(asked))
    ExamSession.objects.filter(pk=attempt.candidate.session_id).update(
        version=F("version") + len(asked)
    )


def _outcome(question, value):
    if value is None:
        return Outcome.PASSED
    return Outcome.RIGHT if is_right(question, value) else Outcome.WRONG


def finished(candidate=None, **fields):
    return answer_all(started(candidate, **fields), value=[1])


def over(session):
    """Its hours are behind us, whatever the hour of the test."""
    now = timezone.now()
    session.starts_at, session.ends_at = now - timedelta(hours=3), now - timedelta(hours=1)
    session.save(update_fields=["starts_at", "ends_at"])
    return session


def ended(candidate=None, *, by=None, **fields):
    attempt = started(candidate, **fields)
    return invigilation_actions.end_test(attempt.candidate, by=by or UserFactory())


def finalised(session=None, *, by=None):
    """A finalised session with one finished test."""
    session = session or ExamSessionFactory()
    by = by or UserFactory()
    if not session.candidates.exists():
        finished(session=session)
    session.refresh_from_db()
    return finalisation_actions.finalise(session, by=by)


def published(session=None, *, by=None):
    """Published, over whatever is undecided."""
    by = by or UserFactory()
    session = finalised(session)
    despite = undecided(for_review().get(pk=session.pk))
    return finalisation_actions.publish(session, by=by, despite=despite)


def invigilator_of(session):
    return InvigilatorAccessFactory(session=session).user


def give_reason(attempt, reason=AbandonReason.CANDIDATE, *, by=None):
    return finalisation_actions.save_closing_file(
        attempt.candidate.session, by=by or UserFactory(), reasons={attempt.pk: reason}
    )


def granted(attempt, minutes):
    exam_actions.grant_minutes(
        attempt.candidate.session,
        [attempt.candidate_id],
        minutes=minutes,
        reason=GrantReason.ROOM,
        by=UserFactory(),
    )
