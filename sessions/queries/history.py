from django.core.paginator import Paginator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import User
from certif.audit.models import AuditEvent
from certif.audit.openings import OPENINGS
from certif.audit.sentences import actor_of, erased_in, names_in, sentence
from sessions.models import Candidate, of_nobody

EVENTS_PER_PAGE = 50
REST = "session"
# What one looks for, by the beginning of the kinds; REST is all the others.
SORTS = {
    "inscriptions": "candidate. candidates. pupils. import. identity.",
    "salle": "invigilator. day. code. presence. attempt. answer. resume. time. problem. end_screen.",
    "signalements": "report. note.",
}
LABELS = {
    "": _("Tout"),
    "inscriptions": _("Inscriptions"),
    "salle": _("Salle et tests"),
    "signalements": _("Signalements et notes"),
    REST: _("Session et documents"),
}


def history(session):
    """What happened, the newest first."""
    return AuditEvent.objects.filter(session_id=session.pk).exclude(OPENINGS)


def history_for_centre(session):
    """Without who at Pix examines it: for the centre, it is « Finalisée » until its results."""
    return history(session).exclude(kind__startswith="review.")


def history_of_centre(centre):
    """What is in the history of no session that can still be read."""
    beside = Q(session_id=None) | Q(kind="session.deleted")
    return AuditEvent.objects.filter(beside, centre_id=centre.pk)


def openings(session):
    """Who opened the records of its minors, the newest first."""
    return AuditEvent.objects.filter(OPENINGS, session_id=session.pk)


def of_sort(events, sort):
    """Those of one of LABELS; all of them for any other word."""
    if sort in SORTS:
        return events.filter(_begins_as(SORTS[sort]))
    return events.exclude(_begins_as(" ".join(SORTS.values()))) if sort == REST else events


def _begins_as(kinds):
    begins = Q()
    for kind in kinds.split():
        begins |= Q(kind__startswith=kind)
    return begins


def page_of_events(events, *, number, zone):
    """The newest first, each with its day there."""
    page = told(Paginator(events.order_by("-at", "-id"), EVENTS_PER_PAGE).get_page(number))
    for event in page:
        event.day = event.at.astimezone(zone).date()
    return page


def history_of(candidate):
    """What was done about a candidate, in the order in which it was."""
    events = history(candidate.session).filter(candidate_id=candidate.pk)
    return told(list(reversed(events)))


def told(page):
    """Each event with its author and sentence. Names are looked up for these only, in a query a sort."""
    people = {user.pk: user.name for user in User.objects.filter(pk__in=ids(page, "actor_id"))}
    rows = Candidate.objects.filter(pk__in=ids(page, "candidate_id"))
    candidates = {row.pk: f"{row.first_name} {row.birth_name.upper()}".strip() for row in rows}
    names, erased = names_in(page), erased_in(page)
    for event in page:
        known = {} if (event.candidate_id, event.actor_id) in erased else people
        event.sentence = sentence(event, people=known, candidates=candidates, names=names)
        event.author = _author(event, known)
    return page


def erased_candidates_in(events):
    """(candidate, account) of those of these lines whose row was erased."""
    if not (about := ids(events, "candidate_id")):
        return set()
    rows = Candidate.objects.filter(of_nobody(), pk__in=about)
    linked = AuditEvent.objects.filter(
        candidate_id__in=rows.values("pk"), kind__in=["candidate.linked", "candidate.link_refused"]
    )
    return set(linked.values_list("candidate_id", "actor_id"))


def ids(events, field):
    return {getattr(event, field) for event in events} - {None}


def _author(event, people):
    """Empty where the sentence names somebody without an account: who followed a link."""
    author = actor_of(event, people)
    return author if event.actor_id or event.sentence.startswith(author) else ""
