"""The disk of PostgreSQL's tables is full, then that of its log: refused with a sentence, whole, and kept once.

Of its tables, it is back by itself. Of its log, it stops by itself, and a person starts it again (docs/operations.md).
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
from django.db import connections
from django.urls import reverse

from tests.bench.figures import Figure
from tests.cluster.pair import shipped
from tests.drills.disks import full
from tests.drills.drill_disk import ask, files, is_refused, send_document
from tests.drills.fire import seconds_until, within
from tests.drills.on_small_disks import on_small_disks
from tests.factories import MembershipFactory, QuestionFactory
from tests.killed import Person, Room, verdict_of
from tests.real_server import Server

NAME = "database disk"
TARGET = "503, and its sentence"
SCALE = 50
BACK_WITHIN, STOPPED_WITHIN = 10, 60
# A row that fits into a page of its table is taken although the disk is full.
PRESSES_AT_MOST = 1000
# All but what a few forms take of the file at hand of the log: they are in the middle when it asks for one more.
FILL_SEGMENT = """
    SELECT pg_logical_emit_message(false, 'drill', repeat('x', room - 50000))
    FROM (SELECT 16777216 - (pg_walfile_name_offset(pg_current_wal_insert_lsn())).file_offset AS room)
    WHERE room > 100000
"""
# Of whoever was in the middle of it when the server stopped.
IN_DOUBT = "Ce que vous veniez d’envoyer n’a peut-être pas été enregistré"


def run(scale):
    """`scale`: how many forms are refused while the disk of the tables is full."""
    yield from on_small_disks(__name__, 2, scale)
    yield from on_small_disks(__name__, 1, scale)


def play(database, scale):
    QuestionFactory.create_bank()
    server = Server()
    server.start()
    try:
        room = Pressed(Room(server))
        yield from full_tables(room, database, scale)
        yield from full_log(room, database)
    finally:
        server.kill()


class Pressed:
    """The people of a room, each with the next form; one that is refused is pressed again, the same."""

    def __init__(self, room):
        self.room = room
        self.member = Person(room.server, MembershipFactory(centre=room.session.centre).user)
        self.queues = dict(zip(room.people, map(iter, room.forms), strict=True))
        self.nexts = {person: next(forms) for person, forms in self.queues.items()}

    def press(self, person):
        form = self.nexts[person]
        answer = ask(person, *form)
        if answer[0] == 200:
            person.acknowledged.append(form)
            self.nexts[person] = next(self.queues[person], None)
        return answer

    def press_each(self):
        """All at once; the last question of a test leaves its candidate with nothing to press."""
        people = [person for person, form in self.nexts.items() if form]
        with ThreadPoolExecutor(len(people)) as pool:
            return list(pool.map(self.press, people))

    def read(self):
        """Of the room, of its centre and of its candidates."""
        watched = self.room.session.pk
        yield ask(self.room.watching, reverse("invigilation:board", args=[watched]))
        yield from self.read_elsewhere()

    def read_elsewhere(self):
        """Than in the room, whose page notes now and then who watches."""
        watched = self.room.session.pk
        yield ask(self.member, reverse("sessions:session_detail", args=[watched]))
        for person, attempt in zip(self.room.sitting, self.room.attempts, strict=True):
            yield ask(person, reverse("exam:test", args=[attempt.candidate_id]))

    def readiness(self, expected):
        status, _headers = self.room.server.ask("GET", reverse("readyz"))
        return Figure(str(status), ok=status == expected, name="  /readyz", target=str(expected))

    def kept(self, name, target="once each"):
        verdict = verdict_of([self.room])
        return Figure(verdict.told, ok=verdict.ok, name=name, target=target)


# --- The tables -----------------------------------------------------------------------------------


def full_tables(room, database, scale):
    room.press_each()
    with full(database.tables):
        answers = list(until_refused(room, scale))
        others = [answer for answer in answers if answer[0] != 200]
        refused = sum(map(is_refused, others))
        yield Figure(
            f"{refused} of {len(answers)} forms, {len(others) - refused} otherwise",
            ok=refused == len(others) >= scale,
            name=f"database disk, {'one' if database.is_on_one else 'two'}: the tables full",
        )
        is_told = is_refused(send_document(room.room, room.member))
        yield Figure(
            f"{'refused' if is_told else 'not refused'}, {len(files())} files",
            ok=is_told and not files(),
            name="  a document meanwhile",
            target="no file without its row",
        )
        read = [status == 200 for status, _headers, _text in room.read()]
        yield Figure(
            f"{sum(read)} of {len(read)} pages", ok=all(read), name="  one reads on", target="each"
        )
        yield room.readiness(200)
        yield room.kept("  what is kept", "nothing by half")
    back = seconds_until(lambda: all(a[0] == 200 for a in room.press_each()), BACK_WITHIN)
    yield within(back, BACK_WITHIN, "  back after room is made", f"≤ {BACK_WITHIN} s")
    yield room.kept("  the same forms, sent again")


def until_refused(room, times):
    refused = 0
    for _ in range(PRESSES_AT_MOST // len(room.nexts)):
        for answer in room.press_each():
            yield answer
            refused += answer[0] != 200
        if refused >= times:
            return


# --- The log --------------------------------------------------------------------------------------


def full_log(room, database):
    with full(database.log):
        answers = []
        stopped = seconds_until(lambda: has_stopped(room, database, answers), STOPPED_WITHIN)
        yield within(stopped, STOPPED_WITHIN, "database disk, the log full: it stops", "by itself")
        others = [answer for answer in answers if answer[0] != 200]
        told = [is_refused(answer) or is_in_doubt(answer) for answer in others]
        yield Figure(
            f"{sum(told)} of {len(told)} forms, {sum(map(is_in_doubt, others))} in doubt",
            ok=bool(told) and all(told),
            name="  who pressed meanwhile",
            target="a page that says so",
        )
        told = [is_refused(answer) for answer in room.press_each()]
        yield Figure(f"{sum(told)} of {len(told)} forms", ok=all(told), name="  while it is down")
        yield room.readiness(503)
    database.launch(shipped())
    back = seconds_until(lambda: all(a[0] == 200 for a in room.press_each()), BACK_WITHIN)
    yield within(back, BACK_WITHIN, "  back once it is started again", f"≤ {BACK_WITHIN} s")
    connections.close_all()
    yield room.kept("  the same forms, sent again")


def has_stopped(room, database, answers):
    with (
        suppress(psycopg.OperationalError),
        psycopg.connect(
            f"host={database.folder} user=postgres dbname=certif", autocommit=True
        ) as link,
    ):
        link.execute(FILL_SEGMENT)
    answers += room.press_each()
    return not database.is_running


def is_in_doubt(answer):
    return answer[0] == 500 and IN_DOUBT in answer[2]
