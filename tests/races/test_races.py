from contextlib import ExitStack

import pytest
from django.db import OperationalError, connection

from tests.races import centre, hands, imports
from tests.races.harness import ROUNDS, one_after_the_other, run_rounds
from tests.races.races import RACES as EXAM_DAY
from tests.races.seams import harmless, read_together_then_write, unconditional, without

RACES = EXAM_DAY | centre.RACES | hands.RACES | imports.RACES

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="SQLite has one writer at a time: rows are raced on PostgreSQL",
)


@pytest.fixture(autouse=True)
def _mails_in_the_database(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture(params=RACES)
def race(request):
    return RACES[request.param]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_an_actor_who_finds_no_connection_ends_the_race_and_keeps_nobody_waiting(monkeypatch):
    pool = connection.pool
    monkeypatch.setattr(pool, "timeout", 1)
    held = pool.get_stats()
    free = pool.max_size - held["pool_size"] + held["pool_available"]

    with ExitStack() as taken:
        for _ in range(free - 1):
            taken.enter_context(pool.connection())
        with pytest.raises(OperationalError):
            run_rounds(1, lambda: None, lambda scene: [lambda: None] * 2, lambda played: True)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_no_round_of_a_race_is_broken(bank, race):
    assert run_rounds(ROUNDS, race.setup, race.actors, race.invariant) == 0


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_nobody_who_joins_is_removed_by_an_import():
    race = imports.REMOVAL

    assert run_rounds(ROUNDS, race.setup, race.actors, race.invariant) == 0


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_whole_room_at_once_meets_no_deadlock(bank):
    race = hands.ROOM

    assert run_rounds(ROUNDS // 3, race.setup, race.actors, race.invariant) == 0


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_without_its_protections_a_race_breaks(bank, race):
    """The negative control: a race that cannot break proves nothing."""
    with harmless(*race.constraints):
        broken = run_rounds(
            ROUNDS, race.setup, race.actors, race.invariant, seam=read_together_then_write
        )

    assert broken >= ROUNDS / 10


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", [list, reversed], ids=["untick first", "start first"])
def test_the_condition_of_its_statement_is_what_protects_a_tick_and_a_start(bank, order):
    """The negative control of what is done at once: the lock alone would let both through."""
    race = RACES["untick against start, beside others"]

    with unconditional(), without(*race.constraints):
        assert not one_after_the_other(race.setup, race.actors, race.invariant, order)


@pytest.mark.django_db
@pytest.mark.parametrize("order", [list, reversed], ids=["in order", "in reverse"])
def test_one_after_the_other_they_end_in_the_same_states(bank, race, order):
    assert one_after_the_other(race.setup, race.actors, race.invariant, order)
