"""The list of a centre: what is chosen, in which order, and what each row says."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sessions.enums import SessionState
from sessions.models import FINALISE_WITHIN, ExamSession
from sessions.models.session import opened_again
from sessions.queries.search import matching, number_in

SESSIONS_PER_PAGE = 25
OPEN = Q(state=SessionState.CREATED)
CLOSED = Q(state__in=[SessionState.FINALISED, SessionState.IN_REVIEW])

STATUSES = {
    "": gettext_lazy("Tous"),
    "a-finaliser": gettext_lazy("À finaliser"),
    "en-retard": gettext_lazy("En retard"),
    "en-cours": gettext_lazy("En cours"),
    "creees": gettext_lazy("Créées"),
    "finalisees": gettext_lazy("Finalisées"),
    "transmises": gettext_lazy("Résultats transmis"),
}
PERIODS = {
    "": gettext_lazy("Toutes les dates"),
    "aujourdhui": gettext_lazy("Aujourd’hui"),
    "semaine": gettext_lazy("Cette semaine"),
    "a-venir": gettext_lazy("À venir"),
    "passees": gettext_lazy("Passées"),
}
COLUMNS = {
    "numero": gettext_lazy("Numéro de session"),
    "site": gettext_lazy("Nom du site"),
    "salle": gettext_lazy("Salle"),
    "date": gettext_lazy("Date"),
    "heure": gettext_lazy("Heure"),
    "surveillants": gettext_lazy("Surveillant(s)"),
    "candidats": gettext_lazy("Candidats inscrits"),
    "commences": gettext_lazy("Tests commencés"),
    "statut": gettext_lazy("Statut"),
    "echeance": gettext_lazy("Échéance de finalisation"),
}


def to_finalise(at):
    """Over, and not finalised. A session that is being held waits for its end."""
    return OPEN & Q(ends_at__lte=at)


def late(at):
    return OPEN & Q(ends_at__lt=at - FINALISE_WITHIN) & ~Q(opened_again())


def of_status(status, at):
    ahead = OPEN & Q(ends_at__gt=at)
    return {
        "a-finaliser": to_finalise(at),
        "en-retard": late(at),
        "en-cours": ahead & Q(first_started_at__isnull=False),
        "creees": ahead & Q(first_started_at__isnull=True),
        "finalisees": CLOSED,
        "transmises": Q(state=SessionState.PUBLISHED),
    }.get(status, Q())


def of_period(period, at, today):
    monday = today - timedelta(days=today.weekday())
    return {
        "aujourdhui": Q(date=today),
        "semaine": Q(date__range=(monday, monday + timedelta(days=6))),
        "a-venir": Q(ends_at__gt=at),
        "passees": Q(ends_at__lte=at),
    }.get(period, Q())


def order_of(sort, at):
    """`-` for the other way round. Without a column: what waits for the centre first."""
    pile = Case(
        When(to_finalise(at), then=Value(0)),
        When(OPEN, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    nearest_first = Case(When(OPEN, then=F("starts_at")))
    columns = {
        "numero": ["pk"],
        "site": ["search_key"],
        "salle": [Lower("room"), "search_key"],
        "date": ["date", "start_time"],
        "heure": ["start_time", "date"],
        "surveillants": [Lower("invigilators")],
        "candidats": ["candidate_count"],
        "commences": ["started_count"],
        "statut": [_rank_of_state()],
        "echeance": [Case(When(OPEN, then=F("ends_at")))],
    }
    default = [pile.asc(), nearest_first.asc(), F("starts_at").desc(), F("pk").desc()]
    if not sort:
        return default
    way = "desc" if sort.startswith("-") else "asc"
    chosen = [F(c) if isinstance(c, str) else c for c in columns[sort.removeprefix("-")]]
    return [getattr(column, way)(nulls_last=True) for column in chosen] + default


def _rank_of_state():
    ranks = [
        (OPEN & Q(first_started_at__isnull=True), 0),
        (OPEN, 1),
        (CLOSED, 2),
    ]
    whens = [When(condition, then=Value(rank)) for condition, rank in ranks]
    return Case(*whens, default=Value(3), output_field=IntegerField())


def sessions_of(centre, *, at, q="", statut="", periode="", du=None, au=None, tri=""):
    chosen = ExamSession.objects.filter(
        matching(q),
        of_status(statut, at),
        of_period(periode, at, centre_day(centre, at)),
        centre=centre,
    )
    if du:
        chosen = chosen.filter(date__gte=du)
    if au:
        chosen = chosen.filter(date__lte=au)
    return chosen.with_counts().order_by(*_number_first(q), *order_of(tri, at))


def _number_first(text):
    number = number_in(text)
    if number is None:
        return []
    return [Case(When(pk=number, then=Value(0)), default=Value(1))]


def page_of_sessions(centre, *, number=None, **criteria):
    now = timezone.now()
    page = Paginator(sessions_of(centre, at=now, **criteria), SESSIONS_PER_PAGE).get_page(number)
    for session in page:
        session.deadline = deadline(session, at=now)
        session.badge = state_badge(session, at=now)
    return page


def session_to_copy(centre, number):
    """The session whose form another starts from; 404 beyond this centre."""
    if not number:
        return None
    number = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
    return get_object_or_404(ExamSession, centre=centre, pk=number)


def waiting_for_the_centre(centre):
    """How many sessions are to finalise, and how many of them are late."""
    now = timezone.now()
    return ExamSession.objects.filter(centre=centre).aggregate(
        to_finalise=Count("pk", filter=to_finalise(now)), late=Count("pk", filter=late(now))
    )


def centre_day(centre, at):
    """The day it is at the centre, wherever the reader is."""
    return at.astimezone(ZoneInfo(centre.time_zone)).date()


def state_badge(session, *, at):
    """The state, a kind of badge and its word; once it is over, what it waits for."""
    if session.is_running and at >= session.ends_at:
        return {"kind": "wait", "label": _("À finaliser")}
    kinds = {SessionState.CREATED: "absent", SessionState.PUBLISHED: "success"}
    kind = "running" if session.is_running else kinds.get(session.state, "finished")
    return {"kind": kind, "label": session.state_for_centre}


def deadline(session, *, at):
    """How the 48-hour rule stands: a kind of badge (or none) and its words."""
    if not session.is_open:
        if session.is_late:
            return {"kind": "wait", "label": _("Finalisée en retard")}
        return {"kind": "", "label": ""}
    if at >= session.ends_at and session.was_opened_again:
        return {"kind": "wait", "label": _("Rouverte par Pix")}
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
