"""A morning played against a server: the people in a process of their own, then the ledgers and the database."""

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
    seconds: float
    latencies: dict
    errors: list
    troubles: dict
    lateness: list
    verdict: object

    @property
    def requests(self):
        return sum(map(len, self.latencies.values()))


def play(scene, port, pace, *, starting=nullcontext, watch=nothing):
    """The people play in a process begun within `starting()`; each second, `watch` is given it."""
    job = {
        "port": port,
        "seed": 1,
        "pace": pace,
        "trouble": TROUBLE,
        "questions": QUESTIONS,
        "password": PASSWORD,
        "codes": scene.codes,
        "rooms": scene.rooms,
    }
    began = time.monotonic()
    result = _result(job, starting, watch)
    seconds = time.monotonic() - began
    found = facts_of(scene.sessions, scene.since)
    return Played(
        seconds=seconds,
        latencies=result["latencies"],
        errors=result["errors"],
        troubles=result["troubles"],
        lateness=result["lateness"],
        verdict=compare(result["acknowledged"], result["doubtful"], found),
    )


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
