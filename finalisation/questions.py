"""Which question a report is about, told in a line: the candidate's own (domain.md § 6)."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exam.models import Attempt, Question, QuestionProblem

SHORT = 110
HOLDS = {
    "image": gettext_lazy("une image"),
    "attachment": gettext_lazy("un fichier"),
    "link": gettext_lazy("un site"),
    "time_limit": gettext_lazy("un temps limité"),
}


def told(question):
    """« 1.1 · Quelle est… (avec : une image) »: what the codes E1 to E8 are about is said too."""
    text = Truncator(" ".join(question.statement.split())).chars(SHORT)
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
    found = places(about, candidates={report.candidate_id for report in about})
    questions = Question.objects.in_bulk(set(found.values()))
    for report, pk in found.items():
        report.question_told = told(questions[pk])
    return reports


def places(reports, *, candidates):
    """Each of these reports about a number, with the id of the question that it is about.

    One whose test has no such number is left out. `candidates`: theirs, as ids or as a query.
    """
    drawn = dict(
        Attempt.objects.filter(candidate__in=candidates).values_list("candidate", "question_ids")
    )
    withdrawn = {
        (candidate, number, by): pk
        for candidate, number, by, pk in QuestionProblem.objects.filter(
            attempt__candidate__in=candidates, replaced_by__isnull=False
        ).values_list("attempt__candidate", "number", "decided_by", "question")
    }
    return {
        report: _place(report, drawn, withdrawn)
        for report in reports
        if 1 <= report.question_number <= len(drawn.get(report.candidate_id, []))
    }


def _place(report, drawn, withdrawn):
    """A report that was accepted on the day stays about the question that was then withdrawn.

    Who accepted the problem resolved it; one decided later, by itself or by an officer, is not.
    """
    held = drawn[report.candidate_id][report.question_number - 1]
    return withdrawn.get((report.candidate_id, report.question_number, report.resolved_by_id), held)
