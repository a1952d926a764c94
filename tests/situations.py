"""Situations reached by the ordinary actions, as a user would reach them."""

from datetime import timedelta

from django.utils import timezone

from exam import actions as exam_actions
from exam.enums import GrantReason
from exam.models import Attempt
from finalisation import actions as finalisation_actions
from finalisation.models import AbandonReason
from finalisation.piles import for_review, undecided
from invigilation import actions as invigilation_actions
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    UserFactory,
)


def present(candidate, *, by=None):
    by = by or UserFactory()
    return invigilation_actions.set_presence(candidate, present=True, by=by)


def started(candidate=None, *, by=None, **candidate_fields):
    """A running attempt, whose candidate has joined and was ticked present. Needs the bank."""
    candidate = candidate or CandidateFactory(joined=True, **candidate_fields)
    present(candidate, by=by)
    code = candidate.session.access_code
    return exam_actions.enter_test(candidate, code, by=candidate.user)


def answer_all(attempt, *, value=None, upto=None):
    """Answer every question from the current one (passing when `value` is None)."""
    user = attempt.candidate.user
    for number in range(attempt.current_number, (upto or attempt.question_count) + 1):
        exam_actions.answer_question(
            attempt,
            number=number,
            value=value,
            passed=value is None,
            by=user,
            seat_key=attempt.seat_key,
        )
    return Attempt.objects.select_related("candidate__session").get(pk=attempt.pk)


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
