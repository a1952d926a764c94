"""A room at work on a real server that is killed: what its people were told, beside what is kept.

Once in tests/test_kill.py, two hundred times in `./dev drill kill`.
"""

import secrets
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from itertools import chain
from threading import Event
from time import perf_counter
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from certif.audit.models import AuditEvent
from exam import seat
from exam.models import Answer
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory
from tests.load.found import compare

CANDIDATES = 3
KILLED_AFTER = 25


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

    def send(self, form):
        """The status of one form."""
        path, fields = form
        body = urlencode({**dict(fields), "csrfmiddlewaretoken": self.token})
        return self.server.ask("POST", path, body=body, headers=self.headers)[0]

    def post(self, form):
        self.unheard = form
        status = self.send(form)
        assert status == 200, f"{form[0]}: {status}"
        self.acknowledged.append(form)
        self.unheard = None

    def work(self, forms, heard):
        for form in forms:
            try:
                self.post(form)
            except (OSError, HTTPException):
                return
            heard()

    def told(self, *names):
        """Of each acknowledged form, these fields."""
        return [[dict(fields)[name] for name in names] for _path, fields in self.acknowledged]


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


class Room:
    """Candidates who answer, and an invigilator who ticks one who never comes."""

    def __init__(self, server):
        self.server = server
        self.session = session = ExamSessionFactory()
        self.attempts = [situations.started(session=session) for _ in range(CANDIDATES)]
        self.absent = CandidateFactory(session=session)
        self.sitting = [
            Person(server, attempt.candidate.user, attempt=attempt) for attempt in self.attempts
        ]
        self.watching = Person(server, situations.invigilator_of(session))
        session.refresh_from_db()
        self.version = session.version

    @property
    def people(self):
        return [*self.sitting, self.watching]

    @property
    def forms(self):
        return [*map(answers, self.attempts), ticks(self.absent)]

    def work_until_killed(self, after=KILLED_AFTER):
        """Start everybody, wait for so many acknowledged forms, kill. All are cut by it."""
        enough, heard = Event(), []

        def hear():
            heard.append(1)
            if len(heard) >= after:
                enough.set()

        # The server alone holds the file.
        connection.close()
        with ThreadPoolExecutor(len(self.people)) as pool:
            jobs = zip(self.people, self.forms, strict=True)
            cut = [pool.submit(person.work, forms, hear) for person, forms in jobs]
            reached = enough.wait(timeout=60)
            self.server.kill()
            for future in cut:
                future.result()
        assert reached

    def send_again_what_was_not_heard(self):
        """As a tablet does, with the same operation."""
        for person in self.people:
            if person.unheard:
                person.post(person.unheard)

    def facts_told(self):
        for attempt, person in zip(self.attempts, self.sitting, strict=True):
            for number, value in person.told("number", "value"):
                yield ["answer", attempt.pk, number, [value]]
        absent = self.absent.pk
        for rank, (present, operation) in enumerate(self.watching.told("present", "operation")):
            yield ["tick", absent, rank, bool(present), operation]
        for present, _operation in self.watching.told("present", "operation")[-1:]:
            yield ["present", absent, bool(present)]
        acknowledged = sum(len(person.acknowledged) for person in self.people)
        yield ["version", self.session.pk, self.version + acknowledged]

    def facts_kept(self):
        rows = Answer.objects.filter(attempt__in=self.attempts)
        for row in rows.values_list("attempt", "number", "value"):
            yield ["answer", *row]
        lines = AuditEvent.objects.filter(
            kind__startswith="presence.", candidate_id=self.absent.pk
        ).order_by("pk")
        for rank, line in enumerate(lines):
            is_present = line.kind == "presence.present"
            yield ["tick", self.absent.pk, rank, is_present, str(line.operation_id)]
        self.absent.refresh_from_db()
        self.session.refresh_from_db()
        if lines:
            yield ["present", self.absent.pk, self.absent.is_present]
        yield ["version", self.session.pk, self.session.version]


def verdict_of(rooms):
    """What the people of these rooms were told, beside what is kept: both ways."""
    told = chain.from_iterable(room.facts_told() for room in rooms)
    return compare(told, [], chain.from_iterable(room.facts_kept() for room in rooms))


def reopened():
    """The seconds until a killed server's SQLite file answers, and what it says of itself."""
    connection.close()
    began = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        seconds = perf_counter() - began
        cursor.execute("PRAGMA integrity_check")
        return seconds, cursor.fetchone()[0]
