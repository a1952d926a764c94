"""A disk that is full: what was sent is refused with a sentence, nothing of it is kept by half, and one reads on.

`./dev drill disk` fills real disks.
"""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from psycopg.errors import DiskFull, LockNotAvailable, TooManyConnections, UndefinedTable
from psycopg_pool import PoolTimeout

from certif.lib.shortage import is_shortage, note_who_reads
from certif.lib.whole_files import WholeFiles
from exam.actions import note_silences
from invigilation.models import SessionNote
from tests import situations
from tests.factories import ExamSessionFactory, MembershipFactory
from tests.invigilation.pages import HTMX, url

SENTENCE = "Rien de ce qui avait été confirmé n’a été perdu"
READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def full_sqlite():
    """What a SQLite file says when it cannot grow."""
    with closing(sqlite3.connect(":memory:")) as link:
        link.execute("CREATE TABLE told (what)")
        link.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError) as refused:
            link.execute("INSERT INTO told VALUES (zeroblob(100000))")
    return refused.value


def broken(error):
    """As Django gives what a driver raised."""
    wrapped = OperationalError(*error.args)
    wrapped.__cause__ = error
    return wrapped


@pytest.fixture(params=[full_sqlite, DiskFull], ids=["SQLite", "PostgreSQL"])
def full(request):
    """The database, once full: it is read, and takes nothing."""

    def refuse(execute, sql, params, many, context):
        if sql.startswith(READS):
            return execute(sql, params, many, context)
        raise broken(request.param())

    return connection.execute_wrapper(refuse)


@pytest.fixture
def room(client, db):
    session = ExamSessionFactory()
    client.force_login(situations.invigilator_of(session))
    client.raise_request_exception = False
    return session


def test_a_form_on_a_full_disk_is_refused_with_a_page_that_says_so(client, room, full):
    with full:
        response = client.post(url("notes", room), {"text": "Alarme incendie"})

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Service momentanément indisponible" in response.text
    assert SENTENCE in response.text
    assert not SessionNote.objects.exists()


def test_a_fragment_on_a_full_disk_is_refused_with_a_sentence(client, room, full):
    with full:
        response = client.post(url("notes", room), {"text": "Alarme incendie"}, **HTMX)

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.text.startswith("Le service est momentanément indisponible.")


def test_the_same_form_is_taken_once_there_is_room(client, room, full):
    with full:
        client.post(url("notes", room), {"text": "Alarme incendie"}, **HTMX)

    assert client.post(url("notes", room), {"text": "Alarme incendie"}, **HTMX).status_code == 200
    assert SessionNote.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_reads_on_although_the_gesture_cannot_be_noted(client, room, full, settings):
    settings.LOGIN_SITTING = timedelta(hours=20)

    with full:
        assert client.get(url("board", room)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_gesture_that_breaks_for_another_reason_is_not_hidden(client, room, settings):
    settings.LOGIN_SITTING = timedelta(hours=20)

    def refuse(execute, sql, params, many, context):
        if sql.startswith(READS):
            return execute(sql, params, many, context)
        raise broken(UndefinedTable())

    with connection.execute_wrapper(refuse):
        assert client.get(url("board", room)).status_code == 500


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool")
@pytest.mark.django_db(transaction=True)
def test_a_page_that_finds_no_turn_in_the_pool_says_so(client, room, monkeypatch):
    pool = connection.pool
    monkeypatch.setattr(pool, "timeout", 1)
    held = pool.get_stats()
    in_use = held["pool_size"] - held["pool_available"]
    with ExitStack() as taken, ThreadPoolExecutor(1) as another_thread:
        for _ in range(pool.max_size - in_use):
            taken.enter_context(pool.connection())
        response = another_thread.submit(client.get, url("board", room)).result()

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert SENTENCE in response.text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row to wait for")
@pytest.mark.django_db(transaction=True)
def test_a_move_that_waits_for_a_row_for_too_long_is_told_to_come_again(client, room):
    with connection.cursor() as cursor, connection.pool.connection() as other:
        cursor.execute("SET lock_timeout = 50")
        with other.transaction():
            other.execute("SELECT FROM exam_sessions_examsession FOR UPDATE")
            response = client.post(url("notes", room), {"text": "Alarme incendie"})
        cursor.execute("RESET lock_timeout")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert SENTENCE in response.text
    assert not SessionNote.objects.exists()


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.ENOENT, "No such file"), False),
        (full_sqlite(), True),
        (broken(TooManyConnections()), True),
        (broken(PoolTimeout()), True),
        (broken(LockNotAvailable()), True),
        (broken(UndefinedTable()), False),
        (OperationalError("away"), False),
        (None, False),
    ],
    ids=[
        "disk",
        "quota",
        "no file",
        "SQLite",
        "connections",
        "pool",
        "row",
        "table",
        "away",
        "nothing",
    ],
)
def test_what_means_that_there_is_no_room(error, is_one):
    assert is_shortage(error) == is_one


