"""What the centre's pages read."""

from sessions.queries.candidates import (
    account_name_differs,
    candidates_of,
    too_many_candidates,
)
from sessions.queries.history import (
    LABELS,
    history,
    history_for_centre,
    history_of,
    history_of_centre,
    of_sort,
    openings,
    page_of_events,
    told,
)
from sessions.queries.page import (
    invigilators_of,
    is_manager,
    open_accesses,
    password_is_suspect,
    session_in_scope,
    session_page,
)
from sessions.queries.register import (
    classes_of,
    last_register_import,
    mark_enrolled,
    of_register,
    page_of_pupils,
)
from sessions.queries.sessions import (
    COLUMNS,
    PERIODS,
    STATUSES,
    centre_day,
    page_of_sessions,
    session_to_copy,
    waiting_for_the_centre,
)
from sessions.queries.week import week_of

__all__ = [
    "COLUMNS",
    "LABELS",
    "PERIODS",
    "STATUSES",
    "account_name_differs",
    "candidates_of",
    "centre_day",
    "classes_of",
    "history",
    "history_for_centre",
    "history_of",
    "history_of_centre",
    "invigilators_of",
    "is_manager",
    "last_register_import",
    "mark_enrolled",
    "of_register",
    "of_sort",
    "open_accesses",
    "openings",
    "page_of_events",
    "page_of_pupils",
    "page_of_sessions",
    "password_is_suspect",
    "session_in_scope",
    "session_page",
    "session_to_copy",
    "told",
    "too_many_candidates",
    "waiting_for_the_centre",
    "week_of",
]
