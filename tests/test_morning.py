"""A small morning on the real server: what clients were told is what the database holds, once each.

The large ones are `./dev bench morning --scale N` and « cluster morning » (tests/bench).
"""

import pytest
from django.db import connection

from certif.lib import compiled
from exam.enums import Competence
from exam.models import Question
from tests.bench import bench_cluster_morning
from tests.beside import write_ahead_log
from tests.cluster.processes import NginxMissing, nginx
from tests.load.found import compare
from tests.load.play import play_morning
from tests.load.scene import Morning
from tests.real_server import Server

ANSWER, GRANT = ["answer", 1, 3, 12, [0]], ["grant", 1, 7, "other", "vu", 5]
QUICK = {
    "arrival": [0, 0.5],
    "tick": [0.02, 0.1],
    "think": [0.02, 0.1],
    "walk": [0.2, 0.5],
    "poll": [0.5, 0.8],
    "wait": [0.2, 0.5],
    "beat": [3, 4],
    "away": [0.1, 0.3],
}


@pytest.fixture
def server(transactional_db):
    with write_ahead_log():
        server = Server()
        server.start()
        yield server
        server.kill()
        compiled.SHELF.close()


def test_everything_acknowledged_in_a_morning_is_held_once_and_nothing_else(server):
    scene = Morning(sessions=3, candidates_each=4)
    Question.objects.filter(competence=Competence.SHARING).update(time_limit=600)

    played = play_morning(scene, server.port, QUICK)
    verdict = played.verdict(scene)

    assert played.errors == []
    assert verdict.faults() == []
    assert verdict.kinds().keys() >= {"answer", "tick", "grant", "report", "resume", "end"}
    assert played.troubles.keys() == {"lost", "cut", "twice"}


@pytest.fixture
def cluster_can_stand(django_db_setup, django_db_blocker):
    """It has a database of its own."""
    if connection.vendor != "postgresql":
        pytest.skip("a standby is PostgreSQL’s")
    try:
        nginx()
    except NginxMissing as reason:
        pytest.skip(str(reason))
    with django_db_blocker.unblock():
        yield


def test_everything_acknowledged_by_the_cluster_is_held_by_its_primary_and_by_its_standby(
    cluster_can_stand,
):
    facts, errors, _tick, standby = bench_cluster_morning.run(1, candidates_each=4, pace=QUICK)

    assert errors.ok, errors.measured
    assert facts.ok, facts.measured
    assert standby.ok, standby.measured


def test_a_fact_acknowledged_and_not_found_is_missing():
    verdict = compare([ANSWER, GRANT], [], [ANSWER])

    assert not verdict.ok
    assert verdict.missing.total() == 1


def test_a_fact_found_twice_is_doubled():
    verdict = compare([ANSWER, GRANT], [], [ANSWER, GRANT, GRANT])

    assert not verdict.ok
    assert verdict.doubled.total() == 1


def test_a_fact_of_which_nobody_was_told_is_unexplained():
    verdict = compare([ANSWER], [], [ANSWER, GRANT])

    assert not verdict.ok
    assert verdict.unexplained.total() == 1


@pytest.mark.parametrize("found", [[], [ANSWER]])
def test_a_fact_whose_answer_was_never_heard_may_be_there_or_not(found):
    assert compare([], [ANSWER], found).ok


def test_a_fact_in_doubt_may_not_be_there_twice():
    assert not compare([], [ANSWER], [ANSWER, ANSWER]).ok
