"""A load played against a server, by people in a process of their own; then their ledgers beside the database."""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.factories import PASSWORD
from tests.load.found import compare, facts_of

ROOT = Path(__file__).parents[2]
GENERATOR = [sys.executable, "-m", "tests.load.generator"]
# As the pages do it: the board polls, the waiting page, the beat. In seconds.
REAL = {"poll": [1.6, 2.0], "wait": [5, 8], "beat": [12.75, 17.25]}
QUESTIONS = 48
TROUBLE = 0.1


def nothing(player):
    pass


@dataclass
class Played:
    """What the people say: facts, the times of the answers by kind of request, and what went wrong."""

    seconds: float
    acknowledged: list
    doubtful: list
    latencies: dict
    errors: list
    troubles: dict
    lateness: list

    @property
    def requests(self):
        return sum(map(len, self.latencies.values()))

    def verdict(self, scene):
        found = facts_of(scene.sessions, scene.since)
        return compare(self.acknowledged, self.doubtful, found)


def play_morning(scene, port, pace, *, trouble=TROUBLE, limit=600, is_repeated=False, **how):
    """`is_repeated`: a proxy in front may send a form again, and tell only what came of the second."""
    job = {"kind": "morning", "rooms": scene.rooms, "codes": scene.codes}
    job |= {"is_repeated": is_repeated}
    return play({**job, "port": port, "pace": pace, "trouble": trouble, "limit": limit}, **how)


def play_rush(rush, port, seconds, **how):
    job = {"kind": "rush", "seats": rush.seats, "rooms": rush.rooms, "codes": {}}
    limit = 300 + 3 * seconds
    asked = {"port": port, "pace": REAL, "trouble": 0, "seconds": seconds, "limit": limit}
    return play({**job, **asked}, **how)


def play(job, *, starting=nullcontext, watch=nothing):
    """The process begins within `starting()`; each second, `watch` is given it."""
    job |= {"seed": 1, "questions": QUESTIONS, "password": PASSWORD}
    began = time.monotonic()
    result = _result(job, starting, watch)
    return Played(time.monotonic() - began, **result)


def _result(job, starting, watch):
    with tempfile.TemporaryFile("w+") as output:
        with starting():
            player = subprocess.Popen(
                GENERATOR, cwd=ROOT, stdin=subprocess.PIPE, stdout=output, text=True
            )
        try:
            with player.stdin as told:
                told.write(json.dumps(job) + "\n")
            while _is_playing(player):
                watch(player)
        finally:
            player.kill()
            player.wait()
        if player.returncode:
            raise RuntimeError("the process that plays the people failed")
        output.seek(0)
        return json.load(output)


def _is_playing(player):
    try:
        player.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return True
    return False
