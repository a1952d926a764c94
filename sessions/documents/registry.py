"""The documents of a session. An app registers its own in `AppConfig.ready`, as audit sentences are.

`render(session)` gives the file; `session.issue` tells the edition being made (its number, the
instant). To make one, call `sessions.actions.issue_document`, which
numbers and notes the edition.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sessions.documents.runs import RunTold
from sessions.models import ExamSession

PDF = "application/pdf"


class Audience(StrEnum):
    """Whose hands a document goes to, in the order of the page."""

    INVIGILATOR = "invigilator"
    CANDIDATES = "candidates"
    CENTRE = "centre"


@dataclass(frozen=True)
class Document:
    key: str  # in the URL: lower case, digits and hyphens
    title: str
    description: str
    audience: Audience
    render: Callable[[ExamSession], bytes] | None  # None for a long one
    needs_candidates: bool = False
    printed_ahead: bool = True  # ticked when a whole day is printed
    is_cut_up: bool = False  # each piece goes to somebody else: its back stays blank
    content_type: str = PDF
    extension: str = "pdf"
    # A long one is drawn by the worker alone, piece by piece, and asked for on a page of its own.
    pieces: Callable[[ExamSession], list["Piece"]] | None = None
    # Of a long one: since when what it tells is given (None while it is not), and the line that the
    # history keeps when its file is taken.
    given_since: Callable[[ExamSession], datetime | None] | None = None
    note_taken: Callable[..., None] | None = None
    told_as: type[RunTold] = RunTold  # what the page of a run of nothing else says of it

    def is_for(self, session):
        """Whether it has something to say of this session (its `candidate_count` is needed)."""
        return session.candidate_count > 0 or not self.needs_candidates

    def may_be_given(self, session, *, asked_at):
        """Not what was asked for before it was given, or taken back since: it may have changed."""
        if self.given_since is None:
            return True
        since = self.given_since(session)
        return since is not None and asked_at > since

    def filename(self, session):
        """No name of a person: a file name is seen on screens, and in the logs of proxies."""
        return f"{self.key}-session-{session.pk}.{self.extension}"


@dataclass(frozen=True)
class Piece:
    """Some pages of a long document. The back of each stays blank when each is for somebody else."""

    title: str
    render: Callable[[], bytes]
    count: int = 1  # how many things it counts for, where the run is told how far it is


_DOCUMENTS: dict[str, Document] = {}


def register(document):
    if document.key in _DOCUMENTS:
        raise LookupError(f"document registered twice: {document.key}")
    _DOCUMENTS[document.key] = document


def documents():
    """Those of the pages of any session, by audience, then in the order of registration."""
    order = list(Audience)
    offered = (document for document in _DOCUMENTS.values() if not document.pieces)
    return sorted(offered, key=lambda document: order.index(document.audience))


def document_of(key):
    return _DOCUMENTS.get(key)
