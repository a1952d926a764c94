"""The disk of the standby is full: nothing is acknowledged that one server alone holds.

It stops when its tables cannot grow, and a person starts it again; when its log cannot, it waits for room by itself.
Then once more, until somebody decides to go on without it (docs/operations.md).
"""

from concurrent.futures import ThreadPoolExecutor

from django.urls import reverse

from certif.watch import standby_follows
from invigilation.models import Watch
from tests.bench.figures import Figure
from tests.drills.disks import full
from tests.drills.drill_database_disk import Pressed
from tests.drills.drill_disk import is_refused
from tests.drills.fire import seconds_until, within
from tests.drills.on_small_disks import STANDBY, on_small_disks
from tests.factories import QuestionFactory
from tests.killed import Room
from tests.real_server import Server

NAME = "standby disk"
TARGET = "kept once"
TOLD_WITHIN, BACK_WITHIN, AFTER_DECISION = 20, 20, 5
NEXT_SEGMENT = "SELECT pg_switch_wal()"
# By itself it waits for nobody.
GROW = """
    SET synchronous_commit = local;
    CREATE TABLE growth AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)
"""
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'"


def run():
    yield from on_small_disks(__name__, STANDBY)


def play(pair):
    QuestionFactory.create_bank()
    server = Server()
    server.start()
    try:
        room = Pressed(Room(server))
        yield from full_tables(room, pair)
        yield from full_log(room, pair)
        yield from without_it(room, pair)
    finally:
        server.kill()


def full_tables(room, pair):
    # What follows is to fit into the segment that it has.
    pair.ask(pair.primary, NEXT_SEGMENT)
    room.press_each()
    Watch.objects.all().delete()
    with ThreadPoolExecutor() as pool:
        with full(pair.standby.folder):
            pair.ask(pair.primary, GROW)
            stopped = seconds_until(lambda: pair.follower.poll() is not None, TOLD_WITHIN)
            yield within(stopped, TOLD_WITHIN, "standby disk, its tables: it stops", "by itself")
            yield told_figure(room)
            yield follows_figure()
            yield read_figure(room)
            waiting = pressed(pool, room, pair)
            yield refused_figure(room, waiting)
        pair.start_standby()
        yield answered_figure(waiting, BACK_WITHIN, "  back once it is started again")
    yield kept_figure(room)


def full_log(room, pair):
    Watch.objects.all().delete()
    with ThreadPoolExecutor() as pool:
        with full(pair.standby.folder):
            pair.ask(pair.primary, NEXT_SEGMENT)
            yield told_figure(room, "standby disk, its log: /readyz says so")
            yield follows_figure()
            yield read_figure(room)
            waiting = pressed(pool, room, pair)
            yield refused_figure(room, waiting)
        yield answered_figure(waiting, BACK_WITHIN, "  back after room is made")
    yield kept_figure(room)


def without_it(room, pair):
    with ThreadPoolExecutor() as pool, full(pair.standby.folder):
        pair.ask(pair.primary, NEXT_SEGMENT)
        yield told_figure(room, "standby disk, its log again")
        waiting = pressed(pool, room, pair)
        pair.go_on_alone()
        yield answered_figure(waiting, AFTER_DECISION, "  what waited, without it")
        yield room.readiness(200)
    follows = seconds_until(lambda: pair.sync_state() == "async", BACK_WITHIN)
    yield within(follows, BACK_WITHIN, "  it follows after room is made", f"≤ {BACK_WITHIN} s")
    yield kept_figure(room)


def pressed(pool, room, pair):
    """A move whose commit waits."""
    waiting = pool.submit(room.press, room.room.watching)
    if seconds_until(lambda: pair.ask(pair.primary, WAITS)[0], TOLD_WITHIN) is None:
        raise RuntimeError("the move does not wait")
    return waiting


# --- What its people see --------------------------------------------------------------------------


def told_figure(room, name="  /readyz says so"):
    server = room.room.server
    told = seconds_until(lambda: server.ask("GET", reverse("readyz"))[0] == 503, TOLD_WITHIN)
    return within(told, TOLD_WITHIN, name, f"≤ {TOLD_WITHIN} s")


def follows_figure():
    follows = standby_follows()
    return Figure(str(int(follows)), ok=not follows, name="  certif_standby_follows", target="0")


def read_figure(room):
    """The list of the room too, which notes at the first look who watches."""
    read = [status == 200 for status, _headers, _text in room.read()]
    return Figure(
        f"{sum(read)} of {len(read)} pages", ok=all(read), name="  one reads on", target="each"
    )


def refused_figure(room, waiting):
    """Of somebody of the same session, whose turn comes after the move that waits."""
    is_told = is_refused(room.press(room.room.sitting[0]))
    is_acknowledged = waiting.done()
    return Figure(
        f"{'acknowledged' if is_acknowledged else 'waits'}, {'told' if is_told else 'not told'}",
        ok=is_told and not is_acknowledged,
        name="  a move, and one after it",
        target="waits, told by a 503",
    )


def answered_figure(waiting, limit, name):
    answered = seconds_until(waiting.done, limit)
    figure = within(answered, limit, name, f"200 ≤ {limit} s")
    return Figure(figure.measured, figure.ok and waiting.result()[0] == 200, name, figure.target)


def kept_figure(room):
    is_taken = all(status == 200 for status, _headers, _text in room.press_each())
    kept = room.kept("  the same forms, sent again")
    return Figure(kept.measured, kept.ok and is_taken, kept.name, kept.target)
