"""The operation id of a form: what lets a tablet retry without doing a thing twice."""

import hashlib
import uuid
from dataclasses import dataclass

from certif.audit.models import replayed

FIELD = "operation"
FORM_VERSION = 4
_NOT_CONTENT = {FIELD, "csrfmiddlewaretoken"}


@dataclass(frozen=True)
class Operation:
    id: uuid.UUID
    fingerprint: str


def operation_of(request):
    """The operation of a POST: its id and the fingerprint of its address and content.

    None when the form carries no valid id: the action then runs without protection from replays.
    """
    try:
        operation_id = uuid.UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None
    # What is noted once an hour has an id made of what it tells (openings.py): not a form's to take first.
    if operation_id.version != FORM_VERSION:
        return None
    content = sorted((k, v) for k, v in request.POST.lists() if k not in _NOT_CONTENT)
    body = repr((request.path, content)).encode("utf-8", "surrogatepass")
    return Operation(operation_id, hashlib.sha256(body).hexdigest())


def done_already(request, kind):
    """The line that this very form wrote: a second click is no error."""
    event = replayed(operation_of(request), by=request.user)
    return event if event and event.kind == kind else None
