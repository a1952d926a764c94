"""The week of a centre at a glance: each day its sessions, its seats, what is late."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count
from django.utils import timezone
from django.utils.formats import date_format

from certif.lib.typography import premier
from sessions.models import ExamSession
from sessions.queries.sessions import OPEN, centre_day, late, to_finalise

DAYS = 7
# The picture's own measures, in pixels; across, it is as wide as the page and counts in percent.
BAR_HEIGHT = 88
BASELINE = 112
THINNEST = 4
COLUMN = 100 / DAYS
BAR_WIDTH = 0.5 * COLUMN
KINDS = ["late", "due", "ahead", "done"]


@dataclass
class Day:
    date: date
    is_today: bool
    sessions: int = 0
    seats: int = 0
    by_kind: dict = field(default_factory=dict)
    bars: list = field(default_factory=list)

    @property
    def late(self):
        return self.by_kind.get("late", (0, 0))[0]

    @property
    def due(self):
        """To finalise, the late ones among them."""
        return self.late + self.by_kind.get("due", (0, 0))[0]


@dataclass
class Week:
    monday: date
    today: date
    days: list

    @property
    def sunday(self):
        return self.monday + timedelta(days=DAYS - 1)

    @property
    def first_day(self):
        """« 16 », or « 30 novembre » when the week ends in another month."""
        same_month = self.monday.month == self.sunday.month
        day = premier(date_format(self.monday, "j F"))
        return day.split()[0] if same_month else day

    @property
    def last_day(self):
        return premier(date_format(self.sunday, "j F Y"))

    @property
    def is_this_one(self):
        return self.monday <= self.today <= self.sunday

    @property
    def sessions(self):
        return sum(day.sessions for day in self.days)

    @property
    def seats(self):
        return sum(day.seats for day in self.days)


def week_of(centre, day=None):
    """The week of `day`, else the present one, from Monday to Sunday at the centre."""
    now = timezone.now()
    today = centre_day(centre, now)
    day = day or today
    monday = day - timedelta(days=day.weekday())
    found = {row["date"]: row for row in _counts(centre, monday, now)}
    days = [
        _day(monday + timedelta(days=offset), today, found.get(monday + timedelta(days=offset)))
        for offset in range(DAYS)
    ]
    _draw(days)
    return Week(monday, today, days)


def _counts(centre, monday, now):
    """One row for each day that has sessions: how many of each kind, and their seats."""
    kinds = {
        "late": late(now),
        "due": to_finalise(now) & ~late(now),
        "ahead": OPEN & ~to_finalise(now),
        "done": ~OPEN,
    }
    counts = {f"{kind}_sessions": _sessions(chosen) for kind, chosen in kinds.items()}
    seats = {f"{kind}_seats": _seats(chosen) for kind, chosen in kinds.items()}
    sunday = monday + timedelta(days=DAYS - 1)
    sessions = ExamSession.objects.filter(centre=centre, date__range=(monday, sunday))
    return sessions.order_by().values("date").annotate(**counts, **seats)


def _sessions(chosen):
    return Count("pk", filter=chosen, distinct=True)


def _seats(chosen):
    return Count("candidates", filter=chosen)


def _day(day, today, row):
    if row is None:
        return Day(day, day == today)
    by_kind = {kind: (row[f"{kind}_sessions"], row[f"{kind}_seats"]) for kind in KINDS}
    sessions, seats = (sum(column) for column in zip(*by_kind.values(), strict=True))
    return Day(day, day == today, sessions, seats, by_kind)


def _draw(days):
    fullest = max(day.seats for day in days) or 1
    for column, day in enumerate(days):
        top = BASELINE
        for kind in KINDS:
            sessions, seats = day.by_kind.get(kind, (0, 0))
            if sessions:
                height = max(round(BAR_HEIGHT * seats / fullest), THINNEST)
                top -= height
                day.bars.append(_bar(kind, column, top, height))
        day.column = _percent(column * COLUMN)
        day.middle = _percent((column + 0.5) * COLUMN)
        day.figure_y = top - 6


def _bar(kind, column, top, height):
    left = column * COLUMN + (COLUMN - BAR_WIDTH) / 2
    return {"kind": kind, "x": _percent(left), "y": top, "height": height}


def _percent(value):
    return f"{value:.2f}%"
