"""What must hold when two people act at the same instant, on two server processes (tests/races/two_servers.py)."""

from tests.bench.figures import Figure
from tests.factories import QuestionFactory
from tests.races import races
from tests.races.cast import two_servers, two_unprotected_servers
from tests.races.harness import run_rounds
from tests.races.seams import harmless, read_together_then_write
from tests.races.two_servers import (
    MORE_RACES,
    RACES,
    UNPROTECTED_ROUNDS,
    broken_rounds,
)

NAME = "races"
TARGET = "no round broken"
ROUNDS = 300
LEAST_BROKEN = 0.1


# At the desk, in this process: each actor is a thread with a connection of his own.
CLOSING = (
    "two finalisations",
    "finalise against answer",
    "publish against reopen",
    "two comments in the same place",
)


def run():
    QuestionFactory.create_bank()
    for name in CLOSING:
        yield from at_the_desk(name, races.RACES[name])
    with two_servers() as servers, two_unprotected_servers() as (unprotected, meeting_point):
        for name, race in {**RACES, **MORE_RACES}.items():
            broken = broken_rounds(race, servers, ROUNDS)
            yield Figure(f"{broken} of {ROUNDS} rounds broken", ok=not broken, name=name)
            yield control(race, unprotected, meeting_point)


def at_the_desk(name, race):
    broken = run_rounds(ROUNDS, race.setup, race.actors, race.invariant)
    yield Figure(f"{broken} of {ROUNDS} rounds broken", ok=not broken, name=name)
    with harmless(*race.constraints):
        played = race.setup, race.actors, race.invariant
        broken = run_rounds(UNPROTECTED_ROUNDS, *played, seam=read_together_then_write)
    yield unprotected_figure(broken)


def control(race, servers, meeting_point):
    """The negative control: the same race, its protections made harmless."""
    return unprotected_figure(
        broken_rounds(race, servers, UNPROTECTED_ROUNDS, meeting_point=meeting_point)
    )


def unprotected_figure(broken):
    share = broken / UNPROTECTED_ROUNDS
    return Figure(
        f"{broken} of {UNPROTECTED_ROUNDS} rounds broken",
        ok=share >= LEAST_BROKEN,
        name="  the same without protection",
        target=f"≥ {LEAST_BROKEN:.0%} broken",
    )
