"""A web node that stands still (SIGSTOP) in the middle of writes, and is woken after others went on.

First a morning behind nginx, one node after the other frozen for longer than everybody waits, while it holds
a row that others wait for. Then two moments made on purpose: moves that lie in the frozen node while the same
ones and newer ones are done on the other; and a frozen node of which several moves wait for the row of a session.
"""

import time
from itertools import cycle

from django.db import connection, transaction

from exam.models import Answer, Attempt, TimeGrant
from sessions.models import Candidate, ExamSession
from tests.bench.figures import Figure
from tests.drills.fire import errors_figure, morning_under_fire, seconds_until, standing, within
from tests.drills.hands import Held, OneRoom

NAME = "slow"
TARGET = "once each, nothing else"
SCALE = 3
FROZEN, AWAKE = 12, 6
# nginx goes to the other node after 9 s; a page gives up after 10, and sends the same again.
ANSWERED_WITHIN = 15
# The moves of a frozen node hold a row one after the other (idle_in_transaction_session_timeout) until they
# gave up (lock_timeout). Later, nginx would take the other node for dead.
ROW_WITHIN, MOVES = 9, 4
STATE_WITHIN = 10
# Of a node that is not frozen, nothing rests so long in the middle of its transaction.
FROZEN_SEEN_AFTER = 0.1
HOLDS_A_ROW = f"""state = 'idle in transaction' AND backend_xid IS NOT NULL
    AND clock_timestamp() - state_change > interval '{FROZEN_SEEN_AFTER / 2} s'"""
TRIES = 50


class Freezer:
    """One node after the other, in the middle of a write, for longer than a page, nginx and the database wait."""

    def __init__(self, nodes):
        self.turn, self.node = cycle(nodes), None
        self.times = self.holding = 0
        self.until = time.monotonic() + AWAKE

    def watch(self, player):
        if time.monotonic() < self.until:
            return
        if self.node:
            self.node.wake()
            self.node, self.until = None, time.monotonic() + AWAKE
        else:
            self.node, self.until = next(self.turn), time.monotonic() + FROZEN
            self.times += 1
            self.holding += self.freeze()

    def freeze(self):
        """Gives whether it holds a row."""
        for _ in range(TRIES):
            self.node.freeze()
            if seconds_until(lambda: backends(HOLDS_A_ROW), FROZEN_SEEN_AFTER) is not None:
                return True
            self.node.wake()
            self.node.wait_until_ready()
        self.node.freeze()
        return False

    def wake(self):
        if self.node:
            self.node.wake()


def run(scale):
    with standing() as made:
        freezer = Freezer(made.nodes)
        played, verdict = morning_under_fire(made, scale, freezer.watch)
        freezer.wake()
        yield Figure(verdict.told, ok=verdict.ok and freezer.times > 0)
        yield Figure(
            f"{freezer.times}, {freezer.holding} with a row",
            ok=freezer.holding > 0,
            name="slow, freezes",
            target="> 0 with a row",
        )
        slowest = max(max(times) for times in played.latencies.values())
        target = f"≤ {ANSWERED_WITHIN} s"
        yield within(slowest, ANSWERED_WITHIN, "slow, the slowest answer", target)
        yield errors_figure(played, "slow, errors seen by browsers", most=0.02)
        for node in made.nodes:
            node.wait_until_ready()
        yield late_figure(made, is_same=True)
        yield late_figure(made, is_same=False)
        yield from row_figures(made)


# --- Moves that lie in the frozen node ------------------------------------------------------------


