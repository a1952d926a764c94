"""The whole life of a session in any order, other lives each time (tests/fuzz): what was promised holds."""

import traceback
from secrets import randbelow

from tests.bench.figures import Figure
from tests.factories import QuestionFactory
from tests.fuzz.life import STAGES, beginning_at, live

NAME = "life"
TARGET = "no promise broken"
SCALE = 250
STEPS = 50


def run(scale):
    """`scale`: how many lives begin at each stage."""
    QuestionFactory.create_bank()
    for stage in STAGES:
        seed = randbelow(2**32)
        played, broken = lives_from(stage, scale, seed)
        told = f"{played.done} acts, {played.steps} steps, {'a promise' if broken else '0'} broken"
        yield Figure(told, ok=not broken, name=f"from {stage}, seed {seed}")
        if broken:
            print(broken)


def lives_from(stage, lives, seed):
    """The class that counted them; and the life that broke a promise, step by step."""
    life = beginning_at(stage)
    try:
        live(life, lives=lives, steps=STEPS, seed=seed)
    except Exception as fault:
        return life, "".join(traceback.format_exception(fault))
    return life, ""
