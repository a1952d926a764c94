"""What the pages of an import show, from the plan that was kept."""

from collections import Counter

from django.core.paginator import Paginator
from django.utils import timezone

from sessions.enums import ImportKind, ImportState, SessionState
from sessions.models import ExamSession, PreparedImport

ERRORS_PER_PAGE = 200
LINES_PER_PAGE = 100
SESSIONS_PER_PAGE = 25
MOST_SESSIONS = 500
ACTIONS = ("added", "changed", "removed", "kept")


def waiting_imports(centre):
    """Those that wait for a person, or for the worker."""
    imports = PreparedImport.objects.filter(centre=centre).exclude(state=ImportState.DONE)
    return imports.select_related("created_by").defer("source", "plan", "errors")


def sessions_to_fill(centre):
    """Those whose candidates may still come from a file: open, to come or of today, not started."""
    return ExamSession.objects.filter(
        centre=centre,
        state=SessionState.CREATED,
        first_started_at__isnull=True,
        ends_at__gte=timezone.now(),
    ).order_by("starts_at", "pk")[:MOST_SESSIONS]


def preview(prepared, *, number):
    """What would be written: counts, then a page of sessions or of lines."""
    plan = prepared.plan
    if prepared.kind == ImportKind.REGISTER:
        lines, unchanged = plan["pupils"], plan["unchanged"]
        page = {"lines": Paginator(lines, LINES_PER_PAGE).get_page(number)}
    elif prepared.kind == ImportKind.CANDIDATES:
        (part,) = plan["sessions"]
        lines, unchanged = part["candidates"], part["unchanged"]
        page = {"lines": Paginator(lines, LINES_PER_PAGE).get_page(number)}
    else:
        parts = plan["sessions"]
        lines = [line for part in parts for line in part["candidates"]]
        unchanged = sum(part["unchanged"] for part in parts)
        shown = [with_counts(part) for part in parts]
        page = {"sessions": Paginator(shown, SESSIONS_PER_PAGE).get_page(number)}
    counts = Counter(line["action"] for line in lines)
    sessions = Counter(part["action"] for part in plan.get("sessions", ()))
    return {
        **page,
        "counts": {action: counts[action] for action in ACTIONS},
        "session_counts": sessions,
        "unchanged": unchanged,
        "nothing": not lines and not (sessions["added"] or sessions["changed"]),
        "warnings": plan["warnings"],
        "moved": plan["moved"],
    }


def with_counts(part):
    return part | {"counts": Counter(line["action"] for line in part["candidates"])}


def errors_of(prepared, *, number):
    return {
        "errors": Paginator(prepared.errors, ERRORS_PER_PAGE).get_page(number),
        "total": len(prepared.errors),
        "several_sheets": prepared.plan.get("tabs", 1) > 1,
    }
