"""The synchronous standby is gone: nothing is acknowledged that one server alone holds.

Then it comes back; and once more, until somebody decides to go on without it (docs/operations.md).
"""

import time

from certif.audit.models import AuditEvent
from tests.bench.figures import Figure
from tests.drills.fire import seconds_until, standing, within
from tests.drills.hands import Held, OneRoom

NAME = "standby"
TARGET = "kept once"
TOLD_WITHIN, BACK_WITHIN, AFTER_DECISION = 10, 20, 5
# nginx waits 9 s for one node, then 9 s for the other.
ANSWERED_WITHIN = 20
# nginx's page; or that of the other node, which waited for the row of the same move on the first.
SENTENCES = ["Tout ce qui avait été confirmé", "Rien de ce qui avait été confirmé n’a été perdu"]


def run():
    with standing() as made:
        room = OneRoom(made.port, candidates=2)
        first, second = (
            room.tablet.sent(room.row(candidate, "presence"), present=1)
            for candidate in room.candidates
        )
        made.pair.stop_standby()
        told = seconds_until(lambda: readiness(made) == {503}, TOLD_WITHIN)
        yield within(told, TOLD_WITHIN, "standby, /readyz says so after", f"≤ {TOLD_WITHIN} s")
        yield answered_figure(made, room, first)
        made.pair.start_standby()
        back = seconds_until(lambda: readiness(made) == {200}, BACK_WITHIN)
        yield within(back, BACK_WITHIN, "standby, back with it after", f"≤ {BACK_WITHIN} s")
        yield kept_figure(room, room.tablet.ask(made.port, first).status, 1)

        made.pair.stop_standby()
        held = Held(made.nodes[0].port, second)
        began = time.monotonic()
        made.pair.go_on_alone()
        status = held.answer()
        target = f"≤ {AFTER_DECISION} s after the decision"
        yield within(
            time.monotonic() - began, AFTER_DECISION, "standby, what waited without it", target
        )
        yield kept_figure(room, status, 2)


def readiness(made):
    return {node.get("/readyz", timeout=3)[0] for node in made.nodes}


def answered_figure(made, room, move):
    began = time.monotonic()
    answer = room.tablet.ask(made.port, move)
    seconds = time.monotonic() - began
    is_told = answer.status == 503 and any(each.encode() in answer.body for each in SENTENCES)
    return Figure(
        f"{seconds:.1f} s, {answer.status}",
        ok=is_told and seconds <= ANSWERED_WITHIN,
        name="standby, a move meanwhile",
        target=f"a page that says so ≤ {ANSWERED_WITHIN} s",
    )


def kept_figure(room, status, times):
    kept = AuditEvent.objects.filter(session_id=room.session.pk, kind="presence.present").count()
    told = f"{status}, {kept} of {times} kept"
    return Figure(told, ok=status == 200 and kept == times, name="standby, the same move again")
