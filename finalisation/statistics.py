"""What officers watch: what is reported, on which questions, and how soon sessions are finalised."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Max, Min, Q, Value, When
from django.db.models.functions import TruncDate, TruncMonth
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exam.models import Question
from finalisation.questions import with_question
from finalisation.slices import cut_of
from invigilation.models import IncidentReport
from sessions.models import ExamSession
from sessions.models.session import FINALISE_WITHIN, closed_in_time, opened_again
from sessions.queries.sessions import in_words, late

# The days that a page looks back on.
PERIODS = {
    1: gettext_lazy("24 heures"),
    7: gettext_lazy("7 jours"),
    30: gettext_lazy("30 jours"),
    365: gettext_lazy("un an"),
}
BY_MONTH_FROM = 60
MOST_LINES = 20
# How many reports of a question in a day, from more than one session, make it stand out.
SEVERAL = 3
# The highest bar of a table.
HIGHEST = 24
DELAYS = {
    "hour": gettext_lazy("Moins d’une heure après la fin"),
    "day": gettext_lazy("Plus tard le même jour"),
    "next": gettext_lazy("Un autre jour, en 24 heures"),
    "in_time": gettext_lazy("En 24 à 48 heures"),
    "late": gettext_lazy("En retard : plus de 48 heures"),
}


@dataclass(frozen=True)
class Line:
    """One bar, and what it is the bar of. `pk`: of what it names, when it has a page."""

    label: str
    count: int
    detail: str = ""
    pk: int | None = None


@dataclass(frozen=True)
class Delays:
    """How soon the sessions finalised in the period were, after their end."""

    count: int
    median: str
    lines: list


@dataclass(frozen=True)
class Cell:
    """`height`: that of its bar."""

    count: int
    height: int


@dataclass(frozen=True)
class Row:
    """What is counted slice after slice. `pk`: of what it names, when it has a page."""

    label: str
    count: int
    cells: list
    detail: str = ""
    pk: int | None = None


@dataclass(frozen=True)
class OverTime:
    slices: list
    rows: list


class Statistics:
    def __init__(self, days, at=None):
        self.days, self.at = days, at or timezone.now()
        self.since = self.at - timedelta(days=days)

    @property
    def _kept(self):
        return IncidentReport.objects.kept().filter(written_at__lte=self.at).order_by()

    @property
    def _reports(self):
        return self._kept.filter(written_at__gt=self.since)

    @cached_property
    def cut(self):
        return cut_of(self.days)

    def by_code(self):
        """Those reported most first, slice after slice."""
        rows = (
            self._reports.annotate(slice=self.cut.moment("written_at"))
            .values_list("code__code", "code__label", "slice")
            .annotate(n=Count("pk"))
            .order_by("code__code")
        )
        counts = defaultdict(Counter)
        for code, label, beginning, count in rows:
            counts[f"{code} – {label}"][self.cut.of(beginning)] += count
        most = sorted(counts, key=lambda label: -counts[label].total())
        return self._over_time([(label, "", None, counts[label]) for label in most])

    def by_question(self):
        """The questions reported most, with the codes; a number that the test has not is not counted."""
        most = [pk for pk, _count in self._on_questions.order_by("-n", "question")[:MOST_LINES]]
        rows = (
            with_question(self._reports)
            .annotate(slice=self.cut.moment("written_at"))
            .filter(question__in=most)
            .values_list("question", "code__code", "slice")
            .annotate(n=Count("pk"))
        )
        counts, codes = defaultdict(Counter), defaultdict(set)
        for pk, code, beginning, count in rows:
            counts[pk][self.cut.of(beginning)] += count
            codes[pk].add(code)
        questions = Question.objects.in_bulk(most)
        return self._over_time(
            [(str(questions[pk]), ", ".join(sorted(codes[pk])), pk, counts[pk]) for pk in most]
        )

    @property
    def _on_questions(self):
        return with_question(self._reports).values_list("question").annotate(n=Count("pk"))

    def _over_time(self, counted):
        """`counted`: of each row its label, its detail, its pk and what each slice counts."""
        slices = self.cut.between(self.since, self.at)
        highest = max((max(counts.values()) for *_told, counts in counted), default=0)
        return OverTime(
            slices=[self.cut.told(beginning) for beginning in slices],
            rows=[
                Row(
                    label,
                    counts.total(),
                    [_cell(counts[one], highest) for one in slices],
                    detail,
                    pk,
                )
                for label, detail, pk, counts in counted
            ],
        )

    def standing_out(self):
        """The questions that several sessions report today, whatever the period looked at."""
        today = timezone.localtime(self.at).replace(hour=0, minute=0, second=0, microsecond=0)
        rows = list(
            with_question(self._kept.filter(written_at__gte=today, written_at__lte=self.at))
            .values_list("question")
            .annotate(
                n=Count("pk"),
                sessions=Count("candidate__session", distinct=True),
                first=Min("written_at"),
                last=Max("written_at"),
            )
            .filter(n__gte=SEVERAL, sessions__gt=1)
            .order_by("-n", "question")[:MOST_LINES]
        )
        questions = Question.objects.in_bulk([pk for pk, *_told in rows])
        return [Line(str(questions[pk]), n, _of_today(n, *told), pk) for pk, n, *told in rows]

    def by_day(self):
        """Or by month, for a long period."""
        by_month = self.days >= BY_MONTH_FROM
        truncate, said = (TruncMonth, "F Y") if by_month else (TruncDate, "l j F")
        rows = (
            self._reports.annotate(day=truncate("written_at"))
            .values_list("day")
            .annotate(n=Count("pk"))
            .order_by("-day")
        )
        return [Line(date_format(day, said), count) for day, count in rows]

    def delays(self):
        finalised = (
            ExamSession.objects.filter(finalised_at__gt=self.since, finalised_at__lte=self.at)
            .exclude(opened_again())
            .order_by()
        )
        zones = finalised.values_list("time_zone", flat=True).distinct()
        counts = dict(finalised.values_list(_delay(zones)).annotate(n=Count("pk")))
        total = sum(counts.values())
        spans = finalised.annotate(span=F("finalised_at") - F("ends_at")).order_by("span")
        middle = spans.values_list("span", flat=True)[max(0, total - 1) // 2 : total // 2 + 1]
        return Delays(
            count=total,
            median=in_words(max(median(middle), timedelta(0))) if total else "",
            lines=[
                Line(str(label), counts.get(name, 0), _part(counts.get(name, 0), total))
                for name, label in DELAYS.items()
                if total
            ],
        )

    def late_centres(self):
        """Whose sessions are late now, or were finalised late in the period.

        Of those that officers opened again, the first time counts.
        """
        was_late = Q(finalised_at__gt=self.since) & Q(
            finalised_at__gt=F("ends_at") + FINALISE_WITHIN
        )
        rows = (
            ExamSession.objects.filter(was_late | late(self.at))
            .exclude(closed_in_time())
            .values_list("centre__name", "centre")
            .annotate(n=Count("pk"), still=Count("pk", filter=late(self.at)))
            .order_by("-n", "centre__name")[:MOST_LINES]
        )
        return [Line(name, count, _still(still), pk) for name, pk, count, still in rows]


def _cell(count, highest):
    """One report among hundreds has a bar all the same."""
    return Cell(count, max(1, round(HIGHEST * count / highest)) if count else 0)


def _of_today(count, sessions, first, last):
    """« 7 signalements entre 9 h et 10 h aujourd’hui, dans 5 sessions »: the hours around them."""
    hours = {"from": timezone.localtime(first).hour, "to": timezone.localtime(last).hour + 1}
    return _(
        "%(n)s\u00a0signalements entre %(from)s\u00a0h et %(to)s\u00a0h aujourd’hui,"
        " dans %(sessions)s\u00a0sessions"
    ) % {"n": count, "sessions": sessions, **hours}


def _delay(zones):
    """The first of DELAYS that holds a session. The same day is that of its own clock."""
    same_day = [
        When(Q(time_zone=zone) & Exact(*_days(ZoneInfo(zone))), then=Value("day")) for zone in zones
    ]
    return Case(
        When(finalised_at__lt=F("ends_at") + timedelta(hours=1), then=Value("hour")),
        *same_day,
        When(finalised_at__lte=F("ends_at") + timedelta(hours=24), then=Value("next")),
        When(finalised_at__lte=F("ends_at") + FINALISE_WITHIN, then=Value("in_time")),
        default=Value("late"),
    )


def _days(zone):
    return TruncDate("finalised_at", tzinfo=zone), TruncDate("ends_at", tzinfo=zone)


def _part(count, total):
    return f"{round(100 * count / total)}\u00a0%"


def _still(count):
    if not count:
        return ""
    return _("%(n)s encore à finaliser") % {"n": count}
