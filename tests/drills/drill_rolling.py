"""A morning behind nginx, while the web nodes are replaced one by one, as an upgrade does (docs/operations.md)."""

import time

from tests.bench.figures import Figure
from tests.drills.fire import errors_figure, morning_under_fire, standing

NAME = "rolling"
TARGET = "once each, nothing else"
SCALE = 3
BEGINS_AT = 8
# Longer than nginx leaves a node alone (deploy/nginx.conf.template).
SEEN_AGAIN_AFTER = 4


class Replacement:
    """`migrate` first, which the old nodes live with; then each node, once the one before is ready."""

    def __init__(self, made):
        self.made, self.seconds, self.replaced = made, 0, 0

    def watch(self, player):
        self.seconds += 1
        if self.seconds != BEGINS_AT:
            return
        self.made.manage("migrate", "--verbosity", "0")
        for node in self.made.nodes:
            node.stop()
            node.start()
            node.wait_until_ready()
            time.sleep(SEEN_AGAIN_AFTER)
            self.replaced += 1


def run(scale):
    with standing() as made:
        replacement = Replacement(made)
        played, verdict = morning_under_fire(made, scale, replacement.watch)
    yield Figure(verdict.told, ok=verdict.ok)
    replaced = replacement.replaced
    yield Figure(f"{replaced}", ok=replaced == 2, name="rolling, nodes replaced", target="2")
    yield errors_figure(played, "rolling, errors seen by browsers", most=0)
