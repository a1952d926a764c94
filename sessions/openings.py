"""Who opens the records of minors, noted by every page where a person asks for one.

Not by the lists that lead there (candidates, the board of the room), nor by a poll, which is no
gesture of anybody: a page left open would be noted all day, and who reads would be lost in it.
"""

from django.utils import timezone

from certif.audit.openings import note_opening


def note_candidate_opened(request, candidate):
    session = candidate.session
    if candidate.is_minor(_today(session)):
        note_opening(request, "candidate.opened", session=session, candidate=candidate)


def note_candidates_opened(request, session, candidates, *, kind="candidates.opened"):
    """All those of a session on one page: one line, which tells how many, whoever they are.

    `kind` tells the page, and ends with « .opened ».
    """
    today = _today(session)
    if minors := sum(candidate.is_minor(today) for candidate in candidates):
        note_opening(request, kind, session=session, count=minors)


def _today(session):
    return timezone.localdate(timezone=session.zone)
