"""A room of twenty with a candidate in each situation of the board, and those who share a name."""

from datetime import date, timedelta

from django.utils import timezone

from exam import actions as exam_actions
from exam.enums import GrantReason
from exam.models import Attempt, Beat
from invigilation import actions
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

ABSENT = [("Bernier", "Faye"), ("Clounet", "Georges")]
PRESENT = [("Cotillon", "Marion"), ("Dupont", "Paul"), ("Nguyễn", "Thi Lan")]
RUNNING = [
    ("Delors", "Louis"),
    ("Doe", "Jane"),
    ("Dupont", "Martine"),
    ("Faure", "Noé"),
    ("Kirkove", "Manuel"),
    ("Villepreux-Bordeauxchesnel", "Marie-Philippine Aliénor"),
]


def room_of_twenty(*, session=None, by=None, now=None):
    """By situation, the candidate to act upon. Needs the bank."""
    session = session or ExamSessionFactory(site="Centre de Testix", room="Salle 3")
    by = by or UserFactory()
    for name in ABSENT[1:]:
        enrolled(session, name)
    room = {"absent": enrolled(session, ABSENT[0], joined=True)}
    for name in PRESENT:
        room["present"] = waiting(session, name, by=by)
    for name in RUNNING:
        room["running"] = at_work(session, name, by=by).candidate
    room["majored"] = with_personal_minutes(session, by)
    room["silent"] = silent(at_work(session, ("Picard", "Léa"), by=by))
    room["asks"] = asking(at_work(session, ("Durand", "Simon"), by=by))
    room["problem"] = stuck(at_work(session, ("Marteau", "Sophie"), by=by))
    room["authorised"] = coming_back(at_work(session, ("Lovelace", "Ada"), by=by), by)
    room["overdue"] = late(at_work(session, ("Œuvrard", "Maël"), by=by))
    room["ended"] = stopped(session, ("Giraud", "Lina"), by=by)
    room["seen"] = seen(session, ("Delarue", "Sophie"), by=by)
    room["finished"] = done(session, ("Zola", "Émile"), by=by)
    session.refresh_from_db()
    return session, room


def enrolled(session, name, **fields):
    birth_name, first_name = name
    born = date(2007, 1 + len(birth_name) % 12, 1 + len(first_name) % 28)
    if fields.get("joined"):
        fields |= {"user__first_name": first_name, "user__last_name": birth_name}
    return CandidateFactory(
        session=session, birth_name=birth_name, first_name=first_name, birth_date=born, **fields
    )


def waiting(session, name, *, by):
    return situations.present(enrolled(session, name, joined=True), by=by)


def at_work(session, name, *, by, **fields):
    attempt = situations.started(enrolled(session, name, joined=True, **fields), by=by)
    return situations.answer_all(attempt, upto=5)


def with_personal_minutes(session, by):
    attempt = at_work(session, ("Éluard", "Inès"), by=by, extra_time_percent=33)
    exam_actions.grant_minutes(
        session, [attempt.candidate_id], minutes=10, reason=GrantReason.ROOM, by=by
    )
    return attempt.candidate


def silent(attempt, *, lasts=timedelta(minutes=3)):
    since = timezone.now() - lasts
    Beat.objects.filter(attempt=attempt).update(last_seen_at=since)
    Attempt.objects.filter(pk=attempt.pk).update(silent_since=since)
    return attempt.candidate


def asking(attempt):
    silent(attempt)
    exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)
    return attempt.candidate


def stuck(attempt):
    exam_actions.raise_problem(
        attempt,
        number=attempt.current_number,
        text="L’image ne s’affiche pas.",
        seat_key=attempt.seat_key,
        by=attempt.candidate.user,
    )
    return attempt.candidate


def coming_back(attempt, by):
    actions.authorise_resume(asking(attempt), by=by)
    return attempt.candidate


def late(attempt):
    """His own end was a quarter of an hour ago."""
    started_at = timezone.now() - timedelta(hours=2)
    Attempt.objects.filter(pk=attempt.pk).update(started_at=started_at)
    return attempt.candidate


def stopped(session, name, *, by):
    candidate = at_work(session, name, by=by).candidate
    actions.end_test(candidate, by=by)
    return candidate


def done(session, name, *, by):
    return situations.answer_all(at_work(session, name, by=by)).candidate


def seen(session, name, *, by):
    candidate = done(session, name, by=by)
    actions.note_end_screen(candidate, seen=True, by=by)
    return candidate
