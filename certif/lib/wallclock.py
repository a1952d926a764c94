"""From the wall clock of a place to an instant, refusing the hours that clock changes break."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class NonexistentTime(ValueError):
    """The clocks jump over this hour."""


class AmbiguousTime(ValueError):
    """The clocks show this hour twice."""


def to_instant(date, time, zone_name):
    """The aware UTC instant when the clock of `zone_name` shows `date` `time`."""
    zone = ZoneInfo(zone_name)
    early, late = (
        datetime.combine(date, time, tzinfo=zone).replace(fold=fold).astimezone(UTC)
        for fold in (0, 1)
    )
    if early.astimezone(zone).replace(tzinfo=None) != datetime.combine(date, time):
        raise NonexistentTime
    if early != late:
        raise AmbiguousTime
    return early
