"""What happens to a test. Every write of this app is here."""

from exam.actions.answering import answer_question, beat, note_silences, show_question, time_allowed
from exam.actions.ending import end_attempt, finish_attempt, note_end_screen_seen
from exam.actions.entering import enter_test, prepare_attempt, withdraw_right
from exam.actions.refusals import (
    NotAuthorisedToResume,
    PresenceNotConfirmed,
    TestIsElsewhere,
    TestIsOver,
    WrongAccessCode,
)
from exam.actions.resuming import ask_to_resume, authorise_resume, cancel_resume, refuse_resume

__all__ = [
    "NotAuthorisedToResume",
    "PresenceNotConfirmed",
    "TestIsElsewhere",
    "TestIsOver",
    "WrongAccessCode",
    "answer_question",
    "ask_to_resume",
    "authorise_resume",
    "beat",
    "cancel_resume",
    "end_attempt",
    "enter_test",
    "finish_attempt",
    "note_end_screen_seen",
    "note_silences",
    "prepare_attempt",
    "refuse_resume",
    "show_question",
    "time_allowed",
    "withdraw_right",
]
