"""What the centre's pages read."""

from sessions.queries.candidates import (
    account_name_differs,
    candidates_of,
    too_many_candidates,
)
from sessions.queries.history import page_of_history
from sessions.queries.page import (
    is_manager,
    open_accesses,
    password_is_suspect,
    presence_noted,
    session_in_scope,
    session_page,
)
from sessions.queries.sessions import STATUSES, page_of_sessions

__all__ = [
    "STATUSES",
    "account_name_differs",
    "candidates_of",
    "is_manager",
    "open_accesses",
    "page_of_history",
    "page_of_sessions",
    "password_is_suspect",
    "presence_noted",
    "session_in_scope",
    "session_page",
    "too_many_candidates",
]
