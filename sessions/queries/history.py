from django.core.paginator import Paginator

from certif.accounts.models import User
from certif.audit.models import AuditEvent
from certif.audit.sentences import names_in, sentence
from sessions.models import Candidate

EVENTS_PER_PAGE = 50


def page_of_history(session, *, number):
    events = AuditEvent.objects.filter(session_id=session.pk)
    return _told(Paginator(events, EVENTS_PER_PAGE).get_page(number))


def history_of(candidate):
    """What was done about a candidate, in the order in which it was."""
    events = AuditEvent.objects.filter(session_id=candidate.session_id, candidate_id=candidate.pk)
    return _told(list(reversed(events)))


def _told(page):
    """Each event with its sentence. Names are looked up for these only, in a query a sort."""
    people = {user.pk: user.name for user in User.objects.filter(pk__in=ids(page, "actor_id"))}
    rows = Candidate.objects.filter(pk__in=ids(page, "candidate_id"))
    candidates = {row.pk: f"{row.first_name} {row.birth_name.upper()}" for row in rows}
    names = names_in(page)
    for event in page:
        event.sentence = sentence(event, people=people, candidates=candidates, names=names)
    return page


def ids(events, field):
    return {getattr(event, field) for event in events} - {None}
