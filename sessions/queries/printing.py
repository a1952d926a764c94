"""What a centre may print of a day, and how far a print run is."""

from datetime import timedelta

from django.utils import timezone

from sessions.documents.registry import document_of
from sessions.documents.runs import RunTold
from sessions.models import ExamSession, PrintRun
from sessions.queries.sessions import OPEN, centre_day

KEEP = timedelta(hours=24)


def kept_runs():
    """An older one is as good as deleted, even where nobody came to delete it."""
    return PrintRun.objects.filter(created_at__gt=timezone.now() - KEEP)


def recent_runs(centre, user):
    """Those of this person: what one comes back to after leaving its page."""
    return kept_runs().filter(centre=centre, created_by=user)


def day_to_print(centre):
    """The next day that has sessions to hold; else the last one that had some."""
    sessions = ExamSession.objects.filter(centre=centre)
    ahead = sessions.filter(OPEN, date__gte=centre_day(centre, timezone.now()))
    return (
        ahead.order_by("date").values_list("date", flat=True).first()
        or sessions.order_by("-date").values_list("date", flat=True).first()
    )


def days_around(centre, day):
    """The nearest days that have sessions: before, and after."""
    days = ExamSession.objects.filter(centre=centre).values_list("date", flat=True)
    before = days.filter(date__lt=day).order_by("-date").first()
    return before, days.filter(date__gt=day).order_by("date").first()


def sessions_of_day(centre, day):
    """In the order in which they are handed out."""
    sessions = ExamSession.objects.filter(centre=centre, date=day).with_counts()
    return list(sessions.order_by("starts_at", "room", "pk"))


def tell(runs):
    """Each run in the words of its pages."""
    asked = {pk for run in runs for pk in run.session_ids}
    found = ExamSession.objects.in_bulk(asked)
    return [_told(run, [found[pk] for pk in run.session_ids if pk in found]) for run in runs]


def _told(run, sessions):
    own = document_of(run.document_keys[0]) if len(run.document_keys) == 1 else None
    told_as = own.told_as if own else RunTold
    return told_as(run, sessions, is_withdrawn=not may_be_taken(run, sessions))


def long_documents(run, sessions=None):
    """(document, session): what the worker alone draws, in this run."""
    documents = [each for each in map(document_of, run.document_keys) if each and each.pieces]
    if documents and sessions is None:
        sessions = ExamSession.objects.filter(pk__in=run.session_ids)
    return [(document, session) for document in documents for session in sessions]


def may_be_taken(run, sessions=None):
    """Not when what a session was given was taken back since, be it given again."""
    return all(
        document.may_be_given(session, asked_at=run.created_at)
        for document, session in long_documents(run, sessions)
    )


def page_count(run):
    """Its file's name carries it."""
    return int(run.file.name.removesuffix(".pdf").rpartition("-")[2])
