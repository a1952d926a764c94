"""Which question a report is about, told in a line: the candidate's own (domain.md § 6)."""

from django.db.models import BigIntegerField, Func, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exam.models import Question, QuestionProblem
from invigilation.models import IncidentReport

SHORT = 110
HOLDS = {
    "image": gettext_lazy("une image"),
    "attachment": gettext_lazy("un fichier"),
    "link": gettext_lazy("un site"),
    "time_limit": gettext_lazy("un temps limité"),
}


def told(question):
    """« 1.1 · Quelle est… (avec : une image) »: what the codes E1 to E8 are about is said too."""
    text = Truncator(" ".join(question.statement.splitlines())).chars(SHORT)
    held = ", ".join(str(label) for name, label in HOLDS.items() if getattr(question, name))
    holds = _(" (avec\u00a0: %(held)s)") % {"held": held} if held else ""
    return f"{question.competence} · {text}{holds}"


def question_of(attempt, number):
    """What the candidate has, or had, under this number. None when his test has no such number."""
    if not 1 <= number <= attempt.question_count:
        return None
    return Question.objects.get(pk=attempt.question_ids[number - 1])


def tell_questions(reports):
    """Give each report its `question_told`, in a number of queries that does not depend on them."""
    about = [report for report in reports if report.question_number]
    if not about:
        return reports
    placed = with_question(IncidentReport.objects.filter(pk__in=[report.pk for report in about]))
    found = dict(placed.values_list("pk", "question"))
    questions = Question.objects.in_bulk(set(found.values()))
    for report in about:
        if report.pk in found:
            report.question_told = told(questions[found[report.pk]])
    return reports


class _Drawn(Func):
    """What is drawn under a number, from 1, in the list of a test; null beyond its end."""

    output_field = BigIntegerField()
    arg_joiner = " ->> ("
    template = "(%(expressions)s - 1))::bigint"

    def as_sqlite(self, compiler, connection, **context):
        path = {
            "arg_joiner": ", '$[' || (",
            "template": "json_extract(%(expressions)s - 1) || ']')",
        }
        return self.as_sql(compiler, connection, **path, **context)


def with_question(reports):
    """Those about a number that the candidate's test has, with the id of their `question`.

    A report that was accepted on the day stays about the question that was then withdrawn.
    Who accepted the problem resolved it; one decided later, by itself or by an officer, is not.
    """
    withdrawn = QuestionProblem.objects.filter(
        attempt__candidate=OuterRef("candidate"),
        number=OuterRef("question_number"),
        decided_by=OuterRef("resolved_by"),
        replaced_by__isnull=False,
    ).order_by("pk")
    held = _Drawn("candidate__attempt__question_ids", "question_number")
    about = Coalesce(
        Subquery(withdrawn.values("question")[:1]), held, output_field=BigIntegerField()
    )
    return reports.annotate(question=about).filter(question__isnull=False)
