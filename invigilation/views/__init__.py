from invigilation.views.candidates import (
    confirm_day,
    end_screen,
    end_test,
    presence,
    resume_cancel,
    resume_refuse,
    unlink,
)
from invigilation.views.centre import reopen_test
from invigilation.views.documents import document, fraud_report
from invigilation.views.facts import history, steps
from invigilation.views.notes import note_correct, note_discard, notes
from invigilation.views.problems import problem_accept, problem_reject
from invigilation.views.reports import report, report_correct, report_discard, reports
from invigilation.views.room import board, board_live, code, code_asks, join, leave
from invigilation.views.time import (
    add_time,
    add_time_room,
    code_given,
    end_overdue,
    extra_time,
    resume_authorise,
)

__all__ = [
    "add_time",
    "add_time_room",
    "board",
    "board_live",
    "code",
    "code_asks",
    "code_given",
    "confirm_day",
    "document",
    "end_overdue",
    "end_screen",
    "end_test",
    "extra_time",
    "fraud_report",
    "history",
    "join",
    "leave",
    "note_correct",
    "note_discard",
    "notes",
    "presence",
    "problem_accept",
    "problem_reject",
    "reopen_test",
    "report",
    "report_correct",
    "report_discard",
    "reports",
    "resume_authorise",
    "resume_cancel",
    "resume_refuse",
    "steps",
    "unlink",
]
