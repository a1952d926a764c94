from django.core.paginator import Paginator

from certif.accounts.models import User
from certif.audit.models import AuditEvent
from certif.audit.openings import OPENINGS
from certif.audit.sentences import actor_of, names_in, sentence
from sessions.models import Candidate

EVENTS_PER_PAGE = 50


def history(session):
    """What happened, the newest first."""
    return AuditEvent.objects.filter(session_id=session.pk).exclude(OPENINGS)


def openings(session):
    """Who opened the records of its minors, the newest first."""
    return AuditEvent.objects.filter(OPENINGS, session_id=session.pk)


def page_of_events(events, *, number):
    return told(Paginator(events, EVENTS_PER_PAGE).get_page(number))


def history_of(candidate):
    """What was done about a candidate, in the order in which it was."""
    events = history(candidate.session).filter(candidate_id=candidate.pk)
    return told(list(reversed(events)))


def told(page):
    """Each event with its author and sentence. Names are looked up for these only, in a query a sort."""
    people = {user.pk: user.name for user in User.objects.filter(pk__in=ids(page, "actor_id"))}
    rows = Candidate.objects.filter(pk__in=ids(page, "candidate_id"))
    candidates = {row.pk: f"{row.first_name} {row.birth_name.upper()}".strip() for row in rows}
    names = names_in(page)
    for event in page:
        event.sentence = sentence(event, people=people, candidates=candidates, names=names)
        event.author = _author(event, people)
    return page


def ids(events, field):
    return {getattr(event, field) for event in events} - {None}


def _author(event, people):
    """Empty where the sentence names somebody without an account: who followed a link."""
    author = actor_of(event, people)
    return author if event.actor_id or event.sentence.startswith(author) else ""
