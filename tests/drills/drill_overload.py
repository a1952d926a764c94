"""More than two nodes can do: 8,000 candidates start within eight seconds, while 800 boards poll.

nginx lets each node have a few seconds of work (`max_conns`); who comes beyond is told at once to come again,
as the pages do by themselves. Without it every request waited until nobody waited for it any more, and nginx
then took both nodes for dead.
"""

from tests.bench.figures import Figure
from tests.drills.fire import seconds_until, standing, within
from tests.load.play import play_rush
from tests.load.rush import Rush

NAME = "overload"
TARGET = "found = acknowledged, ± 0.5 %"
SCALE, CANDIDATES_EACH, SECONDS = 8_000, 20, 8
BACK_WITHIN = 5


def run(scale):
    with standing() as made:
        rush = Rush(sessions=scale // CANDIDATES_EACH, candidates_each=CANDIDATES_EACH)
        yield from figures(rush, play_rush(rush, made.port, SECONDS))
        back = seconds_until(lambda: made.nodes[0].get("/readyz", timeout=1)[0] == 200, BACK_WITHIN)
        yield within(back, BACK_WITHIN, "overload, back after", f"≤ {BACK_WITHIN} s")


def figures(rush, played):
    acknowledged, found = len(played.latencies["start"]), rush.started()
    yield Figure(
        f"{acknowledged} acknowledged, {found} found, of {len(rush.candidates)}",
        ok=acknowledged <= found <= acknowledged * 1.005,
    )
    told = [error for error in played.errors if error.endswith(" 503")]
    others = [error for error in played.errors if "Cut" not in error and error not in told]
    for sentence in others[:10]:
        print(f"  ! {sentence}")
    yield Figure(
        f"{len(told)} told to come again, {len(others)} without an answer",
        ok=not others,
        name="overload, refused",
        target="a page that says so, each",
    )
