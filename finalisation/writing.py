"""Who wrote each field of the closing file last."""

from datetime import datetime
from typing import NamedTuple

from certif.accounts.models import User


class Written(NamedTuple):
    by: User
    at: datetime


def reason_of(attempt):
    """The reason given so far, or ""."""
    given = getattr(attempt, "unfinished_reason", None)
    return given.reason if given else ""


def written_reason(attempt):
    given = getattr(attempt, "unfinished_reason", None)
    return Written(given.given_by, given.given_at) if given else None


def written_end_screen(attempt):
    if attempt.end_screen_seen_at is None:
        return None
    return Written(attempt.end_screen_seen_by, attempt.end_screen_seen_at)


def text_author(closing_file, name):
    """Of `has_incident`, `global_comment` or `documents_comment`."""
    at = getattr(closing_file, f"{name}_at")
    return Written(getattr(closing_file, f"{name}_by"), at) if at else None
