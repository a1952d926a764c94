"""An import is killed at twenty instants, while it reads, plans and writes: all of it is there, or nothing.

Nobody tells it before `kill -9`. What was cut off says so on its page, and is taken up there.
"""

import os
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from datetime import date, time, timedelta
from functools import cache
from threading import Event
from time import perf_counter
from uuid import uuid4

import pytest
from django.conf import settings as project
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from certif.audit.models import AuditEvent
from sessions.enums import ImportKind, ImportState
from sessions.models import Candidate, ExamSession, PreparedImport
from tests.beside import environment, write_ahead_log
from tests.factories import MembershipFactory
from tests.sessions.workbooks import one_sheet

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "certif-importing"
SESSIONS, CANDIDATES_EACH = 100, 20
NOTHING = {"sessions": 0, "candidates": 0, "audit": 0}
EVERYTHING = {
    "sessions": SESSIONS,
    "candidates": SESSIONS * CANDIDATES_EACH,
    # Of each session: it was created, its list was imported. Then the import itself.
    "audit": 2 * SESSIONS + 1,
}
KILLS_EACH = 10
INSTANTS = [
    (doing, (number + 0.5) / KILLS_EACH)
    for doing in ("reading", "writing")
    for number in range(KILLS_EACH)
]
INTERRUPTED, TO_CONFIRM = "Le travail a été interrompu", "Rien n’est encore enregistré"
SHOWN = {
    ImportState.WAITING: "Le fichier attend depuis plus de deux minutes",
    ImportState.READING: INTERRUPTED,
    ImportState.READY: TO_CONFIRM,
    ImportState.APPLYING: INTERRUPTED,
    ImportState.DONE: "2000 personnes ajoutées",
}
TITLES = [
    "Date",
    "Heure de début",
    "Site",
    "Salle",
    "Nom de l’examinateur",
    "Nom de naissance",
    "Prénom",
    "Date de naissance",
    "Code postal de naissance",
    "Commune de naissance",
]


@cache
def navette():
    rows = (row(number, seat) for number in range(SESSIONS) for seat in range(CANDIDATES_EACH))
    return one_sheet(TITLES, *rows)


def row(number, seat):
    day = date(2027, 1, 4) + timedelta(days=number // 10)
    slot = [day, time(9, 0), "Collège", f"Salle {number % 10}", "Éluard"]
    name = f"Rossø-{'abcdefghij'[number // 10]}{'abcdefghij'[number % 10]}{chr(ord('a') + seat)}"
    return [*slot, name, "Léa", date(2008, 5, 21), "69003", "Lyon"]


# --- The process that is killed -------------------------------------------------------------------


class Importer:
    """Speaks with tests/importing.py."""

    def __init__(self):
        self.durations = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.importing"],
            cwd=project.BASE_DIR,
            env=environment() | {"TMPDIR": tempfile.gettempdir(), "PGAPPNAME": NAME},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hear(self, word):
        """The rest of the line that begins with this word, which is to be the next one."""
        line = self.process.stdout.readline()
        assert line.startswith(word), f"{line!r} instead of {word!r}"
        return line.removeprefix(word).strip()

    def begin(self, pk):
        """The process that is about to import, held by what its end cannot give to another."""
        self.tell(pk)
        return os.pidfd_open(int(self.hear("process")))

    def measure(self, pk):
        os.close(self.begin(pk))
        self.tell("go")
        self.hear("reading")
        began = perf_counter()
        self.hear("writing")
        read = perf_counter()
        assert self.hear("ended") == "0"
        self.durations = {"reading": read - began, "writing": perf_counter() - read}

    def kill(self, pk, doing, share):
        """Import, and be killed after this share of what this part of the import lasts."""
        process = self.begin(pk)
        self.tell("go")
        self.hear("reading")
        if doing == "writing":
            self.hear("writing")
        select.select([process], [], [], share * self.durations[doing])
        with suppress(ProcessLookupError):  # it had ended by itself
            signal.pidfd_send_signal(process, signal.SIGKILL)
        os.close(process)
        next(line for line in self.process.stdout if line.startswith("ended"))
        wait_for_the_end_of_its_connections()

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=10)


def wait_for_the_end_of_its_connections():
    """PostgreSQL ends what it was asked for before it looks at who asked."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    while connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(query, [NAME])
            if cursor.fetchone() == (0,):
                return
        Event().wait(0.01)


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """One for all the kills, started at the first: it must know the database of this run."""
    importers = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("slots")))
        yield importers
        for importer in importers:
            importer.stop()


@pytest.fixture
def importer(started):
    with write_ahead_log():
        if not started:
            started.append(Importer())
            started[0].measure(waiting_import().pk)
        yield started[0]


# --- What must hold -------------------------------------------------------------------------------


def waiting_import():
    membership = MembershipFactory()
    return PreparedImport.objects.create(
        kind=ImportKind.SHUTTLE,
        centre=membership.centre,
        filename="navette.xlsx",
        source=navette(),
        created_by=membership.user,
    )


def what_is_written(prepared):
    centre = prepared.centre_id
    return {
        "sessions": ExamSession.objects.filter(centre=centre).count(),
        "candidates": Candidate.objects.filter(session__centre=centre).count(),
        "audit": AuditEvent.objects.filter(centre_id=centre).count(),
    }


def two_minutes_later(prepared):
    PreparedImport.objects.filter(pk=prepared.pk).update(
        beat_at=timezone.now() - timedelta(minutes=3)
    )


@pytest.fixture
def by_the_page(client, settings):
    """What a person does: look, take up what was cut off, confirm. Gives what the page said first."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}

    def finish(prepared):
        client.force_login(prepared.created_by)
        page = client.get(prepared.get_absolute_url()).content.decode()
        for action in ("sessions:import_resume", "sessions:import_confirm"):
            client.post(reverse(action, args=[prepared.pk]), {"operation": uuid4()})
        return page

    return finish


@pytest.mark.parametrize(("doing", "share"), INSTANTS)
def test_an_import_killed_at_any_instant_is_all_there_or_not_at_all(
    importer, by_the_page, doing, share
):
    prepared = waiting_import()

    importer.kill(prepared.pk, doing, share)

    written = what_is_written(prepared)
    prepared.refresh_from_db()
    assert written == (EVERYTHING if prepared.state == ImportState.DONE else NOTHING)
    two_minutes_later(prepared)
    assert SHOWN[prepared.state] in by_the_page(prepared)
    prepared.refresh_from_db()
    assert (prepared.state, what_is_written(prepared)) == (ImportState.DONE, EVERYTHING)
