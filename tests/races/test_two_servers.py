"""The races of the room and of its file, thirty rounds each. `./dev drill races` runs them, and more, three hundred times."""

import pytest
from django.db import connection

from tests.races.cast import two_servers, two_unprotected_servers
from tests.races.harness import ROUNDS
from tests.races.two_servers import (
    RACES,
    UNPROTECTED_ROUNDS,
    broken_rounds,
)

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="SQLite has one writer at a time: rows are raced on PostgreSQL",
    ),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def servers(django_db_setup):
    with two_servers() as servers:
        yield servers


@pytest.fixture(scope="module")
def unprotected(django_db_setup):
    with two_unprotected_servers() as servers_and_point:
        yield servers_and_point


@pytest.fixture(params=RACES)
def race(request):
    return RACES[request.param]


def test_no_round_between_two_servers_is_broken(bank, servers, race):
    assert broken_rounds(race, servers, ROUNDS) == 0


def test_between_two_servers_without_its_protections_a_race_breaks(bank, unprotected, race):
    """The negative control: a race that cannot break proves nothing."""
    servers, meeting_point = unprotected

    assert broken_rounds(race, servers, UNPROTECTED_ROUNDS, meeting_point=meeting_point) >= 1
