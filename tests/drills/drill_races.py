"""What must hold when two people act at the same instant, on two server processes (tests/races/two_servers.py)."""

from tests.bench.figures import Figure
from tests.factories import QuestionFactory
from tests.races.cast import two_servers, two_unprotected_servers
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


def run():
    QuestionFactory.create_bank()
    with two_servers() as servers, two_unprotected_servers() as (unprotected, meeting_point):
        for name, race in {**RACES, **MORE_RACES}.items():
            broken = broken_rounds(race, servers, ROUNDS)
            yield Figure(f"{broken} of {ROUNDS} rounds broken", ok=not broken, name=name)
            yield control(race, unprotected, meeting_point)


def control(race, servers, meeting_point):
    """The negative control: the same race, its protections made harmless."""
    broken = broken_rounds(race, servers, UNPROTECTED_ROUNDS, meeting_point=meeting_point)
    share = broken / UNPROTECTED_ROUNDS
    return Figure(
        f"{broken} of {UNPROTECTED_ROUNDS} rounds broken",
        ok=share >= LEAST_BROKEN,
        name="  the same without protection",
        target=f"≥ {LEAST_BROKEN:.0%} broken",
    )
