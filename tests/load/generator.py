"""A process that plays the people of some rooms: `python -m tests.load.generator`, a job on its input.

The job and the result are JSON. The result says what was acknowledged, how long each answer took, what
went wrong, and how late this process itself was: its own lateness is in every time it gives.
"""

import asyncio
import json
import random
import sys
from time import perf_counter

from tests.load.browser import Log
from tests.load.candidate import Candidate, Role
from tests.load.ledger import Ledger
from tests.load.tablet import Tablet
from tests.load.wire import Pool

LATENESS_EVERY = 0.05


class World:
    """What the people of one process share. `pace`: for each kind of wait, its bounds in seconds."""

    def __init__(self, job):
        self.chance = random.Random(job["seed"])
        self.pool, self.log, self.ledger = Pool(job["port"]), Log(), Ledger()
        self.pace, self.trouble, self.codes = job["pace"], job["trouble"], job["codes"]
        self.questions, self.password = job["questions"], job["password"]
        self.texts = 0
        self.lateness = []

    def draw(self, wait):
        return self.chance.uniform(*self.pace[wait])

    async def sleep(self, wait):
        await asyncio.sleep(self.draw(wait))

    def text(self):
        """Words that nobody else writes."""
        self.texts += 1
        return f"Essai {self.chance.getrandbits(40):x}, n° {self.texts} : l’écran s’est figé"

    async def measure_lateness(self):
        while True:
            due = perf_counter() + LATENESS_EVERY
            await asyncio.sleep(LATENESS_EVERY)
            self.lateness.append(perf_counter() - due)


class Room:
    """Twenty candidates and two tablets, and what is said aloud between them."""

    def __init__(self, job, world):
        self.session, self.password, self.code = job["session"], job["password"], job["code"]
        self.code_first, self.world = job["code_first"], world
        self.code_given, self.all_ticked = asyncio.Event(), asyncio.Event()
        self.present, self.seen, self.is_over = set(), [], False
        self.candidates = [Candidate(self, seat, world) for seat in job["seats"]]
        self.expected = {each.pk for each in self.candidates if each.role != Role.ABSENT}
        self.tablets = [
            Tablet(self, rank, invigilator, world)
            for rank, invigilator in enumerate(job["invigilators"])
        ]

    def tick_done(self, candidate, present):
        (self.present.add if present else self.present.discard)(candidate)
        if self.expected <= self.present:
            self.all_ticked.set()

    async def run(self):
        await self.world.sleep("arrival")
        tablets = [asyncio.create_task(tablet.run()) for tablet in self.tablets]
        sitting = asyncio.gather(*(candidate.run() for candidate in self.candidates))
        # A tablet that failed would leave the candidates waiting for ever.
        await asyncio.wait([sitting, *tablets], return_when=asyncio.FIRST_COMPLETED)
        if not sitting.done() and any(tablet.done() for tablet in tablets):
            sitting.cancel()
        await asyncio.wait([sitting])
        self.is_over = True
        await asyncio.gather(*tablets)


async def play(job):
    world = World(job)
    lateness = asyncio.create_task(world.measure_lateness())
    await asyncio.gather(*(Room(room, world).run() for room in job["rooms"]))
    lateness.cancel()
    world.pool.close()
    world.ledger.close()
    return {
        "acknowledged": world.ledger.acknowledged,
        "doubtful": world.ledger.doubtful,
        "latencies": world.log.latencies,
        "errors": world.log.errors,
        "troubles": world.log.troubles,
        "lateness": world.lateness,
    }


if __name__ == "__main__":
    json.dump(asyncio.run(play(json.loads(sys.stdin.readline()))), sys.stdout)
