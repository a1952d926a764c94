"""What happens to a test. Every write of this app is here."""

from exam.actions.answering import (
    answer_question,
    beat,
    begin_question,
    heard_before,
    is_to_begin,
    limit_ends_at,
    note_silences,
    question_of,
    refuse_before_it_begins,
    show_question,
    time_allowed,
)
from exam.actions.ending import end_attempt, finish_attempt, note_end_screen_seen
from exam.actions.entering import enter_test, prepare_attempt, withdraw_right
from exam.actions.granting import grant_minutes
from exam.actions.overdue import end_overdue, overdue_tests
from exam.actions.problems import (
    go_on,
    raise_problem,
    replace_question,
    settle,
    spares_of,
    withdraw_problem,
)
from exam.actions.refusals import (
    NotAuthorisedToResume,
    PresenceNotConfirmed,
    ProblemDecided,
    TestIsElsewhere,
    TestIsOver,
    WrongAccessCode,
)
from exam.actions.reopening import refuse_reopening, reopen_test
from exam.actions.resuming import ask_to_resume, authorise_resume, cancel_resume, refuse_resume

__all__ = [
    "NotAuthorisedToResume",
    "PresenceNotConfirmed",
    "ProblemDecided",
    "TestIsElsewhere",
    "TestIsOver",
    "WrongAccessCode",
    "answer_question",
    "ask_to_resume",
    "authorise_resume",
    "beat",
    "begin_question",
    "cancel_resume",
    "end_attempt",
    "end_overdue",
    "enter_test",
    "finish_attempt",
    "go_on",
    "grant_minutes",
    "heard_before",
    "is_to_begin",
    "limit_ends_at",
    "note_end_screen_seen",
    "note_silences",
    "overdue_tests",
    "prepare_attempt",
    "question_of",
    "raise_problem",
    "refuse_before_it_begins",
    "refuse_reopening",
    "refuse_resume",
    "reopen_test",
    "replace_question",
    "settle",
    "show_question",
    "spares_of",
    "time_allowed",
    "withdraw_problem",
    "withdraw_right",
]
