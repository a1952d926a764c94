"""A few hundred sessions of today, their invigilators and pupils logged in, every test prepared."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from exam.actions.entering import draw_questions
from exam.enums import Right
from exam.models import Attempt, Question
from sessions.models import Candidate, InvigilatorAccess, identity_key
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    QuestionFactory,
    UserFactory,
)

INVIGILATORS = 16
SESSIONS_EACH = 6
CANDIDATES = 20


@dataclass
class Watch:
    """An invigilator and the sessions he watches."""

    user: object
    sessions: list
    cookie: str


def fill():
    """Sixteen invigilators, each of whom watches six rooms of twenty candidates."""
    if not Question.objects.exists():
        QuestionFactory.create_bank()
    watches = [watch_some_rooms() for _ in range(INVIGILATORS)]
    vacuum()
    return watches


def watch_some_rooms():
    user, centre = UserFactory(), CentreFactory()
    sessions = ExamSessionFactory.create_batch(SESSIONS_EACH, centre=centre, created_by=user)
    InvigilatorAccess.objects.bulk_create(
        InvigilatorAccess(session=session, user=user) for session in sessions
    )
    for session in sessions:
        enrol(session)
    return Watch(user, sessions, cookie_of(user))


def enrol(session):
    candidates = CandidateFactory.build_batch(CANDIDATES, session=session)
    for candidate in candidates:
        candidate.identity_key = identity_key(
            candidate.birth_name, candidate.first_name, candidate.birth_date
        )
    Candidate.objects.bulk_create(candidates)
    questions = draw_questions()
    Attempt.objects.bulk_create(
        Attempt(candidate=candidate, question_ids=questions) for candidate in candidates
    )


@dataclass
class Pupil:
    """An account, and its row of every room: a real one has one row."""

    user: object
    candidates: list
    cookie: str


def fill_with_pupils(count, rooms):
    """As many pupils, present in each of as many rooms, who may start. Numbers follow one another."""
    if not Question.objects.exists():
        QuestionFactory.create_bank()
    by, users, now = UserFactory(), UserFactory.create_batch(count), timezone.now()
    sessions = [ExamSessionFactory(created_by=by) for _ in range(rooms)]
    candidates = Candidate.objects.bulk_create(
        CandidateFactory.build(
            session=session,
            user=user,
            linked_at=now,
            is_present=True,
            presence_noted_at=now,
            presence_noted_by=by,
        )
        for session in sessions
        for user in users
    )
    may_start = {"right": Right.START, "right_granted_at": now, "right_granted_by": by}
    questions = draw_questions()
    Attempt.objects.bulk_create(
        Attempt(candidate=candidate, question_ids=questions, **may_start)
        for candidate in candidates
    )
    vacuum()
    return [
        Pupil(user, candidates[rank::count], cookie_of(user)) for rank, user in enumerate(users)
    ]


def vacuum():
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def cookie_of(user):
    browser = Client()
    browser.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser.cookies[name].value}"
