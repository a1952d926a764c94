"""« Commencer mon test », by 5,000 candidates within a minute, on one web core, while the boards poll.

The presence was ticked before. Each candidate presses at a moment of his own, drawn evenly from the minute,
and his time runs from that moment, whatever became of the others; then his page beats. Twenty candidates a
room, two tablets a room polling at their real pace: most of their polls bring a changed row. One ticks the
two who came late, the other shows it.
"""

from functools import partial

from tests.bench.cores import starting_on
from tests.bench.figures import Figure
from tests.bench.rooms import vacuum
from tests.bench.server import serving
from tests.load.gauges import of_server
from tests.load.play import play_rush
from tests.load.report import milliseconds, tell
from tests.load.rush import Rush

NAME = "starts"
TARGET = "0 errors"
SCALE, CANDIDATES_EACH, SECONDS = 5_000, 20, 60
WITHIN_MS = 250
TICK_WITHIN_MS, SHOWN_WITHIN_MS = 300, 2200


def run(scale):
    rush = Rush(sessions=scale // CANDIDATES_EACH, candidates_each=CANDIDATES_EACH)
    vacuum()
    with serving() as (server, _clients):
        gauges = of_server(server)
        how = {"starting": partial(starting_on, "client"), "watch": gauges.watch}
        played = play_rush(rush, server.port, SECONDS, **how)
    tell(played, gauges)
    asked, started, late = len(rush.candidates), rush.started(), len(rush.late)
    yield Figure(
        f"{started} of {asked} started, {rush.ticked()} of {late} ticked, {len(played.errors)} errors",
        ok=(started, rush.ticked()) == (asked, late) and not played.errors,
    )
    told = partial(within, played.latencies)
    yield told("start", 0.99, WITHIN_MS, name="starts, acknowledged")
    yield told("tick", 0.95, TICK_WITHIN_MS, name="tick among them, acknowledged")
    yield told("tick, on the other tablet", 0.95, SHOWN_WITHIN_MS, name="… on the other tablet")


def within(latencies, kind, share, limit, *, name):
    read, percentile = milliseconds(latencies[kind], share), f"p{share * 100:.0f}"
    return Figure(
        f"{percentile} {read:.0f} ms",
        ok=read <= limit,
        name=name,
        target=f"{percentile} ≤ {limit} ms on one web core",
    )
