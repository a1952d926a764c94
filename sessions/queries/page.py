from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.accounts import throttle
from certif.accounts.models import Centre, Role
from sessions.models import ExamSession
from sessions.progress import last_seen_of
from sessions.queries.sessions import deadline, state_badge

# From here on, somebody who is not an invigilator is trying passwords (domain.md § 5).
SUSPECT_TRIES = 30


def session_in_scope(user, pk, *roles):
    """One session of one of this member's centres, or 404."""
    sessions = ExamSession.objects.for_member(user, *roles).with_counts()
    return get_object_or_404(sessions.select_related("centre", "finalised_by"), pk=pk)


def is_manager(user, session):
    managed = Centre.objects.for_member(user, Role.MANAGER)
    return managed.filter(pk=session.centre_id).exists()


def session_page(session, *, current):
    """What the pages of a session have in common: title, state, tabs, what one may do."""
    now = timezone.now()
    session.deadline = deadline(session, at=now)
    session.badge = state_badge(session, at=now)
    return {"session": session, "tabs": tabs_of(session, current), "ended": now >= session.ends_at}


def tabs_of(session, current):
    candidates = _("Candidats (%(n)s)") % {"n": session.candidate_count}
    labels = {
        "sessions:session_detail": _("Détails"),
        "sessions:candidate_list": candidates,
        "sessions:documents": _("Documents"),
        "sessions:session_history": _("Historique"),
    }
    if session.is_published:
        labels["finalisation:session_results"] = _("Résultats")
    return [
        {"label": label, "url": reverse(name, args=[session.pk]), "current": name == current}
        for name, label in labels.items()
    ]


def open_accesses(session):
    return session.accesses.open().select_related("user").order_by("granted_at", "id")


def invigilators_of(session):
    """The open accesses, each with when its list was last on screen."""
    accesses = list(open_accesses(session))
    seen = last_seen_of(accesses)
    for access in accesses:
        access.seen = seen.get(access.pk)
    return accesses


def password_is_suspect(session):
    return throttle.failures(f"password:session:{session.pk}") >= SUSPECT_TRIES
