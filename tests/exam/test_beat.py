from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from exam import actions as exam_actions
from exam.enums import GrantReason
from exam.models import Beat
from invigilation import actions as invigilation_actions
from tests import situations
from tests.exam.browsers import browser, holding
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(bank):
    return situations.started()


def beat(attempt, client=None):
    address = reverse("exam:beat", args=[attempt.candidate_id])
    return (client or holding(attempt)).post(address)


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


def test_a_page_whose_test_went_elsewhere_is_told(attempt):
    assert beat(attempt, browser(attempt.candidate.user)).status_code == 409


def test_a_page_whose_test_is_over_is_told(attempt):
    client = holding(attempt)
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())

    assert beat(attempt, client).status_code == 409


def test_nobody_beats_for_somebody_else(attempt):
    assert beat(attempt, browser(UserFactory())).status_code == 404
