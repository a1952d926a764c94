from collections import Counter

from certif.lib.text import fold
from sessions.models import CANDIDATES_PER_INVIGILATOR
from sessions.progress import progress_of


def candidates_of(session):
    """The list by name; those who share a name carry `is_homonym`, all their `progress` or None."""
    candidates = list(session.candidates.all())
    names = Counter(folded_name(candidate) for candidate in candidates if not candidate.is_erased)
    progress = progress_of(session)
    for candidate in candidates:
        candidate.progress = progress.get(candidate.pk)
        candidate.is_homonym = names[folded_name(candidate)] > 1
    return candidates


def folded_name(candidate):
    return candidate.identity_key.split("/")[0]


def too_many_candidates(session):
    """The number of invigilators, when the list asks for more of them (004)."""
    invigilators = len(session.invigilator_names)
    allowed = invigilators * CANDIDATES_PER_INVIGILATOR
    return invigilators if session.candidate_count > allowed else 0


def account_name_differs(candidate):
    """The account says another name: perhaps the previous pupil's is still open. Needs `user`.

    The order of the names does not count, and an account without a name says nothing.
    """
    account = candidate.user
    if account is None or not (account.first_name or account.last_name):
        return False
    named = sorted([fold(account.first_name), fold(account.last_name)])
    return named != sorted([fold(candidate.first_name), fold(candidate.birth_name)])
