"""Which answers are right, and what a test is worth. One place (domain.md § 4)."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.db import models
from django.utils.translation import gettext_lazy as _

from certif.lib.text import fold
from exam.enums import Outcome, QuestionKind

MOST_NEUTRALISED_PERCENT = 33
LEAST_RIGHT_PERCENT = 50


class Verdict(models.TextChoices):
    VALIDATED = "validated", _("validée")
    REJECTED = "rejected", _("rejetée")
    CANCELLED = "cancelled", _("annulée")


@dataclass
class Score:
    """Counts of one test. `areas` maps « 1 » … « 5 » to (right, counted)."""

    verdict: str
    right: int
    counted: int
    neutralised: int
    areas: dict = field(default_factory=dict)

    @property
    def percent(self):
        return self.right * 100 // self.counted if self.counted else 0


def is_right(question, value):
    """`value`: a list of ranks for choices, a text otherwise."""
    if question.kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE}:
        return sorted(value) == sorted(question.answers)
    if question.kind == QuestionKind.NUMBER:
        return as_number(value) in {as_number(answer) for answer in question.answers} - {None}
    return _text_key(value) in {_text_key(answer) for answer in question.answers}


def _text_key(text):
    """Letters and digits when there are some; an answer such as « @ » is compared as it is."""
    return fold(text) or text.strip()


def as_number(text):
    """What a person writes as a number, French comma and spaces included; None otherwise."""
    try:
        number = Decimal("".join(str(text).split()).replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def score(answers):
    """Score the answers of one test, each with its `question`.

    More than 33 % neutralised: cancelled; else fewer than 50 % right: rejected; else validated
    (domain.md § 4, after the public platform's rules: pix.md § 7).
    """
    answers = list(answers)
    counted = [answer for answer in answers if answer.neutralised_at is None]
    right = sum(answer.outcome == Outcome.RIGHT for answer in counted)
    neutralised = len(answers) - len(counted)
    areas = {}
    for answer in counted:
        area = answer.question.competence[0]
        got, total = areas.get(area, (0, 0))
        areas[area] = (got + (answer.outcome == Outcome.RIGHT), total + 1)
    if neutralised * 100 > MOST_NEUTRALISED_PERCENT * len(answers) or not counted:
        verdict = Verdict.CANCELLED
    elif right * 100 < LEAST_RIGHT_PERCENT * len(counted):
        verdict = Verdict.REJECTED
    else:
        verdict = Verdict.VALIDATED
    return Score(verdict, right, len(counted), neutralised, areas)
