import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from certif.audit.models import record
from certif.lib.compiled import Here, Insert, Instances, Mark
from exam import silences
from exam.actions.ending import finish_attempt
from exam.actions.refusals import (
    EmptyAnswer,
    NotBegun,
    OtherQuestion,
    QuestionOnHold,
    QuestionReplaced,
    TestIsElsewhere,
    TestIsOver,
)
from exam.actions.resuming import mark_row_changed
from exam.durations import minutes_and_seconds
from exam.enums import Outcome, ResumeState, Right
from exam.models import SILENT_AFTER, Answer, Attempt, Beat, Question, QuestionProblem
from exam.scoring import is_right
from sessions.actions.session import lock_open_session
from sessions.models import ExamSession

# An answer sent in time may arrive late on a slow network.
GRACE = timedelta(seconds=5)
# A silence that the list shows, ended by the answer, is a cut; a longer one leaves room to cheat.
LONGEST_CUT = timedelta(minutes=10)


def answer_question(attempt, *, number, value, passed, by, seat_key, question_id=None):
    """Keep one answer, or « Je passe » (`value` is then None). Repeating it changes nothing.

    `question_id` is the question that the person had before his eyes. Raises SessionClosed,
    TestIsOver, TestIsElsewhere, EmptyAnswer, OtherQuestion (this number was answered otherwise
    already, or is not the current one), QuestionReplaced, NotBegun (which may be passed all the
    same), QuestionOnHold.
    """
    # Waiting for the session's row makes nobody late.
    arrived_at = timezone.now()
    with transaction.atomic():
        session = lock_open_session(attempt.candidate.session_id)
        attempt = running(attempt, seat_key)
        if not passed and not value:
            raise EmptyAnswer
        now = timezone.now()
        question = question_of(attempt, number)
        if number != attempt.current_number:
            _accept_repetition(attempt, number, None if passed else value)
            return attempt
        refuse_other_question(attempt, number, question_id)
        if not passed:
            refuse_before_it_begins(attempt, question)
        _refuse_on_hold(attempt)
        ANSWERS.add(
            Answer(
                attempt=attempt,
                number=number,
                question=question,
                value=None if passed else value,
                outcome=_outcome(session, attempt, question, value, passed, arrived_at, by=by),
                answered_at=now,
            )
        )
        attempt.answered_count, attempt.question_shown_at = number, None
        attempt.silent_since = None
        GO_ON.ask(attempt=attempt.pk, number=number)
        HEARD.ask(attempt=attempt.pk, now=now)
        if attempt.is_complete:
            finish_attempt(session, attempt, by=by, at=now)
        mark_row_changed(session, attempt.candidate_id)
        return attempt


ON_HOLD = Instances(
    lambda attempt: QuestionProblem.objects.pending().filter(attempt=attempt), "attempt"
)
ANSWERS = Insert(Answer)
GO_ON = Here(
    lambda attempt, **others: Attempt.objects.filter(pk=attempt),
    sets={"answered_count": "number", "question_shown_at": None, "silent_since": None},
    attempt=Mark.whole,
    number=Mark.whole,
)
HEARD = Here(
    lambda attempt, **others: Beat.objects.filter(attempt=attempt),
    sets={"last_seen_at": "now"},
    attempt=Mark.whole,
    now=Mark.instant,
)


def show_question(attempt, *, seat_key):
    """The current question of a running test. Raises TestIsOver, TestIsElsewhere."""
    attempt = running(attempt, seat_key)
    question = question_of(attempt, attempt.current_number)
    if limit_ends_at(attempt, question):
        # Whoever asks for the page again was not cut off until his answer.
        now = timezone.now()
        heard_before(attempt, now).update(last_seen_at=now)
    return attempt, question


@transaction.atomic
def begin_question(attempt, *, number, seat_key, question_id=None):
    """The candidate asked for a timed question: its clock starts.

    Repeating it changes nothing, unless the answer was lost in a cut that the list shows: what he has
    not seen costs him no time then, and the trace tells it. Raises SessionClosed, TestIsOver,
    TestIsElsewhere, OtherQuestion, QuestionReplaced, QuestionOnHold.
    """
    session = lock_open_session(attempt.candidate.session_id)
    attempt = running(attempt, seat_key)
    refuse_other_question(attempt, number, question_id)
    _refuse_on_hold(attempt)
    question, now = question_of(attempt, number), timezone.now()
    begins = is_to_begin(attempt, question)
    if not begins and _was_not_seen(attempt, question, now):
        begins = True
        record(
            "question.begun_again",
            by=attempt.candidate.user,
            session=session,
            candidate=attempt.candidate,
            number=number,
            gap=minutes_and_seconds(now - _heard_at(attempt)),
        )
    if begins:
        attempt.question_shown_at = now
        attempt.save(update_fields=["question_shown_at"])
    return attempt


def _was_not_seen(attempt, question, now):
    """Cut off from the press to this one, which is the same: the page was not heard since."""
    if question.time_limit is None:
        return False
    heard_at = _heard_at(attempt)
    return heard_at <= attempt.question_shown_at + GRACE and _is_cut(now - heard_at)


def beat(attempt, *, seat_key):
    """A sign of life of the page that holds the test. Raises TestIsOver, TestIsElsewhere."""
    attempt = running(attempt, seat_key)
    now = timezone.now()
    heard_before(attempt, now).update(last_seen_at=now)
    if attempt.silent_since:
        _break_silence(attempt)


