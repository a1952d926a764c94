"""What officers watch: what is reported, on which questions, and how soon sessions are finalised."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate, TruncMonth
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exam.models import Question
from finalisation.questions import places
from invigilation.models import IncidentReport
from sessions.models import ExamSession
from sessions.models.session import FINALISE_WITHIN, opened_again
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
    late: int
    median: str


class Statistics:
    def __init__(self, days, at=None):
        self.days, self.at = days, at or timezone.now()
        self.since = self.at - timedelta(days=days)

    @property
    def _reports(self):
        return IncidentReport.objects.kept().filter(written_at__gt=self.since).order_by()

    def by_code(self):
        rows = (
            self._reports.values_list("code__code", "code__label")
            .annotate(n=Count("pk"))
            .order_by("-n", "code__code")
        )
        return [Line(f"{code} – {label}", count) for code, label, count in rows]

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

    def by_question(self):
        """The questions reported most, with the codes; a number that the test has not is not counted."""
        counts, codes = Counter(), defaultdict(set)
        reports = self._reports.filter(question_number__isnull=False)
        read = reports.select_related("code").only(
            "candidate", "question_number", "resolved_by", "code__code"
        )
        for report, question in places(read, candidates=reports.values("candidate")).items():
            counts[question] += 1
            codes[question].add(report.code.code)
        most = counts.most_common(MOST_LINES)
        questions = Question.objects.in_bulk([pk for pk, _count in most])
        return [
            Line(str(questions[pk]), count, ", ".join(sorted(codes[pk])), pk)
            for pk, count in most
            if pk in questions
        ]

    def delays(self):
        spans = [
            finalised - ended
            for ended, finalised in ExamSession.objects.filter(finalised_at__gt=self.since)
            .exclude(opened_again())
            .values_list("ends_at", "finalised_at")
        ]
        return Delays(
            count=len(spans),
            late=sum(span > FINALISE_WITHIN for span in spans),
            median=in_words(max(median(spans), timedelta(0))) if spans else "",
        )

    def late_centres(self):
        """Whose sessions are late now, or were finalised late in the period.

        Those that officers opened again are late through nobody's fault.
        """
        was_late = Q(finalised_at__gt=self.since) & Q(
            finalised_at__gt=F("ends_at") + FINALISE_WITHIN
        )
        rows = (
            ExamSession.objects.filter(was_late | late(self.at))
            .exclude(opened_again())
            .values_list("centre__name", "centre")
            .annotate(n=Count("pk"), still=Count("pk", filter=late(self.at)))
            .order_by("-n", "centre__name")[:MOST_LINES]
        )
        return [Line(name, count, _still(still), pk) for name, pk, count, still in rows]


def _still(count):
    if not count:
        return ""
    return _("%(n)s encore à finaliser") % {"n": count}
