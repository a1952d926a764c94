"""`manage.py check`: durations that would make docs/privacy.md untrue are refused."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as configured

from certif.privacy.checks import ORDERS, retention


def found(settings, **days):
    settings.RETENTION = configured.RETENTION | days
    return {(error.id, error.msg) for error in retention(None)}


def test_the_durations_of_the_register_of_processing_are_accepted(settings):
    assert found(settings) == set()


@pytest.mark.parametrize("days", [0, -1, 1.5, "30", None])
def test_a_duration_is_a_positive_whole_number(settings, days):
    assert found(settings, secrets=days) == {
        ("certif.E001", "RETENTION_SECRETS_DAYS is not a positive whole number of days.")
    }


@pytest.mark.parametrize(("less", "more", "_why"), ORDERS)
def test_what_must_end_first_may_end_the_same_day_and_no_later(settings, less, more, _why):
    same = dict.fromkeys(configured.RETENTION, 500)
    said = f"RETENTION_{less.upper()}_DAYS is more than RETENTION_{more.upper()}_DAYS."

    assert found(settings, **same) == set()
    assert ("certif.E002", said) in found(settings, **same | {more: 499})


def test_the_purge_refuses_to_begin(tmp_path):
    environment = os.environ | {
        "DJANGO_DEMO": "1",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "RETENTION_CERTIFICATES_DAYS": "30",
    }
    command = [sys.executable, "manage.py", "purge", "--apply"]

    ran = subprocess.run(
        command, cwd=configured.BASE_DIR, env=environment, capture_output=True, text=True
    )

    assert ran.returncode == 1
    assert "RETENTION_RECORDS_DAYS is more than RETENTION_CERTIFICATES_DAYS" in ran.stderr
