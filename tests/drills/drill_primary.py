"""A morning behind nginx, while the primary is killed (kill -9) and its synchronous standby promoted.

Who notices and promotes is Patroni, or a person (docs/operations.md): here it is this process, at once.
What is measured is what comes after: the promotion, and the web nodes finding the new primary.
"""

from time import monotonic

from tests.bench.figures import Figure
from tests.drills.fire import errors_figure, morning_under_fire, seconds_until, standing, within

NAME = "primary"
TARGET = "once each, nothing else"
SCALE = 3
KILLED_AT = 12
BACK_WITHIN = 10


class FailOver:
    def __init__(self, made):
        self.made, self.seconds, self.back_after, self.happened = made, 0, None, False

    def watch(self, player):
        self.seconds += 1
        if self.happened or self.seconds < KILLED_AT:
            return
        self.happened = True
        self.made.pair.kill_primary()
        began = monotonic()
        self.made.pair.promote()
        if seconds_until(self.each_node_commits, BACK_WITHIN) is not None:
            self.back_after = monotonic() - began

    def each_node_commits(self):
        return all(node.get("/readyz", timeout=2)[0] == 200 for node in self.made.nodes)


def run(scale):
    with standing() as made:
        drill = FailOver(made)
        played, verdict = morning_under_fire(made, scale, drill.watch)
        yield Figure(verdict.told, ok=verdict.ok and drill.happened)
        yield within(drill.back_after, BACK_WITHIN, "primary, writes are back after", "≤ 10 s")
        yield errors_figure(played, "primary, errors seen by browsers", most=0.05)
        made.pair.swap()
        state = made.pair.sync_state()
        yield Figure(str(state), ok=state == "sync", name="primary, a new standby", target="sync")
        # The new primary was started again, with its own settings.
        ready = seconds_until(drill.each_node_commits, BACK_WITHIN)
        yield within(ready, BACK_WITHIN, "primary, the nodes after its restart", "≤ 10 s")