def heard_before(attempt, now):
    """The sign of life that a newer one replaces: of two at once, the later stays."""
    return Beat.objects.filter(attempt=attempt, last_seen_at__lt=now)


@transaction.atomic
def _break_silence(attempt):
    session = ExamSession.objects.locked().get(pk=attempt.candidate.session_id)
    if Attempt.objects.filter(pk=attempt.pk, silent_since__isnull=False).update(silent_since=None):
        mark_row_changed(session, attempt.candidate_id)


def note_silences(session):
    """Make facts of what time alone decides, so that rows change: silences, lapsed authorisations."""
    heard_before, granted_before = silences.limits(timezone.now())
    quiet = silences.quiet(session.pk, heard_before)
    lapsed = silences.lapsed(session.pk, granted_before)
    if not (quiet.exists() or lapsed.exists()):
        return
    with transaction.atomic():
        session = ExamSession.objects.locked().get(pk=session.pk)
        if not session.is_open:
            return
        for attempt in quiet.select_related("beat"):
            attempt.silent_since = attempt.beat.last_seen_at
            attempt.save(update_fields=["silent_since"])
            mark_row_changed(session, attempt.candidate_id)
        for attempt in lapsed:
            attempt.right = Right.NONE
            attempt.save(update_fields=["right"])
            attempt.resume_requests.filter(state=ResumeState.GRANTED).update(
                state=ResumeState.LAPSED
            )
            mark_row_changed(session, attempt.candidate_id)


ATTEMPT = Instances(
    lambda attempt: Attempt.objects.select_related("candidate").filter(pk=attempt), "attempt"
)


def running(attempt, seat_key):
    """As it is now. Raises TestIsOver, TestIsElsewhere."""
    (attempt,) = ATTEMPT.ask(attempt=attempt.pk)
    if attempt.is_over:
        raise TestIsOver
    if not (seat_key and secrets.compare_digest(seat_key, attempt.seat_key)):
        raise TestIsElsewhere
    return attempt


def refuse_other_question(attempt, number, question_id):
    """What was on screen is not the current question: an older page, or a withdrawn question."""
    if number != attempt.current_number:
        raise OtherQuestion
    if question_id is not None and question_id != _question_id(attempt, number):
        raise QuestionReplaced


QUESTION = Instances(lambda question: Question.objects.filter(pk=question), "question")


def question_of(attempt, number):
    """Raises OtherQuestion."""
    (question,) = QUESTION.ask(question=_question_id(attempt, number))
    return question


def _question_id(attempt, number):
    if not 1 <= number <= attempt.question_count:
        raise OtherQuestion
    return attempt.question_ids[number - 1]


def _accept_repetition(attempt, number, value):
    """A retry whose first answer was kept but not heard is a success; another answer is not."""
    kept = Answer.objects.filter(attempt=attempt, number=number).first()
    if kept is None or kept.value != value:
        raise OtherQuestion


def _outcome(session, attempt, question, value, passed, now, *, by):
    if passed:
        return Outcome.PASSED
    late = _is_late(attempt, question, now) and not _waited_for_a_cut(
        session, attempt, question, now, by
    )
    return Outcome.RIGHT if not late and is_right(question, value) else Outcome.WRONG


def _is_late(attempt, question, at):
    ends_at = limit_ends_at(attempt, question)
    return ends_at and at > ends_at + GRACE


def _waited_for_a_cut(session, attempt, question, now, by):
    """The page was heard in time, then not at all until this answer: the doubt is the candidate's.

    Only the server's own measure counts, of a silence that the list shows; the trace tells it.
    """
    heard_at = _heard_at(attempt)
    was_in_time = heard_at <= limit_ends_at(attempt, question)
    silence = now - heard_at
    if not (was_in_time and _is_cut(silence)):
        return False
    record(
        "answer.after_cut",
        by=by,
        session=session,
        candidate=attempt.candidate,
        number=attempt.current_number,
        gap=minutes_and_seconds(silence),
    )
    return True


def _heard_at(attempt):
    return Beat.objects.values_list("last_seen_at", flat=True).get(attempt=attempt)


def _is_cut(silence):
    return SILENT_AFTER < silence <= LONGEST_CUT


def is_to_begin(attempt, question):
    """A timed question that he has not asked for: nothing of it is shown, no answer to it is kept.

    He may pass it, or tell a problem of it.
    """
    return question.time_limit is not None and attempt.question_shown_at is None


def refuse_before_it_begins(attempt, question):
    if is_to_begin(attempt, question):
        raise NotBegun


def _refuse_on_hold(attempt):
    if ON_HOLD.ask(attempt=attempt.pk):
        raise QuestionOnHold


def time_allowed(attempt, question):
    """The limit of a timed question, the candidate's extra time applied; None without a limit."""
    if question.time_limit is None:
        return None
    percent = 100 + attempt.candidate.extra_time_percent
    return timedelta(seconds=question.time_limit) * percent / 100


def limit_ends_at(attempt, question):
    """Of a timed question that has begun; None of any other."""
    limit = time_allowed(attempt, question)
    return attempt.question_shown_at + limit if limit and attempt.question_shown_at else None
