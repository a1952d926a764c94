"""What the centre's pages read."""

from collections import Counter

from django.core.paginator import Paginator
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certif.accounts import throttle
from certif.accounts.models import Centre, Role, User
from certif.audit.models import AuditEvent
from certif.audit.sentences import sentence
from sessions.enums import SessionState
from sessions.models import CANDIDATES_PER_INVIGILATOR, Candidate, ExamSession

SESSIONS_PER_PAGE = 25
EVENTS_PER_PAGE = 50
# From here on, somebody who is not an invigilator is trying passwords (domain.md § 5).
SUSPECT_TRIES = 30

STATUSES = {
    "": gettext_lazy("Toutes"),
    "a-finaliser": gettext_lazy("À finaliser"),
    "creees": gettext_lazy("Créées"),
    "finalisees": gettext_lazy("Finalisées"),
    "transmises": gettext_lazy("Résultats transmis par Pix"),
}


def session_in_scope(user, pk, *roles):
    """One session of one of this member's centres, or 404."""
    sessions = ExamSession.objects.for_member(user, *roles).with_counts()
    return get_object_or_404(sessions.select_related("centre"), pk=pk)


def is_manager(user, session):
    managed = Centre.objects.for_member(user, Role.MANAGER)
    return managed.filter(pk=session.centre_id).exists()


# --- The list -------------------------------------------------------------------------------------


def sessions_of(centre, *, status, at):
    """What is to be finalised first, then what comes next, then the past."""
    to_finalise = Q(state=SessionState.CREATED) & (
        Q(first_started_at__isnull=False) | Q(ends_at__lt=at)
    )
    chosen = {
        "a-finaliser": to_finalise,
        "creees": Q(state=SessionState.CREATED) & ~to_finalise,
        "finalisees": Q(state__in=[SessionState.FINALISED, SessionState.IN_REVIEW]),
        "transmises": Q(state=SessionState.PUBLISHED),
    }.get(status, Q())
    pile = Case(
        When(to_finalise, then=Value(0)),
        When(state=SessionState.CREATED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    nearest_first = Case(When(state=SessionState.CREATED, then=F("starts_at")))
    return (
        ExamSession.objects.filter(chosen, centre=centre)
        .with_counts()
        .order_by(pile, nearest_first, "-starts_at", "-id")
    )


def page_of_sessions(centre, *, status, number):
    now = timezone.now()
    sessions = sessions_of(centre, status=status, at=now)
    page = Paginator(sessions, SESSIONS_PER_PAGE).get_page(number)
    for session in page:
        session.deadline = deadline(session, at=now)
        session.badge = state_badge(session)
    return page


def state_badge(session):
    """The shape of the state; its word is `session.state_for_centre`."""
    if session.is_running:
        return "running"
    return {SessionState.CREATED: "absent", SessionState.PUBLISHED: "success"}.get(
        session.state, "finished"
    )


def deadline(session, *, at):
    """How the 48-hour rule stands: a kind of badge (or none) and its words."""
    if not session.is_open:
        if session.is_late:
            return {"kind": "wait", "label": _("Finalisée en retard")}
        return {"kind": "", "label": ""}
    if at > session.finalise_before:
        late = in_words(at - session.finalise_before)
        return {"kind": "alert", "label": _("En retard de %(time)s") % {"time": late}}
    if at < session.ends_at:
        return {"kind": "", "label": ""}
    left = in_words(session.finalise_before - at)
    return {"kind": "wait", "label": _("Reste %(time)s") % {"time": left}}


def in_words(delta):
    """« 1 jour 3 h », « 5 h 20 », « 12 min »."""
    minutes = int(delta.total_seconds() // 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        words = ngettext("%(n)s jour", "%(n)s jours", days) % {"n": days}
        return f"{words} {hours} h" if hours else words
    return f"{hours} h {minutes:02}" if hours else f"{minutes} min"


# --- One session ----------------------------------------------------------------------------------


def session_page(session, *, current):
    """What the three pages of a session have in common: title, state, tabs, what one may do."""
    now = timezone.now()
    session.deadline = deadline(session, at=now)
    session.badge = state_badge(session)
    return {"session": session, "tabs": tabs_of(session, current), "ended": now >= session.ends_at}


def tabs_of(session, current):
    candidates = _("Candidats (%(n)s)") % {"n": session.candidate_count}
    labels = {
        "sessions:session_detail": _("Détails"),
        "sessions:candidate_list": candidates,
        "sessions:session_history": _("Historique"),
    }
    return [
        {"label": label, "url": reverse(name, args=[session.pk]), "current": name == current}
        for name, label in labels.items()
    ]


def open_accesses(session):
    return session.accesses.open().select_related("user").order_by("granted_at", "id")


def presence_noted(session):
    return session.candidates.filter(presence_noted_at__isnull=False).exists()


def password_is_suspect(session):
    return throttle.failures(f"password:session:{session.pk}") >= SUSPECT_TRIES


def candidates_of(session):
    """The list by name; those who share a name carry `is_homonym`."""
    candidates = list(session.candidates.all())
    names = Counter(folded_name(candidate) for candidate in candidates)
    for candidate in candidates:
        candidate.is_homonym = names[folded_name(candidate)] > 1
    return candidates


def folded_name(candidate):
    return candidate.identity_key.split("/")[0]


def too_many_candidates(session):
    """The number of invigilators, when the list asks for more of them (004)."""
    invigilators = len(session.invigilator_names)
    allowed = invigilators * CANDIDATES_PER_INVIGILATOR
    return invigilators if session.candidate_count > allowed else 0


def page_of_history(session, *, number):
    """The events as sentences. Names are looked up for the page only, in two queries."""
    events = AuditEvent.objects.filter(session_id=session.pk)
    page = Paginator(events, EVENTS_PER_PAGE).get_page(number)
    people = {user.pk: user.name for user in User.objects.filter(pk__in=ids(page, "actor_id"))}
    rows = Candidate.objects.filter(pk__in=ids(page, "candidate_id"))
    candidates = {row.pk: f"{row.first_name} {row.birth_name.upper()}" for row in rows}
    for event in page:
        event.sentence = sentence(event, people=people, candidates=candidates)
    return page


def ids(events, field):
    return {getattr(event, field) for event in events} - {None}
