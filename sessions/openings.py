"""Who opens the records of minors, noted by every page that shows one."""

from django.utils import timezone

from certif.audit.openings import note_opening


def note_candidate_opened(request, candidate):
    session = candidate.session
    if candidate.is_minor(_today(session)):
        note_opening(request, "candidate.opened", session=session, candidate=candidate)


def note_candidates_opened(request, session, candidates):
    """All of them on one page: one line, which tells how many."""
    today = _today(session)
    if minors := sum(candidate.is_minor(today) for candidate in candidates):
        note_opening(request, "candidates.opened", session=session, count=minors)


def _today(session):
    return timezone.localdate(timezone=session.zone)
