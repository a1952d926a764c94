"""Where the page of a question sends to: a test, the preview of an officer, a practice run."""

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class Addresses:
    """An empty one: the page does not offer it."""

    answer: str = ""
    begin: str = ""
    problem: str = ""
    image: str = ""
    file: str = ""


def of_test(attempt, question):
    return Addresses(
        answer=reverse("exam:answer", args=[attempt.candidate_id]),
        begin=reverse("exam:begin", args=[attempt.candidate_id]),
        problem=reverse("exam:problem", args=[attempt.candidate_id]),
        image=_test_file(attempt, question, "image") if question.image else "",
        file=_test_file(attempt, question, "fichier") if question.attachment else "",
    )


def _test_file(attempt, question, kind):
    """The question is named too: another one may take the same number."""
    address = reverse(
        "exam:question_file", args=[attempt.candidate_id, attempt.current_number, kind]
    )
    return f"{address}?q={question.pk}"


def of_preview(question):
    return Addresses(
        image=_kept_file(question, "image") if question.image else "",
        file=_kept_file(question, "attachment") if question.attachment else "",
    )


def _kept_file(question, name):
    return reverse("admin:exam_question_file", args=[question.pk, name])
