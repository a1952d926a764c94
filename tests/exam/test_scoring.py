import pytest

from exam.enums import QuestionKind
from exam.scoring import as_number, is_right
from tests.factories import QuestionFactory


def question(kind, *answers):
    return QuestionFactory.build(kind=kind, choices=[], answers=list(answers))


@pytest.mark.parametrize(
    "typed", ["Orvigny", "orvigny", " ORVIGNY ", "Ôrvigny", "orvi gny", "Orvigny."]
)
def test_a_text_is_right_whatever_its_case_accents_and_spaces(typed):
    assert is_right(question(QuestionKind.TEXT, "Orvigny"), typed)


def test_another_text_is_wrong():
    assert not is_right(question(QuestionKind.TEXT, "Orvigny"), "Orvign")


def test_a_sign_alone_is_compared_as_it_is():
    assert is_right(question(QuestionKind.TEXT, "@"), " @ ")
    assert not is_right(question(QuestionKind.TEXT, "@"), "#")


@pytest.mark.parametrize("typed", ["3,5", "3.5", "3,50", " 3,5 ", "03.5"])
def test_a_number_is_right_whatever_its_writing(typed):
    assert is_right(question(QuestionKind.NUMBER, "3.5"), typed)


@pytest.mark.parametrize("typed", ["35", "", "trois", "NaN", "sNaN", "Infinity"])
def test_anything_else_than_the_number_is_wrong(typed):
    assert not is_right(question(QuestionKind.NUMBER, "3.5"), typed)


def test_a_thousand_is_written_with_spaces():
    assert as_number("2 400") == 2400


def test_several_answers_are_right_together_only():
    several = QuestionFactory.build(kind=QuestionKind.MULTIPLE, answers=[2, 0])

    assert is_right(several, [0, 2])
    assert not is_right(several, [0])
    assert not is_right(several, [0, 1, 2])
