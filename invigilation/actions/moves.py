"""The invigilator's moves on a test, each under its own name in the audit."""

from exam import actions as exam_actions


def authorise_resume(candidate, *, by, demand=None, known=None, operation=None):
    return exam_actions.authorise_resume(
        candidate,
        by=by,
        kind="resume.authorised",
        demand=demand,
        known=known,
        operation=operation,
    )


def refuse_resume(candidate, *, by, demand=None, operation=None):
    return exam_actions.refuse_resume(
        candidate, by=by, kind="resume.refused", demand=demand, operation=operation
    )


def cancel_resume(candidate, *, by, operation=None):
    return exam_actions.cancel_resume(
        candidate, by=by, kind="resume.cancelled", operation=operation
    )


def end_test(candidate, *, by, operation=None):
    return exam_actions.end_attempt(candidate, by=by, kind="attempt.ended", operation=operation)


def note_end_screen(candidate, *, seen, by, operation=None):
    kind = "end_screen.seen" if seen else "end_screen.unseen"
    return exam_actions.note_end_screen_seen(
        candidate, seen=seen, by=by, kind=kind, operation=operation
    )
