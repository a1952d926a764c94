"""The whole life of a session, in any order, by the right people and by the wrong ones."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from certif.lib.refusals import Refusal
from tests.fuzz.desk import Desk
from tests.fuzz.ground import ROOM
from tests.fuzz.promises import PROMISES, Held
from tests.fuzz.room import Room
from tests.fuzz.sitting import Sitting

# How much of an ordinary day is behind when the disorder begins.
STAGES = ["enrolled", "sitting", "finished", "finalised", "published"]


class Life(Sitting, Room, Desk):
    """One that begins at its `stage`. `steps` and `done` count, of all lives, what was played."""

    stage = STAGES[0]
    steps = done = 0

    @initialize()
    def an_ordinary_day(self):
        reached = STAGES.index(self.stage)
        day = [self.people_sit_down, self.they_finish_or_give_up, self.finalise, self.publish]
        for part in day[:reached]:
            part()

    def people_sit_down(self):
        for who in ROOM:
            self.open_the_room(who)
        for row in range(len(self.places)):
            self.join(row)
            self.tick(row, ROOM[0])
            self.press_start(row)

    def they_finish_or_give_up(self):
        self.answer_all_that_is_left(0)
        self.answer_or_pass(1, [1])
        for row, reason in ((1, "candidate"), (2, "technical")):
            self.end(row, ROOM[0])
            self.give_a_reason(row, "member", reason)

    @rule()
    def the_next_answer_is_lost(self):
        """Whoever gets no answer presses again: the same form is sent twice."""
        self.lost = True

    @precondition(lambda self: self.presses)
    @rule(which=st.integers(0, 1000))
    def an_old_form_is_sent_again(self, which):
        """From a page that stayed open: it is answered or refused, and nothing is done twice."""
        self.touched = True
        act, args, facts = self.presses[which % len(self.presses)]
        try:
            act(*args, **facts)
        except Refusal:
            return

    @invariant()
    def what_was_promised_holds(self):
        type(self).steps += 1
        if self.touched:
            held = Held(self.pk, self.since)
            for promise in PROMISES:
                promise(self, held)
        self.touched = False


def beginning_at(stage):
    return type("Life", (Life,), {"stage": stage})


def live(life, *, lives, steps, seed=None):
    """Play so many lives, which the class counts. Needs the bank. Without a seed, always the same."""
    run_state_machine_as_test(
        life if seed is None else seeded(seed)(life),
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            derandomize=seed is None,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
