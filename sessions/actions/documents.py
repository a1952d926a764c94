"""Printing: each edition of a document has its number, so that two papers can be told apart."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from certif.audit.models import AuditEvent, record
from certif.lib.refusals import Refusal
from sessions.models import ExamSession


@dataclass(frozen=True)
class Issue:
    number: int
    at: datetime


class NoCandidateYet(Refusal):
    message = _("Inscrivez d’abord les candidats\u00a0: ce document porte leurs noms.")


def issue_document(document, session, *, by, candidate=None):
    """The bytes of a new edition of this document, noted in the history. Raises NoCandidateYet.

    `candidate`: of whom the document tells, when it is of one person only.
    """
    if document.needs_candidates and not session.candidates.exists():
        raise NoCandidateYet
    session.issue = _next_issue(document, session, by, candidate)
    return document.render(session)


@transaction.atomic
def _next_issue(document, session, by, candidate):
    """Under the session's lock, which the drawing that follows does not hold."""
    ExamSession.objects.locked().get(pk=session.pk)
    last = AuditEvent.objects.filter(
        session_id=session.pk, kind__startswith="document.issued", data__document=document.key
    ).first()
    event = record(
        "document.issued_about" if candidate else "document.issued",
        by=by,
        session=session,
        candidate=candidate,
        document=document.key,
        title=str(document.title),
        number=last.data["number"] + 1 if last else 1,
    )
    return Issue(event.data["number"], event.at)
