import psutil
import pytest

from tests.load.gauges import Gauge, Gauges


def gauge(used, waited=0.0):
    made = Gauge(psutil.Process(), cores=1)
    made.used, made.waited = [used], [waited]
    return made


@pytest.fixture
def gauges():
    made = Gauges({"web": gauge(0.5, waited=0.5), "PostgreSQL": gauge(0.6)})
    made.generator = gauge(0.1)
    made.machine.cores, made.machine.used, made.machine.waited = 4, [0.8], [0.0]
    return made


def test_whoever_used_its_core_or_waited_for_it_was_saturated(gauges):
    assert gauges.first_saturated() == "web"


def test_a_machine_of_which_every_core_is_taken_comes_before_who_waited_for_one(gauges):
    gauges.machine.used = [0.95]

    assert gauges.first_saturated() == "the machine, all of its 4 cores"


def test_what_its_host_took_of_a_machine_is_not_there_to_be_used(gauges):
    gauges.machine.waited = [0.15]

    assert gauges.first_saturated() == "the machine, all of its 4 cores"
    assert "its host took 0.6 of them" in str(gauges.machine)


def test_with_room_everywhere_nothing_was_saturated(gauges):
    gauges.asked["web"].waited = [0.0]

    assert gauges.first_saturated() == "nothing (PostgreSQL came nearest)"


def test_what_nobody_of_the_load_used_is_other_work(gauges):
    assert gauges.other_work() == pytest.approx(2.0)
