"""A test whose answers were written at once is the one that its candidate would have sat."""

import pytest
import time_machine
from django.core import serializers
from django.db import transaction

from certif.audit.models import AuditEvent
from exam import actions
from exam.models import Attempt
from tests import situations

pytestmark = pytest.mark.django_db


def answer_one_by_one(attempt, *, value, upto):
    for number in range(1, upto + 1):
        actions.answer_question(
            attempt,
            number=number,
            value=value,
            passed=value is None,
            by=attempt.candidate.user,
            seat_key=attempt.seat_key,
        )


def written_by(way, attempt, **answers):
    """Every field of what it moved; then none of it was done."""
    with transaction.atomic():
        way(attempt, **answers)
        kept = Attempt.objects.get(pk=attempt.pk)
        candidate = kept.candidate
        rows = [kept, kept.beat, candidate, candidate.session, *kept.answers.all()]
        told = serializers.serialize("python", [*rows, *AuditEvent.objects.order_by("pk")])
        transaction.set_rollback(True)
    return [row["fields"] for row in told]


@pytest.mark.parametrize("value", [None, [1], [0]], ids=["passed", "right", "wrong"])
@pytest.mark.parametrize("upto", [1, 2, 3, 47, 48])
def test_what_is_answered_at_once_is_what_the_action_writes(bank, value, upto):
    with time_machine.travel("2026-12-14 09:00 +0100", tick=False):
        attempt = situations.started()
        answers = {"value": value, "upto": upto}

        at_once = written_by(situations.answer_all, attempt, **answers)

        assert at_once == written_by(answer_one_by_one, attempt, **answers)
