from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.db import connection

from certif.accounts import throttle
from certif.accounts.models import SecretTries
from certif.audit.operations import Operation
from certif.lib.refusals import TooManyTries

NINE = datetime(2026, 12, 14, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


def take(count, key="code:1:1"):
    for _ in range(count):
        throttle.take_try(key)


def refused_until(key="code:1:1"):
    with pytest.raises(TooManyTries) as refusal:
        throttle.take_try(key)
    return refusal.value.retry_at


def test_five_tries_are_free(clock):
    take(5)

    assert SecretTries.objects.get().failures == 5


def test_the_sixth_waits_one_minute(clock):
    take(5)

    assert refused_until() == NINE + timedelta(minutes=1)


def test_a_refused_try_is_not_counted(clock):
    take(5)
    refused_until()
    refused_until()

    assert SecretTries.objects.get().failures == 5


def test_after_the_wait_one_try_is_counted_again(clock):
    take(5)
    clock.shift(60)

    take(1)

    assert SecretTries.objects.get().failures == 6


@pytest.mark.parametrize(
    ("failures", "minutes"), [(5, 1), (6, 2), (7, 4), (8, 8), (11, 64), (12, 64), (40, 64)]
)
def test_the_wait_doubles_up_to_about_an_hour(clock, failures, minutes):
    take(4)
    SecretTries.objects.update(failures=failures - 1)
    take(1)

    assert refused_until() == NINE + timedelta(minutes=minutes)


def test_a_right_answer_clears_the_count(clock):
    take(5)
    throttle.clear("code:1:1")

    take(5)


def test_a_try_given_back_leaves_those_before_it(clock):
    take(4)
    take(1)
    throttle.give_back("code:1:1")

    take(1)
    assert refused_until() == NINE + timedelta(minutes=1)


def test_the_only_try_given_back_leaves_nothing(clock):
    take(1)
    throttle.give_back("code:1:1")

    assert not SecretTries.objects.exists()


def fails(operation, key="code:1:1"):
    throttle.take_try(key)
    throttle.count_once(key, operation)


def test_a_wrong_try_sent_again_is_counted_once(clock):
    press = Operation(uuid4(), "the same code")

    for _ in range(10):
        fails(press)

    assert throttle.failures("code:1:1") == 1


def test_another_content_under_the_same_id_is_another_try(clock):
    first = uuid4()

    for code in range(4):
        fails(Operation(first, f"code {code}"))

    assert throttle.failures("code:1:1") == 4


def test_what_was_sent_is_forgotten_after_a_day(clock):
    fails(Operation(uuid4(), "the same code"))
    clock.shift(timedelta(days=1, seconds=1))

    fails(Operation(uuid4(), "another code"))

    assert SecretTries.objects.filter(key__startswith="once:").count() == 1


def test_failures_are_forgotten_after_a_day(clock):
    take(5)
    clock.shift(timedelta(days=1, seconds=1))

    take(5)


def test_failures_are_remembered_for_a_day(clock):
    take(5)
    clock.shift(timedelta(days=1))
    take(1)

    assert refused_until() == NINE + timedelta(days=1, minutes=2)


def test_one_account_does_not_slow_down_another(clock):
    take(5)

    take(5, key="code:1:2")


def test_the_sentence_says_how_long_to_wait(clock):
    take(5)
    with pytest.raises(TooManyTries, match="dans 1 minute,"):
        throttle.take_try("code:1:1")


def test_a_total_of_failures_only_counts(clock):
    for _ in range(30):
        throttle.count_failure("password:session:1")

    assert throttle.failures("password:session:1") == 30


def test_a_total_of_failures_is_forgotten_after_a_day(clock):
    throttle.count_failure("password:session:1")
    clock.shift(timedelta(days=1, seconds=1))

    assert throttle.failures("password:session:1") == 0


def parallel_tries(act, *, times):
    barrier = Barrier(times)

    def run(_):
        try:
            barrier.wait()
            act()
        except TooManyTries:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.django_db(transaction=True)
def test_sixteen_parallel_tries_are_judged_five_times_at_most():
    judged = parallel_tries(lambda: throttle.take_try("code:1:1"), times=16)

    assert judged.count(True) == 5


@pytest.mark.django_db(transaction=True)
def test_a_right_answer_beside_a_refused_try_breaks_nothing():
    """The row that refuses may be cleared before its delay is read."""

    def try_and_succeed():
        throttle.take_try("code:1:1")
        throttle.clear("code:1:1")

    for _ in range(20):
        parallel_tries(try_and_succeed, times=16)
