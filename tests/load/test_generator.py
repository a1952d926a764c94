"""A load that does not end is a fault that can be read."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from tests.cluster.processes import free_port
from tests.load.generator import play

SEAT = {"pk": 1, "email": "a@exemple.test", "login": "sessionid=none", "role": "ordinary"}
ROOM = {"session": 1, "password": "", "code": "", "code_first": False}


def test_a_morning_past_its_limit_says_who_waits():
    """Nobody listens there: the candidate tries again and again."""
    job = {
        "kind": "morning",
        "rooms": [ROOM | {"seats": [SEAT], "invigilators": []}],
        "codes": {},
        "port": free_port(),
        "pace": {"arrival": [0, 0]},
        "limit": 0.3,
    }

    job |= {"seed": 1, "trouble": 0, "questions": 48, "password": ""}

    # A browser of another test may hold the loop of this thread.
    with ThreadPoolExecutor(1) as thread:
        told = thread.submit(lambda: asyncio.run(play(job))).result()

    assert "not over after 0.3 s: Candidate.run > Candidate._sit > Candidate._start" in " ".join(
        told["errors"]
    )
