"""A morning of exams: « ./dev bench morning --scale N », N rooms of twenty candidates; a web process for fifty.

Each candidate and each of the two tablets of a room is a client (tests/load): it waits for its tick, enters
the code, answers its 48 questions, is cut off, comes back on another machine; ticks, authorises, grants,
reports. One form in ten is sent again because its answer was lost, cut, or was sent twice at once. What
the clients were told is then looked for in the database, and the other way round.

The pages poll and beat at their real pace. The candidates think faster than real ones, or slower, so that
all together answer at one rate, and a room comes every other second: more of them make a longer morning, not a
harder one.
"""

from contextlib import nullcontext
from functools import partial
from math import ceil

from tests.bench.cores import starting_on
from tests.bench.figures import Figure, percentile
from tests.bench.rooms import vacuum
from tests.bench.server import serving
from tests.load.gauges import of_server
from tests.load.play import QUESTIONS, REAL, play_morning
from tests.load.report import tell
from tests.load.scene import Morning

NAME = "morning"
TARGET = "each once, nothing else"
SCALE, CANDIDATES = 3, 20
ANSWERS_PER_SECOND = 60
ROOMS_A_WEB_PROCESS = 50
FIRST_COME, A_ROOM_EVERY = 20, 2
TICK_WITHIN_MS = 300
PACE = REAL | {"tick": [0.5, 1.5], "walk": [1, 3], "away": [5, 15]}


def run(scale):
    workers = ceil(scale / ROOMS_A_WEB_PROCESS)
    starting = partial(starting_on, "client") if workers == 1 else nullcontext
    with serving(workers) as (server, _clients):
        scene, played = play(scale, server.port, of_server(server, workers), starting=starting)
    return figures(scene, played, NAME)


def play(scale, port, gauges, *, candidates_each=CANDIDATES, pace=PACE, **how):
    """A morning of `scale` rooms, and what its people met; told but for what it is worth."""
    scene = Morning(sessions=scale, candidates_each=candidates_each)
    vacuum()
    thinking = scale * candidates_each / ANSWERS_PER_SECOND
    coming, answering = [0, max(FIRST_COME, A_ROOM_EVERY * scale)], [0.5 * thinking, 1.5 * thinking]
    pace = {"arrival": coming, "think": answering} | pace
    limit = 300 + 3 * QUESTIONS * thinking
    played = play_morning(scene, port, pace, limit=limit, watch=gauges.watch, **how)
    tell(played, gauges)
    return scene, played


def figures(scene, played, name):
    verdict = played.verdict(scene)
    kinds = ", ".join(f"{kind} {n}" for kind, n in verdict.kinds().most_common())
    print(f"  facts: {kinds}")
    for fault in verdict.faults()[:20]:
        print(f"  ! {fault}")
    tick = percentile(played.latencies["tick"], 0.95) * 1000
    return [
        Figure(verdict.told, ok=verdict.ok),
        Figure(
            f"{len(played.errors)} of {played.requests} requests",
            ok=not played.errors,
            name=f"{name}, errors",
            target="0",
        ),
        Figure(
            f"p95 {tick:.0f} ms",
            ok=tick <= TICK_WITHIN_MS,
            name=f"{name}, tick",
            target=f"acknowledged p95 ≤ {TICK_WITHIN_MS} ms",
        ),
    ]