def test_a_document_whose_row_found_no_room_leaves_no_file(client, room, full, settings):
    client.force_login(MembershipFactory(centre=room.centre).user)
    sent = {
        "file": SimpleUploadedFile("feuille.pdf", b"%PDF-1.7\n%minimal\n%%EOF\n"),
        "kind": "sheet",
    }

    with full:
        response = client.post(reverse("finalisation:document_add", args=[room.pk]), sent)

    assert response.status_code == 503
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


# --- Files ----------------------------------------------------------------------------------------


class Torn(ContentFile):
    """The disk is full in the middle of it."""

    def chunks(self, chunk_size=None):
        yield b"half"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_that_the_disk_could_not_hold_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match="No space"):
        WholeFiles(tmp_path).save("document.pdf", Torn(b""))

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_there_under_that_name_is_left_alone(tmp_path):
    files = WholeFiles(tmp_path)
    files.save("document.pdf", ContentFile(b"first"))

    with pytest.raises(OSError, match="No space"):
        files.save("document.pdf", Torn(b""))

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"first"]


def test_a_file_is_kept_whole_for_its_owner_alone(tmp_path):
    name = WholeFiles(tmp_path, file_permissions_mode=0o600).save(
        "document.pdf", ContentFile(b"whole")
    )

    assert (tmp_path / name).read_bytes() == b"whole"
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_a_file_is_on_the_disk_and_so_are_the_folders_that_lead_to_it(tmp_path, monkeypatch):
    forced = []
    monkeypatch.setattr(os, "fsync", lambda file: forced.append(os.fstat(file).st_ino))

    WholeFiles(tmp_path).save("new/folder/document.pdf", ContentFile(b"whole"))

    ends = ["new/folder/document.pdf", "new/folder", "new", ""]
    assert forced == [(tmp_path / end).stat().st_ino for end in ends]


KILLED = """
import os, signal, sys
from django.conf import settings
from django.core.files.base import ContentFile
settings.configure()
from certif.lib.whole_files import WholeFiles

class Killed(ContentFile):
    def chunks(self, chunk_size=None):
        yield b"half"
        os.kill(os.getpid(), signal.SIGKILL)

WholeFiles(sys.argv[1]).save("plan.svg", Killed(b""))
"""


def test_whoever_is_killed_in_the_middle_of_a_file_leaves_nothing_under_its_name(tmp_path):
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)

    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "plan.svg").exists()


def test_two_files_that_come_at_once_under_a_name_are_two(tmp_path):
    class First(ContentFile):
        """Another one is placed while it is on its way."""

        def chunks(self, chunk_size=None):
            WholeFiles(tmp_path).save("document.pdf", ContentFile(b"second"))
            yield b"first"

    name = WholeFiles(tmp_path).save("document.pdf", First(b""))

    assert (tmp_path / name).read_bytes() == b"first"
    assert (tmp_path / "document.pdf").read_bytes() == b"second"


def test_the_files_of_this_machine_are_kept_so():
    assert isinstance(storages["default"], WholeFiles)


def synchronous_commit():
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no such setting")
def test_who_reads_is_noted_without_waiting_for_a_disk_and_nothing_else_is(db):
    told = []
    note_who_reads(lambda: told.append(synchronous_commit()))

    assert [*told, synchronous_commit()] == ["off", "on"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no such setting")
def test_a_silence_waits_for_the_disk_since_tablets_hold_its_version(bank):
    session, told = situations.started().candidate.session, []

    def tell(execute, sql, params, many, context):
        if sql.startswith("UPDATE"):
            told.append(synchronous_commit())
        return execute(sql, params, many, context)

    later = timezone.now() + timedelta(minutes=2)
    with connection.execute_wrapper(tell), time_machine.travel(later):
        note_silences(session)

    assert set(told) == {"on"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no such setting")
def test_a_move_around_it_waits_for_the_disk():
    with transaction.atomic():
        note_who_reads(synchronous_commit)
        assert synchronous_commit() == "on"
