"""« Commencer mon test », by 5,000 candidates within a minute, on one web core, while the boards poll.

The presence was ticked before. Each candidate presses at a moment of his own, drawn evenly from the minute,
and his time runs from that moment, whatever became of the others; then his page beats. Twenty candidates a
room, two tablets a room polling at their real pace: most of their polls bring a changed row.
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


def run(scale):
    rush = Rush(sessions=scale // CANDIDATES_EACH, candidates_each=CANDIDATES_EACH)
    vacuum()
    with serving() as (server, _clients):
        gauges = of_server(server)
        how = {"starting": partial(starting_on, "client"), "watch": gauges.watch}
        played = play_rush(rush, server.port, SECONDS, **how)
    tell(played, gauges)
    asked, started = len(rush.candidates), rush.started()
    slowest = milliseconds(played.latencies["start"], 0.99)
    return [
        Figure(
            f"{started} of {asked} started, {len(played.errors)} errors",
            ok=started == asked and not played.errors,
        ),
        Figure(
            f"p99 {slowest:.0f} ms, {asked / SECONDS:.0f}/s",
            ok=slowest <= WITHIN_MS,
            name="starts, acknowledged",
            target=f"p99 ≤ {WITHIN_MS} ms on one web core",
        ),
    ]
