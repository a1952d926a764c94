from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certif.lib.wallclock import AmbiguousTime, NonexistentTime, to_instant

OVERSEAS = [
    "Pacific/Noumea",
    "Pacific/Wallis",
    "Pacific/Tahiti",
    "Pacific/Marquesas",
    "Indian/Reunion",
    "Indian/Mayotte",
    "America/Guadeloupe",
    "America/Cayenne",
]


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("Europe/Paris", datetime(2026, 6, 1, 6, 0, tzinfo=UTC)),
        ("Pacific/Noumea", datetime(2026, 5, 31, 21, 0, tzinfo=UTC)),
        ("Indian/Reunion", datetime(2026, 6, 1, 4, 0, tzinfo=UTC)),
        ("America/Miquelon", datetime(2026, 6, 1, 10, 0, tzinfo=UTC)),
        ("Pacific/Marquesas", datetime(2026, 6, 1, 17, 30, tzinfo=UTC)),
        ("Pacific/Tahiti", datetime(2026, 6, 1, 18, 0, tzinfo=UTC)),
    ],
)
def test_eight_in_the_morning_is_that_of_the_place(zone, instant):
    assert to_instant(date(2026, 6, 1), time(8, 0), zone) == instant


@pytest.mark.parametrize(
    ("zone", "day", "hour"),
    [
        ("Europe/Paris", date(2026, 3, 29), time(2, 30)),
        ("America/Miquelon", date(2026, 3, 8), time(2, 30)),
    ],
)
def test_an_hour_the_clocks_jump_over_is_refused(zone, day, hour):
    with pytest.raises(NonexistentTime):
        to_instant(day, hour, zone)


@pytest.mark.parametrize(
    ("zone", "day", "hour"),
    [
        ("Europe/Paris", date(2026, 10, 25), time(2, 30)),
        ("America/Miquelon", date(2026, 11, 1), time(1, 30)),
    ],
)
def test_an_hour_the_clocks_show_twice_is_refused(zone, day, hour):
    with pytest.raises(AmbiguousTime):
        to_instant(day, hour, zone)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize("zone", OVERSEAS)
def test_the_clock_changes_of_paris_do_not_reach_overseas(zone, day):
    assert to_instant(day, time(2, 30), zone).astimezone(ZoneInfo(zone)).hour == 2


@pytest.mark.parametrize("hour", [time(1, 59), time(3, 0)])
def test_the_edges_of_the_missing_hour_exist(hour):
    assert to_instant(date(2026, 3, 29), hour, "Europe/Paris").tzinfo == UTC


def test_a_morning_across_the_change_lasts_one_hour_less():
    before = to_instant(date(2026, 3, 29), time(1, 0), "Europe/Paris")
    after = to_instant(date(2026, 3, 29), time(4, 0), "Europe/Paris")

    assert after - before == timedelta(hours=2)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.times(), st.sampled_from(OVERSEAS))
def test_where_clocks_never_change_the_instant_shows_what_was_typed(day, hour, zone):
    shown = to_instant(day, hour, zone).astimezone(ZoneInfo(zone))

    assert shown.replace(tzinfo=None) == datetime.combine(day, hour)
