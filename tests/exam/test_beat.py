from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exam import actions as exam_actions
from exam.enums import GrantReason
from exam.models import Beat, Question
from invigilation import actions as invigilation_actions
from tests import situations
from tests.exam.browsers import browser, holding
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(bank):
    return situations.started()


def begin_for(seconds, attempt):
    """The first question, with that limit."""
    Question.objects.filter(pk=attempt.question_ids[0]).update(time_limit=seconds)
    exam_actions.begin_question(attempt, number=1, seat_key=attempt.seat_key)


def beat(attempt, client=None, *, query=""):
    address = reverse("exam:beat", args=[attempt.candidate_id])
    return (client or holding(attempt)).post(address + query)


def test_a_beat_is_a_sign_of_life(attempt):
    long_ago = timezone.now() - timedelta(minutes=3)
    Beat.objects.update(last_seen_at=long_ago)

    assert beat(attempt).status_code == 204
    assert Beat.objects.get().last_seen_at > long_ago


def test_the_answer_to_a_beat_carries_the_end_so_that_the_clock_follows(attempt):
    before = int(beat(attempt)["X-Test-Deadline"])
    exam_actions.grant_minutes(
        attempt.candidate.session,
        [attempt.candidate_id],
        minutes=10,
        reason=GrantReason.ROOM,
        by=UserFactory(),
    )

    assert int(beat(attempt)["X-Test-Deadline"]) - before == 10 * 60 * 1000


def test_the_answer_to_a_beat_carries_the_sum_of_the_minutes_added(attempt):
    assert beat(attempt)["X-Test-Granted"] == "0"
    situations.granted(attempt, 10)
    situations.granted(attempt, 5)

    assert beat(attempt)["X-Test-Granted"] == "15"


def test_an_extra_time_set_during_a_timed_question_moves_its_end_too(attempt):
    begin_for(90, attempt)
    before = int(beat(attempt, query="?limit")["X-Question-Limit"])
    invigilation_actions.set_extra_time(attempt.candidate, percent=33, by=UserFactory())

    assert int(beat(attempt, query="?limit")["X-Question-Limit"]) - before in {29_000, 30_000}


def test_a_question_without_a_limit_has_no_end_of_its_own(attempt):
    assert "X-Question-Limit" not in beat(attempt, query="?limit")


def test_who_does_not_ask_for_the_limit_pays_nothing_for_it(attempt):
    client = holding(attempt)
    with CaptureQueriesContext(connection) as plain:
        beat(attempt, client)
    with CaptureQueriesContext(connection) as timed:
        beat(attempt, client, query="?limit")

    assert len(timed) == len(plain) + 2


def test_a_page_whose_test_went_elsewhere_is_told(attempt):
    assert beat(attempt, browser(attempt.candidate.user)).status_code == 409


def test_a_page_whose_test_is_over_is_told(attempt):
    client = holding(attempt)
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())

    assert beat(attempt, client).status_code == 409


def test_nobody_beats_for_somebody_else(attempt):
    assert beat(attempt, browser(UserFactory())).status_code == 404
