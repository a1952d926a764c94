"""A room works on a SQLite file while its server is killed (kill -9), again and again."""

import sys
from random import randint
from statistics import median
from time import perf_counter

from tests.bench.figures import Figure
from tests.drills.fire import ERRORS_TOLD
from tests.drills.on_sqlite import on_sqlite
from tests.factories import QuestionFactory
from tests.killed import Room, reopened, verdict_of
from tests.real_server import Server

NAME = "kill"
TARGET = "once each, nothing else"
SCALE = 200
AFTER = (5, 60)
OPENS_WITHIN = 1


def run(scale):
    """`scale`: how many times the server is killed."""
    return on_sqlite(__name__, scale)


def play(scale):
    QuestionFactory.create_bank()
    server, rooms, opened, back, sound = Server(), [], [], [], 0
    server.start()
    try:
        for _ in range(scale):
            room = Room(server)
            room.work_until_killed(after=randint(*AFTER))
            seconds, state = reopened()
            opened.append(seconds)
            sound += state == "ok"
            began = perf_counter()
            server.start()
            back.append(perf_counter() - began)
            room.send_again_what_was_not_heard()
            rooms.append(room)
    finally:
        server.kill()
    # Asked at the end only: what a later kill took away is missing too.
    verdict = verdict_of(rooms)
    for fault in verdict.faults()[:ERRORS_TOLD]:
        print(f"  ! {fault}", file=sys.stderr)
    yield Figure(verdict.told, ok=verdict.ok)
    yield Figure(
        f"{scale} kills, {sound} sound",
        ok=sound == scale,
        name="kill, integrity_check",
        target="sound after each",
    )
    yield Figure(
        f"{median(opened) * 1000:.1f} ms, longest {max(opened) * 1000:.0f}",
        ok=max(opened) <= OPENS_WITHIN,
        name="kill, the file opens again",
        target=f"≤ {OPENS_WITHIN} s",
    )
    yield Figure(
        f"{median(back):.1f} s, longest {max(back):.1f}",
        ok=True,
        name="kill, the server answers again",
        target="told",
    )
