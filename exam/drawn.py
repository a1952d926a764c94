"""A question that was drawn stays what it is: its answers never change under a candidate."""

from itertools import chain

from django.utils.translation import gettext_lazy as _

from exam.enums import AttemptState
from exam.models import Answer, Attempt, QuestionProblem

# What decides whether an answer is right, and what it counts for.
FROZEN = ("competence", "kind", "choices", "answers", "time_limit")
SENTENCE = _(
    "Cette question a déjà été tirée : sa compétence, sa forme, ses propositions, ses réponses "
    "justes et son temps limité ne changent plus. Mettez-la de côté et créez-en une autre."
)


def frozen_changes(question, values):
    """The names of what `values` would change of a question, and may not once it was drawn."""
    return [name for name in FROZEN if name in values and getattr(question, name) != values[name]]


def drawn(pks):
    """Those of these questions that a candidate was asked, or will be.

    A test that is finished or closed has an answer for each of its questions.
    """
    pks = set(pks)
    if not pks:
        return pks
    answered = Answer.objects.filter(question__in=pks).order_by().distinct()
    reported = QuestionProblem.objects.filter(question__in=pks).order_by().distinct()
    asked = {*_questions(answered), *_questions(reported)}
    return asked | (pks - asked).intersection(chain.from_iterable(_open_tests()))


def _questions(rows):
    return rows.values_list("question", flat=True)


def _open_tests():
    tests = Attempt.objects.exclude(state__in=[AttemptState.FINISHED, AttemptState.CLOSED])
    return tests.values_list("question_ids", flat=True).iterator()
