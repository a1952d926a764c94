"""An upgrade in the middle of a morning (docs/operations.md): a migration, then each web node replaced by the next version."""

import time

from django.db import connection

from tests.bench.figures import Figure
from tests.drills.fire import CANDIDATES, errors_figure, morning_under_fire, standing

NAME = "rolling"
TARGET = "once each, nothing else"
SCALE = 3
BEGINS_AT = 8
# Longer than nginx leaves a node alone (deploy/nginx.conf.template).
SEEN_AGAIN_AFTER = 4
NEXT_VERSION = "tests.drills.next_version.settings"
FILLED = "SELECT count(*) FROM exam_attempt WHERE next_version = 2"
# The control, a migration as none may be: what runs cannot fill the column.
TRAP = [
    "ALTER TABLE exam_attempt ADD COLUMN trap integer NOT NULL DEFAULT 0",
    "ALTER TABLE exam_attempt ALTER COLUMN trap DROP DEFAULT",
]
NO_TRAP = "ALTER TABLE exam_attempt DROP COLUMN trap"
TRAPPED_FOR = 8


class Upgrade:
    """`migrate` first, which the old nodes live with; then each node, once the one before is ready."""

    def __init__(self, made):
        self.made, self.seconds, self.replaced = made, 0, 0

    def watch(self, player):
        self.seconds += 1
        if self.seconds != BEGINS_AT:
            return
        # For whatever starts from here on.
        self.made.environment["DJANGO_SETTINGS_MODULE"] = NEXT_VERSION
        self.made.manage("migrate", "--verbosity", "0")
        for node in self.made.nodes:
            node.stop()
            node.start()
            node.wait_until_ready()
            time.sleep(SEEN_AGAIN_AFTER)
            self.replaced += 1


class Trap:
    """There when the room opens, taken away after a while: what was refused is pressed again."""

    def __init__(self):
        self.seconds = 0
        for statement in TRAP:
            sql(statement)

    def watch(self, player):
        self.seconds += 1
        if self.seconds == TRAPPED_FOR:
            sql(NO_TRAP)


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


def run(scale):
    with standing() as made:
        upgrade = Upgrade(made)
        played, verdict = morning_under_fire(made, scale, upgrade.watch)
        before = sql(FILLED)[0]
        trapped, after_trap = morning_under_fire(made, 1, Trap().watch)
        filled = sql(FILLED)[0] - before
    yield Figure(verdict.told, ok=verdict.ok)
    replaced = upgrade.replaced
    yield Figure(f"{replaced}", ok=replaced == 2, name="rolling, nodes replaced", target="2")
    yield errors_figure(played, "rolling, errors seen by browsers", most=0)
    yield Figure(
        f"{filled} of {CANDIDATES}",
        ok=filled == CANDIDATES,
        name="rolling, rows that only the next version writes so, in the room after it",
        target="all",
    )
    yield Figure(
        f"{len(trapped.errors)} errors; {after_trap.told}",
        ok=bool(trapped.errors) and after_trap.ok,
        name="rolling, the control: a column that what runs cannot fill",
        target="errors are seen; once each, nothing else",
    )
