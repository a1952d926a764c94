"""The problems that wait for the invigilator's answer."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from exam.enums import ResumeState
from exam.models import QuestionProblem, ResumeRequest
from invigilation.fitting import fits
from invigilation.models import IncidentCode

MOST_MINUTES = 120


class Pending(NamedTuple):
    """What a row tells of a problem."""

    pk: int
    number: int
    raised_at: datetime
    text: str


def pending_problem_of(candidate):
    problems = QuestionProblem.objects.pending().filter(attempt__candidate=candidate)
    return problems.select_related("question", "attempt__candidate__session").first()


def left_waiting(candidates):
    """What waits for an answer that the end of their tests would drop: the sentences of each, by number."""
    told = defaultdict(list)
    problems = QuestionProblem.objects.pending().filter(attempt__candidate__in=candidates)
    for candidate, number in problems.values_list("attempt__candidate", "number"):
        told[candidate].append(
            _(
                "Son signalement sur la question %(n)s attend une réponse : elle ne pourra plus être donnée."
            )
            % {"n": number}
        )
    asked = ResumeRequest.objects.filter(
        attempt__candidate__in=candidates, state=ResumeState.PENDING
    )
    for candidate in asked.values_list("attempt__candidate", flat=True):
        told[candidate].append(
            _("Une demande de reprise attend une réponse : elle sera abandonnée.")
        )
    return told


def waited_minutes(problem, at):
    """The time lost so far, to the next minute: what is proposed to give back."""
    return min(MOST_MINUTES, -(-(at - problem.raised_at) // timedelta(minutes=1)))


def question_codes(session):
    """The codes of the session's date that name a question: all that an answer may carry."""
    return IncidentCode.objects.active_on(session.date).filter(needs_question=True)


def sorted_codes(session, question):
    """(those that fit the question, the others)."""
    codes = list(question_codes(session))
    fitting = [code for code in codes if fits(code.code, question)]
    return fitting, [code for code in codes if code not in fitting]
