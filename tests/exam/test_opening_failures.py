"""The opening of a test broken at each of its SQL statements: the right comes back, nothing stays."""

import pytest
from django.db import OperationalError, connection

from certif.audit.models import AuditEvent
from exam import actions
from exam.enums import AttemptState, Right
from exam.models import Attempt, Beat
from sessions.models import ExamSession
from tests import situations
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)

# The first of a room costs what those after him do.
STATEMENTS = 7
RANKS = ("first", "second")
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
def first(bank):
    candidate = CandidateFactory(joined=True)
    situations.present(candidate)
    return candidate


@pytest.fixture
def second(first):
    enter(first)
    candidate = CandidateFactory(joined=True, session=first.session)
    situations.present(candidate)
    return candidate


def enter(candidate):
    return actions.enter_test(candidate, candidate.session.access_code, by=candidate.user)


@pytest.mark.parametrize("rank", RANKS)
def test_an_opening_takes_the_statements_that_are_broken_below(request, rank):
    candidate, counter = request.getfixturevalue(rank), BrokenStatement()

    with connection.execute_wrapper(counter):
        enter(candidate)

    assert counter.count == STATEMENTS


@pytest.mark.parametrize("at", range(1, STATEMENTS + 1))
@pytest.mark.parametrize("rank", RANKS)
def test_a_failure_anywhere_gives_the_right_back_and_a_retry_succeeds(request, rank, at):
    candidate = request.getfixturevalue(rank)
    session = ExamSession.objects.get()

    with (
        connection.execute_wrapper(BrokenStatement(at)),
        pytest.raises(OperationalError, match="went away"),
    ):
        enter(candidate)

    attempt = Attempt.objects.get(candidate=candidate)
    candidate.refresh_from_db()
    assert (attempt.state, attempt.right) == (AttemptState.PREPARED, Right.START)
    assert (attempt.certification_number, attempt.seat_key) == (None, "")
    assert candidate.test_started_at is None
    now = ExamSession.objects.get()
    assert (now.started_count, now.version) == (session.started_count, session.version)
    assert now.first_started_at == session.first_started_at
    assert not Beat.objects.filter(attempt=attempt).exists()
    started = AuditEvent.objects.filter(kind="attempt.started", candidate_id=candidate.pk)
    assert not started.exists()
    assert enter(candidate).state == AttemptState.RUNNING
