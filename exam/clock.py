"""How long a test lasts: 105 minutes, the extra time, and what was granted (domain.md § 5)."""

from datetime import timedelta
from functools import lru_cache
from math import ceil, floor

from sessions.models import TEST_DURATION


# A poll of the board asks it twice for each candidate of the room.
@lru_cache(maxsize=1000)
def allotted(extra_time_percent, granted_minutes):
    return TEST_DURATION * (100 + extra_time_percent) / 100 + timedelta(minutes=granted_minutes)


def deadline(started_at, extra_time_percent, granted_minutes):
    """Own start + 105 min × (1 + extra %) + granted minutes (domain.md § 5)."""
    return started_at + allotted(extra_time_percent, granted_minutes)


def extra_minutes(extra_time_percent):
    """What the extra time is worth, as a person says it: « 33 % : + 35 min »."""
    return ceil(_extra(extra_time_percent))


def counts_again(minutes, extra_time_percent):
    """Whether these minutes are those that the extra time counts already, rounded either way."""
    extra = _extra(extra_time_percent)
    return extra > 0 and minutes in {floor(extra), ceil(extra)}


def _extra(extra_time_percent):
    return TEST_DURATION * extra_time_percent / 100 / timedelta(minutes=1)
