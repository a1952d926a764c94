"""A morning behind nginx, while one web node after the other is killed (kill -9) and started again."""

from itertools import cycle

from tests.bench.figures import Figure
from tests.drills.fire import errors_figure, morning_under_fire, standing

NAME = "nodes"
TARGET = "once each, nothing else"
SCALE = 3
PAUSE = 3


class Killer:
    """Each time it watches: a node that is down is started; after a pause, the other one is killed."""

    def __init__(self, nodes):
        self.nodes, self.turn = nodes, cycle(nodes)
        self.kills, self.rest = 0, PAUSE

    def watch(self, player):
        down = [node for node in self.nodes if not node.is_running]
        for node in down:
            node.start()
            self.rest = PAUSE
        if down or any(node.get("/readyz", timeout=2)[0] != 200 for node in self.nodes):
            return
        self.rest -= 1
        if self.rest <= 0:
            next(self.turn).kill()
            self.kills += 1


def run(scale):
    with standing() as made:
        killer = Killer(made.nodes)
        played, verdict = morning_under_fire(made, scale, killer.watch)
    yield Figure(verdict.told, ok=verdict.ok and killer.kills > 0)
    yield Figure(f"{killer.kills}", ok=killer.kills > 0, name="nodes, kills", target="> 0")
    yield errors_figure(played, "nodes, errors seen by browsers")
