"""A process that plays the people of all the rooms: `python -m tests.load.generator`, a job on its input.

The job and the result are JSON. The result says what was acknowledged, how long each answer took, what
went wrong, and how late this process itself was: its own lateness is in every time it gives.
"""

import asyncio
import json
import random
import sys
from time import perf_counter

from tests.load.board import Board
from tests.load.browser import Browser, Log, Unexpected, expect
from tests.load.candidate import Candidate, Role
from tests.load.ledger import Ledger
from tests.load.tablet import Tablet
from tests.load.wire import Pool

LATENESS_EVERY = 0.05
# Before the first start, so that the boards poll already.
BREATH = 3


class World:
    """What the people of one process share. `pace`: for each kind of wait, its bounds in seconds."""

    def __init__(self, job):
        self.chance = random.Random(job["seed"])
        self.pool, self.log, self.ledger = Pool(job["port"]), Log(), Ledger()
        self.pace, self.trouble, self.codes = job["pace"], job["trouble"], job["codes"]
        self.questions, self.password = job["questions"], job["password"]
        self.is_repeated = job.get("is_repeated", False)
        self.texts = 0
        self.rooms, self.lateness = [], []

    def browser(self, login=""):
        return Browser(self.pool, self.log, self.chance, cookie=login, trouble=self.trouble)

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

    def waiting(self):
        """Who waits at the door, and what the tablets hold of him."""
        for each in self.candidates:
            if each.waits_as:
                lists = [tablet.held_of(each.pk) for tablet in self.tablets]
                yield f"candidate {each.pk} ({each.role}): {each.waits_as}; the lists: {lists}"

    async def run(self):
        await self.world.sleep("arrival")
        tablets = [asyncio.create_task(tablet.run()) for tablet in self.tablets]
        sitting = asyncio.gather(*(candidate.run() for candidate in self.candidates))
        await asyncio.wait([sitting, *tablets], return_when=asyncio.FIRST_COMPLETED)
        self.is_over = True
        if not sitting.done():
            # A tablet failed, and said so: nobody would let the candidates in.
            for each in (sitting, *tablets):
                each.cancel()
        await asyncio.wait([sitting, *tablets])


async def play(job):
    world = World(job)
    lateness = asyncio.create_task(world.measure_lateness())
    played = asyncio.create_task(KINDS[job["kind"]](job, world))
    _over, late = await asyncio.wait([played], timeout=job["limit"])
    if late:
        told = [*waiting(), *(line for room in world.rooms for line in room.waiting())]
        world.log.errors += [f"not over after {job['limit']} s: {line}" for line in told]
        played.cancel()
        await asyncio.wait([played])
    else:
        played.result()
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


def waiting():
    """What each task waits for, from the outside in."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    return sorted(" > ".join(_names(task.get_coro())) for task in tasks)


def _names(coroutine):
    while coroutine is not None and hasattr(coroutine, "cr_await"):
        yield coroutine.__qualname__
        coroutine = coroutine.cr_await


async def morning(job, world):
    world.rooms = [Room(room, world) for room in job["rooms"]]
    await asyncio.gather(*(room.run() for room in world.rooms))


async def rush(job, world):
    """Everybody starts at a moment of his own, whatever became of the others; the boards poll meanwhile."""
    rooms = [
        [Board(room["session"], world.browser(login), world) for login in room["logins"]]
        for room in job["rooms"]
    ]
    boards = [board for tablets in rooms for board in tablets]
    async with asyncio.TaskGroup() as together:
        # Each polls from the moment that it was opened: begun together, they would come in waves.
        for board in boards:
            await board.open()
            together.create_task(board.keep_polling())
        world.log.latencies.clear()
        due = asyncio.get_running_loop().time() + BREATH
        until = due + job["seconds"]
        ticks = [
            tick(tablets, pk, due, until, world)
            for room, tablets in zip(job["rooms"], rooms, strict=True)
            for pk in room["late"]
        ]
        await asyncio.gather(*ticks, *(sit(seat, due, until, world) for seat in job["seats"]))
        for board in boards:
            board.stop()


async def tick(tablets, pk, due, until, world):
    """By the first tablet; then until the other shows it."""
    pressed, shown = tablets
    due, before = world.chance.uniform(due, until), shown.badges[pk]
    loop = asyncio.get_running_loop()
    await asyncio.sleep(due - loop.time())
    try:
        answer = await pressed.press("tick, once sent", f"candidats/{pk}/presence", present=1)
        expect(answer, 200)
        world.log.note("tick", loop.time() - due)
        await shown.row_changed(pk, before)
        world.log.note("tick, on the other tablet", loop.time() - due)
    except Exception as error:
        world.log.failure("tablet", error)


async def sit(seat, due, until, world):
    """Starts at a moment of his own, then shows that he is there until the minute is over."""
    due = world.chance.uniform(due, until)
    browser, path = world.browser(seat["login"]), f"/certifications/{seat['pk']}"
    name, value = seat["pass"]
    browser.cookies[name] = value
    try:
        await start(browser, f"{path}/code/", seat["code"], due, world)
        while (wait := world.draw("beat")) < until - asyncio.get_running_loop().time():
            await asyncio.sleep(wait)
            expect(await browser.beat(f"{path}/test/signe"), 204)
    except Exception as error:
        world.log.failure("candidate", error)


async def start(browser, path, code, due, world):
    """Timed from the moment it was due: what waits behind a slow answer is slow too."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(due - loop.time())
    answer = await browser.post("start, once sent", path, code=code)
    world.log.note("start", loop.time() - due)
    if "hx-redirect" not in answer.headers:
        raise Unexpected(f"start: {answer.status}")


KINDS = {"morning": morning, "rush": rush}

if __name__ == "__main__":
    json.dump(asyncio.run(play(json.loads(sys.stdin.readline()))), sys.stdout)
