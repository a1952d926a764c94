"""The day of the demonstration is told at any hour: it begins an hour before now, and may cross midnight."""

import pytest
import time_machine
from django.core.management import call_command

from certif.management import story
from exam.models import Attempt


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["00:00", "00:45:30", "00:47:40", "01:30", "12:00", "23:59"])
def test_a_day_is_told_at_any_hour(at):
    call_command("load_bank", verbosity=0)

    with time_machine.travel(f"2026-11-23T{at}+01:00", tick=False):
        story.tell()

    assert Attempt.objects.started().exists()
