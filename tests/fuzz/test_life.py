"""A session's life in any order: whatever is done or refused, what was promised holds (domain.md)."""

import pytest

from tests.fuzz.life import STAGES, beginning_at, live

LIVES, STEPS = 3, 40


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize("stage", STAGES)
def test_whatever_the_order_what_was_promised_holds(stage):
    """The same lives each time; `./dev drill life` plays others."""
    life = beginning_at(stage)

    live(life, lives=LIVES, steps=STEPS)

    assert life.done > LIVES