def late_figure(made, *, is_same):
    """What came late does nothing more. The negative control: late moves that nobody sent again."""
    frozen, other = made.nodes
    room = OneRoom(other.port)
    room.start(other.port, 0)
    before = told(room)
    moves = moves_of(room, other.port)
    frozen.freeze()
    held = [Held(frozen.port, request) for _hand, request in moves]
    if not is_same:
        moves = moves_of(room, other.port)
    done = [hand.ask(other.port, request).status for hand, request in moves]
    # Newer than all of them.
    presence = room.row(room.candidates[1], "presence")
    done.append(room.tablet.press(other.port, presence, present=0).status)
    after = told(room)
    frozen.wake()
    late = [each.answer() for each in held]
    found = told(room)
    changed = [name for name in after if found[name] != after[name]]
    if is_same:
        fine = before != after == found and set(done) == {200}
        return Figure(
            f"{len(late)} came late, {len(changed)} changed something",
            ok=fine,
            name="slow, moves done elsewhere meanwhile",
            target="0 changed",
        )
    return Figure(
        f"{len(changed)} changed something",
        ok=len(changed) > 0,
        name="  the same, with operations of their own",
        target="> 0 changed",
    )


def moves_of(room, port):
    """A tick, minutes, an answer: each with who presses it."""
    first, second = room.candidates
    minutes = {"minutes": 7, "reason": "other", "detail": "Alarme incendie"}
    return [
        (room.tablet, room.tablet.sent(room.row(second, "presence"), present=1)),
        (room.tablet, room.tablet.sent(room.row(first, "temps"), **minutes)),
        (room.people[0], room.answer_of(port, 0)),
    ]


def told(room):
    """What the database holds of the room."""
    of_room = {"attempt__candidate__session": room.session}
    return {
        "presences": list(
            Candidate.objects.filter(session=room.session).values_list("is_present", flat=True)
        ),
        "minutes": TimeGrant.objects.filter(**of_room).count(),
        "answers": list(Answer.objects.filter(**of_room).values_list("number", "value")),
        "attempts": list(
            Attempt.objects.filter(candidate__session=room.session)
            .order_by("pk")
            .values_list("state", "answered_count", "granted_minutes")
        ),
    }


# --- A row in the hands of the frozen node --------------------------------------------------------


def row_figures(made):
    frozen, other = made.nodes
    room = OneRoom(other.port)
    first, second = room.candidates
    with transaction.atomic():
        ExamSession.objects.locked().get(pk=room.session.pk)
        path = room.row(first, "presence")
        held = [Held(frozen.port, room.tablet.sent(path, present=1)) for _ in range(MOVES)]
        wait_for("wait_event_type = 'Lock'", MOVES)
        frozen.freeze()
    wait_for("state = 'idle in transaction'", 1)
    began = time.monotonic()
    told = told_until_done(room.tablet, other.port, room.row(second, "presence"))
    seconds = time.monotonic() - began
    frozen.wake()
    late = [each.answer() for each in held]
    presences = dict(Candidate.objects.filter(session=room.session).values_list("pk", "is_present"))
    yield Figure(
        f"{seconds:.1f} s, {told}",
        ok=told[-1] == 200 and seconds <= ROW_WITHIN,
        name=f"slow, a row that {MOVES} of its moves wait for",
        target=f"≤ {ROW_WITHIN} s, [503, …] 200",
    )
    kept, acknowledged = presences[first.pk], 200 in late
    yield Figure(
        f"told {late}, {'kept' if kept else 'not kept'}",
        ok=kept == acknowledged and presences[second.pk],
        name="slow, what it had in hand",
        target="kept if told so",
    )


def told_until_done(hand, port, path):
    """As its page does it: pressed again, the same, as long as it is told to come again."""
    request, told = hand.sent(path, present=1), []
    while not told or told[-1] == 503:
        told.append(hand.ask(port, request).status)
    return told


def wait_for(condition, count):
    """Raises TimeoutError."""
    if seconds_until(lambda: backends(condition) >= count, STATE_WITHIN) is None:
        raise TimeoutError(f"fewer than {count} connections are seen where {condition}")


def backends(condition):
    """How many of the nodes are so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND pid <> pg_backend_pid() AND {condition}"
        )
        return cursor.fetchone()[0]
