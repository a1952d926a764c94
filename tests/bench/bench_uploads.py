"""Twenty files sent at once, and what the list of sessions takes meanwhile, beside what it takes alone.

The files hold a thousand rows each, and are in flight until the last of them is read, by a worker that runs as it
does when deployed. The page is asked by two people, one request after the other.
"""

import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from threading import Thread

from django.conf import settings
from django.test import Client
from django.urls import reverse

from sessions.enums import ImportState
from sessions.models import PreparedImport
from tests.bench.figures import Figure, percentile
from tests.bench.server import serving, stopped_at_the_end
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory
from tests.sessions.workbooks import one_sheet

NAME = "uploads"
TARGET = "≤ 2 × the list of sessions alone"
MOST_TIMES = 2
UPLOADS, ROWS, SESSIONS, REPETITIONS, SECONDS, SLICE = 20, 1_000, 25, 5, 2, 0.5
TITLES = ["Nom de naissance", "Prénom", "Date de naissance", "Classe", "Identifiant externe"]


def run():
    people = [MembershipFactory() for _ in range(UPLOADS)]
    sessions = [fill(person) for person in people]
    readers = [cookie_of(person.user) for person in people[:2]]
    with serving() as (server, clients), worker():
        lanes = [
            [
                server.request(
                    reverse("sessions:session_list", args=[person.centre_id]), cookies=cookie
                )
            ]
            for person, cookie in zip(people, readers, strict=False)
        ]
        page = clients(lanes, 200)
        page.run(1)
        alone, meanwhile = [], []
        for _ in range(REPETITIONS):
            alone.append(page.run(SECONDS).latencies)
            with uploads(server, people, sessions) as still_in_flight:
                meanwhile.append(latencies_while(still_in_flight, page))
    ratio = median(map(median, meanwhile)) / median(map(median, alone))
    for name, runs in (("alone", alone), ("twenty uploads", meanwhile)):
        all_of_them = [latency for latencies in runs for latency in latencies]
        print(
            f"  {name}: {len(all_of_them)} pages, median {median(all_of_them) * 1000:.0f} ms,"
            f" 95 % within {percentile(all_of_them, 0.95) * 1000:.0f} ms"
        )
    return Figure(f"{ratio:.2f} ×", ok=ratio <= MOST_TIMES)


def fill(person):
    sessions = ExamSessionFactory.create_batch(
        SESSIONS, centre=person.centre, created_by=person.user
    )
    for session in sessions:
        CandidateFactory(session=session)
    return sessions[0]


def cookie_of(user):
    browser = Client()
    browser.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    browser.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    return "; ".join(f"{name}={cookie.value}" for name, cookie in browser.cookies.items())


@contextmanager
def worker():
    command = [sys.executable, "manage.py", "db_worker", "--interval", "0.2"]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "certif.settings"}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=quiet, stderr=quiet)
    with stopped_at_the_end(process):
        yield


@contextmanager
def uploads(server, people, sessions):
    """All sent at once by as many people; what they answer is checked at the end."""
    data = one_sheet(TITLES, *map(row, range(ROWS)))
    answers = []
    at_work = PreparedImport.objects.filter(state__in=[ImportState.WAITING, ImportState.READING])
    sends = [
        Thread(target=send, args=[server, cookie_of(person.user), session, data, answers])
        for person, session in zip(people, sessions, strict=True)
    ]
    for each in sends:
        each.start()
    yield lambda: any(each.is_alive() for each in sends) or at_work.exists()
    for each in sends:
        each.join()
    if answers != [302] * UPLOADS:
        raise RuntimeError(f"the uploads answer {sorted(answers)}")


def latencies_while(still_in_flight, page):
    latencies = []
    while still_in_flight():
        latencies += page.run(SLICE).latencies
    return latencies


def send(server, cookie, session, data, answers):
    boundary = "-" * 20 + uuid.uuid4().hex
    fields = {"csrfmiddlewaretoken": "a" * 32, "operation": str(uuid.uuid4())}
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f.xlsx"\r\n\r\n'
    body = b"".join([*parts, file.encode(), data, f"\r\n--{boundary}--\r\n".encode()])
    asked = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        asked.request(
            "POST",
            reverse("sessions:candidate_import", args=[session.pk]),
            body=body,
            headers={
                "Cookie": cookie,
                "Content-Type": f"multipart/form-data; boundary={boundary}",
            },
        )
        answers.append(asked.getresponse().status)
    finally:
        asked.close()


def row(number):
    name = "".join("abcdefghij"[int(digit)] for digit in str(number))
    born = date(2007, 1, 1) + timedelta(days=number % 700)
    return [f"Łukaszewicz-{name}", "Léa", born, "3e A", f"{number:09}AB"]
