"""A morning of exams on one web process: « ./dev bench morning --scale N », N rooms of twenty candidates.

Each candidate and each of the two tablets of a room is a client (tests/load): it waits for its tick, enters
the code, answers its 48 questions, is cut off, comes back on another machine; ticks, authorises, grants,
reports. One form in ten is sent again because its answer was lost, cut, or was sent twice at once. What
the clients were told is then looked for in the database, and the other way round.

The pages poll and beat at their real pace. The candidates think faster than real ones, or slower, so that
all together answer at one rate: more rooms make a longer morning, not a harder one.
"""

from functools import partial

from tests.bench.cores import starting_on
from tests.bench.figures import Figure, percentile
from tests.bench.rooms import vacuum
from tests.bench.server import serving
from tests.load.gauges import Gauges
from tests.load.morning import REAL, play
from tests.load.scene import Morning

NAME = "morning"
TARGET = "each once, nothing else"
SCALE, CANDIDATES = 5, 20
ANSWERS_PER_SECOND = 60
TICK_WITHIN_MS = 300
PACE = REAL | {"arrival": [0, 5], "tick": [0.5, 1.5], "walk": [1, 3], "away": [5, 15]}


def run(scale):
    scene = Morning(sessions=scale, candidates_each=CANDIDATES)
    vacuum()
    thinking = scale * CANDIDATES / ANSWERS_PER_SECOND
    pace = PACE | {"think": [0.5 * thinking, 1.5 * thinking]}
    with serving() as (server, _clients):
        gauges = Gauges(server)
        starting = partial(starting_on, "client")
        played = play(scene, server.port, pace, starting=starting, watch=gauges.watch)
    tell(played, gauges)
    return figures(played)


def tell(played, gauges):
    print(
        f"  {played.requests} requests in {played.seconds:.0f} s, {played.requests / played.seconds:.0f}/s;"
        f" forms sent again: {sum(played.troubles.values())}"
    )
    print(f"  {'':<26}{'answers':>8}{'p50':>8}{'p95':>8}{'p99':>8}  ms")
    for kind, latencies in sorted(played.latencies.items(), key=lambda item: -len(item[1])):
        shown = "".join(
            f"{percentile(latencies, share) * 1000:>8.0f}" for share in (0.5, 0.95, 0.99)
        )
        print(f"  {kind:<26}{len(latencies):>8}{shown}")
    kinds = ", ".join(f"{kind} {n}" for kind, n in played.verdict.kinds().most_common())
    print(f"  facts: {kinds}")
    print(f"  processors: {gauges}; first saturated: {gauges.first_saturated()}")
    late = percentile(played.lateness, 0.99) * 1000
    print(f"  the generator itself was late by {late:.0f} ms (p99): it is in every time above")
    for sentence in [*played.verdict.faults(), *played.errors][:20]:
        print(f"  ! {sentence}")


def figures(played):
    tick = percentile(played.latencies["tick"], 0.95) * 1000
    return [
        Figure(played.verdict.told, ok=played.verdict.ok),
        Figure(
            f"{len(played.errors)} of {played.requests} requests",
            ok=not played.errors,
            name="morning, errors",
            target="0",
        ),
        Figure(
            f"p95 {tick:.0f} ms",
            ok=tick <= TICK_WITHIN_MS,
            name="morning, tick acknowledged",
            target=f"p95 ≤ {TICK_WITHIN_MS} ms",
        ),
    ]
