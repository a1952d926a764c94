"""A real server is killed while a room works: what it acknowledged is there, once.

The server uses the database of this run, with `synchronous=FULL`; nobody tells it before `kill -9`.
"""

import secrets
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from threading import Event
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from certif.audit.models import AuditEvent
from exam import seat
from exam.models import Answer
from sessions.models import ExamSession
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory

pytestmark = pytest.mark.django_db(transaction=True)

CANDIDATES = 3
KILLED_AFTER = 25


# --- The people -----------------------------------------------------------------------------------


class Person:
    """Posts one form after the other until the line is cut, and remembers what was acknowledged."""

    def __init__(self, server, user, *, attempt=None):
        self.server = server
        client = Client()
        client.force_login(user)
        if attempt:
            client.cookies.update(seat.keep(HttpResponse(), attempt).cookies)
        self.token = secrets.token_hex(16)
        client.cookies[settings.CSRF_COOKIE_NAME] = self.token
        cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())
        self.headers = {
            "Cookie": cookies,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.acknowledged = []
        self.unheard = None

    def post(self, form):
        self.unheard = form
        path, fields = form
        body = urlencode({**dict(fields), "csrfmiddlewaretoken": self.token})
        status, _ = self.server.ask("POST", path, body=body, headers=self.headers)
        assert status == 200, f"{path}: {status}"
        self.acknowledged.append(form)
        self.unheard = None

    def work(self, forms, heard):
        for form in forms:
            try:
                self.post(form)
            except (OSError, HTTPException):
                return
            heard(form)


def answers(attempt):
    path = reverse("exam:answer", args=[attempt.candidate_id])
    return [
        (path, (("number", number), ("value", number % 3), ("operation", str(uuid4()))))
        for number in range(1, attempt.question_count)
    ]


def ticks(candidate):
    path = reverse("invigilation:presence", args=[candidate.session_id, candidate.pk])
    return [
        (path, (("present", number % 2), ("operation", str(uuid4())))) for number in range(1, 500)
    ]


@pytest.fixture
def room(bank):
    session = ExamSessionFactory()
    attempts = [situations.started(session=session) for _ in range(CANDIDATES)]
    absent = CandidateFactory(session=session)
    return attempts, absent, situations.invigilator_of(session)


# --- What must hold -------------------------------------------------------------------------------


def field(form, name):
    return dict(form[1])[name]


def kill_in_the_middle(server, work):
    """Start everybody, wait for enough acknowledged forms, kill. All are cut by it."""
    enough, heard = Event(), []

    def hear(form):
        heard.append(form)
        if len(heard) >= KILLED_AFTER:
            enough.set()

    with ThreadPoolExecutor(len(work)) as pool:
        cut = [pool.submit(person.work, forms, hear) for person, forms in work]
        reached = enough.wait(timeout=60)
        server.kill()
        for future in cut:
            future.result()
    assert reached


def send_again_what_was_not_heard(people):
    """As a tablet does, with the same operation."""
    for person in people:
        if person.unheard:
            person.post(person.unheard)


def sent(person, *names):
    return [tuple(field(form, name) for name in names) for form in person.acknowledged]


def kept_answers(attempt):
    rows = Answer.objects.filter(attempt=attempt).order_by("number")
    return [(number, *value) for number, value in rows.values_list("number", "value")]


def kept_ticks(candidate):
    rows = AuditEvent.objects.filter(kind__startswith="presence.", candidate_id=candidate.pk)
    return [
        (str(operation),)
        for operation in rows.order_by("id").values_list("operation_id", flat=True)
    ]


def test_what_was_acknowledged_before_a_kill_is_there_once(server, room):
    attempts, absent, invigilator = room
    version = ExamSession.objects.get().version
    sitting = [Person(server, attempt.candidate.user, attempt=attempt) for attempt in attempts]
    watching = Person(server, invigilator)
    everybody = [*sitting, watching]

    kill_in_the_middle(
        server, list(zip(everybody, [*map(answers, attempts), ticks(absent)], strict=True))
    )
    server.start()
    send_again_what_was_not_heard(everybody)

    assert [kept_answers(attempt) for attempt in attempts] == [
        sent(person, "number", "value") for person in sitting
    ]
    assert kept_ticks(absent) == sent(watching, "operation")
    absent.refresh_from_db()
    assert absent.is_present == field(watching.acknowledged[-1], "present")
    assert ExamSession.objects.get().version == version + sum(
        len(person.acknowledged) for person in everybody
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL checks itself on recovery")
def test_a_killed_server_leaves_a_sound_file(server, room):
    _attempts, absent, invigilator = room

    kill_in_the_middle(server, [(Person(server, invigilator), ticks(absent))])
    server.start()

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchone() == ("ok",)
