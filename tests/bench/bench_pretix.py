"""The tick « présent » beside the check-in of pretix (`checkinrpc/redeem`), and both beside pgbench.

Both are Django behind granian, one process of four threads on one core, on one PostgreSQL; sixteen clients
each, everybody in, then everybody out; A, B, C, A, B, C… pretix is installed by pip into .venv/pretix, which
takes a minute or two, and makes its tables, which takes two more. Its check-in does more than our tick: rules,
questions, several lists and media. What is told is what a narrow path saves, not that a wide one is badly made.
"""

import json
import os
from functools import partial

from tests.bench import bench_tick, client, peer, pgbench
from tests.bench.actions import SHARE
from tests.bench.figures import Figure, interleaved_ratio
from tests.bench.rooms import CANDIDATES, INVIGILATORS, fill
from tests.bench.server import Load, database_cpu, free_port, interleave, serving

NAME = "pretix"
TARGET = f"≥ {SHARE:.0%} of pgbench"
LEAST = 5
REPETITIONS, SECONDS, WARM_UP = 5, 4, 2


class Alone:
    """pgbench, as one more kind of clients. Each turn of its script ticks and unticks."""

    def __init__(self, script):
        url = os.environ["DATABASE_URL"]
        self.turns = partial(pgbench.rate, script, url, clients=INVIGILATORS)

    def run(self, seconds):
        before = database_cpu()
        ticks = 2 * self.turns(time=seconds)
        cost = (database_cpu() - before) / (ticks * seconds)
        return Load(round(ticks * seconds), ticks, [], 0, cost * 1e6)


def run():
    try:
        peer.install()
        port = free_port()
        theirs = peer.application(port)
    except peer.PeerMissing as reason:
        return Figure(f"not run: {reason}", ok=False)
    watches, script = fill(), bench_tick.script_of(fill())
    with (
        serving() as (our_server, our_clients),
        serving(application=theirs, port=port) as (their_server, their_clients),
    ):
        seats = peer.seated(theirs, their_server, INVIGILATORS, CANDIDATES)
        kinds = {
            "tick": our_clients([bench_tick.lane(our_server, watch) for watch in watches], 200),
            "redeem": their_clients(list(lanes(their_server, seats)), 201),
            "pgbench": Alone(script),
        }
        runs = interleave(kinds, REPETITIONS, SECONDS, WARM_UP)
    for kind, loads in runs.items():
        print(f"  {kind + ':':<9}{loads}")
    return figures(*runs.values())


def lanes(server, seats):
    """For each order: everybody in, then everybody out."""
    headers = {"Authorization": f"Token {seats.token}", "Content_Type": "application/json"}
    for order in seats.secrets:
        yield [
            server.request(
                f"{peer.API}/checkinrpc/redeem/",
                body=json.dumps(
                    {
                        "lists": [seats.checkin_list],
                        "secret": secret,
                        "type": kind,
                        "nonce": client.OPERATION,
                    }
                ),
                **headers,
            )
            for kind in ("entry", "exit")
            for secret in order
        ]


def figures(tick, redeem, alone):
    return [
        cost("processor of the web", redeem.of("web_us"), tick.of("web_us")),
        cost("with PostgreSQL’s", redeem.of("both_us"), tick.of("both_us")),
        interleaved_ratio(
            tick.of("rate"),
            redeem.of("rate"),
            least=LEAST,
            name="pretix, rate",
            target=f"tick ≥ {LEAST} × redeem",
        ),
        interleaved_ratio(tick.of("rate"), alone.of("rate"), least=SHARE, name="pretix, our tick"),
        interleaved_ratio(
            redeem.of("rate"), alone.of("rate"), least=0, name="pretix, its redeem", target="told"
        ),
    ]


def cost(what, theirs, ours):
    target = f"redeem ≥ {LEAST} × a tick"
    return interleaved_ratio(theirs, ours, least=LEAST, name=f"pretix, {what}", target=target)
