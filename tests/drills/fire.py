"""What the drills on the whole topology share: the cluster, Django on its database, a morning under fire."""

import time
from contextlib import contextmanager

from django.db import connections
from environ import Env

from tests.bench.figures import Figure
from tests.cluster.processes import cluster
from tests.load.play import REAL, play_morning
from tests.load.scene import Morning

# A test of 48 questions lasts half a minute; the pages poll and beat at their real pace.
PACE = REAL | {
    "arrival": [0, 2],
    "tick": [0.1, 0.4],
    "think": [0.4, 0.9],
    "walk": [0.5, 1],
    "away": [1, 3],
}
CANDIDATES = 10
# A morning that goes on for longer has somebody who waits for ever: it says who.
OVER_WITHIN = 300
ERRORS_TOLD = 10


@contextmanager
def on_database(url):
    """Django's connection, moved for a while."""
    former = connections.settings["default"]
    found = Env.db_url_config(url)
    options = {**former["OPTIONS"], **found.pop("OPTIONS")}
    _move({**former, **found, "OPTIONS": options, "ENGINE": former["ENGINE"]})
    try:
        yield
    finally:
        _move(former)


def _move(settings):
    connection = connections["default"]
    connection.close()
    connection.close_pool()
    del connections["default"]
    connections.settings["default"] = settings


@contextmanager
def standing():
    """The cluster, with this process on its database."""
    # Not the hashers of the drills: a login would write the password anew, which ends the other logins.
    with cluster(DJANGO_SETTINGS_MODULE="certif.settings") as made, on_database(made.pair.url):
        yield made


def morning_under_fire(made, rooms, watch):
    """A morning whose one trouble is the fire, and what the database holds of it beside what its people were told."""
    scene = Morning(sessions=rooms, candidates_each=CANDIDATES)
    how = {"limit": OVER_WITHIN, "is_repeated": True, "watch": watch}
    played = play_morning(scene, made.port, PACE, trouble=0, **how)
    for sentence in played.errors[:ERRORS_TOLD]:
        print(f"  ! {sentence}")
    # The connection of this process may be to a server that was killed.
    connections.close_all()
    verdict = played.verdict(scene)
    for fault in verdict.faults()[:ERRORS_TOLD]:
        print(f"  ! {fault}")
    return played, verdict


def errors_figure(played, name, most=0.005):
    seen, asked = len(played.errors), played.requests
    return Figure(
        f"{seen} of {asked} requests, {seen / asked:.2%}",
        ok=seen <= most * asked,
        name=name,
        target=f"≤ {most:.1%}, each tried again",
    )


def seconds_until(condition, limit):
    """How long until it holds; None when it does not."""
    began = time.monotonic()
    while time.monotonic() - began < limit:
        if condition():
            return time.monotonic() - began
        time.sleep(0.02)
    return None


def within(seconds, limit, name, target):
    told = f"{seconds:.1f} s" if seconds is not None else f"not within {limit} s"
    return Figure(told, ok=seconds is not None and seconds <= limit, name=name, target=target)
