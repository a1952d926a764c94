"""What an invigilator does on the day. Every write of this app is here."""

from invigilation.actions.moves import (
    authorise_resume,
    cancel_resume,
    end_test,
    note_end_screen,
    refuse_resume,
)
from invigilation.actions.notes import NoteDiscarded, correct_note, discard_note, write_note
from invigilation.actions.presence import (
    PresenceFrozen,
    set_presence,
    unlink_account,
)
from invigilation.actions.problems import accept_problem, reject_problem
from invigilation.actions.reports import (
    ReportDiscarded,
    correct_report,
    discard_report,
    report_faults,
    write_report,
)
from invigilation.actions.time import (
    authorise_resume_adding,
    end_overdue_tests,
    note_code_given,
    set_extra_time,
)
from invigilation.actions.watching import note_seen
from sessions.actions import OtherDay

__all__ = [
    "NoteDiscarded",
    "OtherDay",
    "PresenceFrozen",
    "ReportDiscarded",
    "accept_problem",
    "authorise_resume",
    "authorise_resume_adding",
    "cancel_resume",
    "correct_note",
    "correct_report",
    "discard_note",
    "discard_report",
    "end_overdue_tests",
    "end_test",
    "note_code_given",
    "note_end_screen",
    "note_seen",
    "refuse_resume",
    "reject_problem",
    "report_faults",
    "set_extra_time",
    "set_presence",
    "unlink_account",
    "write_note",
    "write_report",
]
