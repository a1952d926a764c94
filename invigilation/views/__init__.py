from invigilation.views.candidates import (
    confirm_day,
    end_screen,
    end_test,
    presence,
    resume_authorise,
    resume_cancel,
    resume_refuse,
    unlink,
)
from invigilation.views.documents import document, fraud_report
from invigilation.views.reports import report, report_correct, reports
from invigilation.views.room import board, board_live, code, join, leave

__all__ = [
    "board",
    "board_live",
    "code",
    "confirm_day",
    "document",
    "end_screen",
    "end_test",
    "fraud_report",
    "join",
    "leave",
    "presence",
    "report",
    "report_correct",
    "reports",
    "resume_authorise",
    "resume_cancel",
    "resume_refuse",
    "unlink",
]
