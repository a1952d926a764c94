"""The opening of a test broken at each of its SQL statements: the right comes back, nothing stays."""

import pytest
from django.db import OperationalError, connection

from certif.audit.models import AuditEvent
from exam import actions
from exam.enums import AttemptState, Right
from exam.models import Attempt, Beat
from tests import situations
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)

STATEMENTS_OF_AN_OPENING = 11
BOUNDARIES = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


class BrokenStatement:
    """The seam: the statement number `at` (from 1; transaction boundaries not counted) fails once."""

    def __init__(self, at=None):
        self.at, self.count = at, 0

    def __call__(self, execute, sql, params, many, context):
        if not sql.startswith(BOUNDARIES):
            self.count += 1
            if self.count == self.at:
                raise OperationalError("the database went away")
        return execute(sql, params, many, context)


@pytest.fixture
def candidate(bank):
    candidate = CandidateFactory(joined=True)
    situations.present(candidate)
    return candidate


def enter(candidate):
    return actions.enter_test(candidate, candidate.session.access_code, by=candidate.user)


def test_an_opening_takes_the_statements_that_are_broken_below(candidate):
    counter = BrokenStatement()

    with connection.execute_wrapper(counter):
        enter(candidate)

    assert counter.count == STATEMENTS_OF_AN_OPENING


@pytest.mark.parametrize("at", range(1, STATEMENTS_OF_AN_OPENING + 1))
def test_a_failure_anywhere_gives_the_right_back_and_a_retry_succeeds(candidate, at):
    with (
        connection.execute_wrapper(BrokenStatement(at)),
        pytest.raises(OperationalError, match="went away"),
    ):
        enter(candidate)

    attempt = Attempt.objects.get(candidate=candidate)
    candidate.refresh_from_db()
    candidate.session.refresh_from_db()
    assert (attempt.state, attempt.right) == (AttemptState.PREPARED, Right.START)
    assert (attempt.certification_number, attempt.seat_key) == (None, "")
    assert (candidate.test_started_at, candidate.session.started_count) == (None, 0)
    assert not Beat.objects.exists()
    assert not AuditEvent.objects.filter(kind="attempt.started").exists()
    assert enter(candidate).state == AttemptState.RUNNING
