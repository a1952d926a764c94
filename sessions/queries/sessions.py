from django.core.paginator import Paginator
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sessions.enums import SessionState
from sessions.models import ExamSession

SESSIONS_PER_PAGE = 25

STATUSES = {
    "": gettext_lazy("Toutes"),
    "a-finaliser": gettext_lazy("À finaliser"),
    "creees": gettext_lazy("Créées"),
    "finalisees": gettext_lazy("Finalisées"),
    "transmises": gettext_lazy("Résultats transmis par Pix"),
}


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
