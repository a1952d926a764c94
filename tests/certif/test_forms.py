"""The fields that clean what people type."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from certif.lib.forms import DayField, LineField, TextField, WholeNumberField


@pytest.mark.parametrize("field", [LineField(), TextField()])
@pytest.mark.parametrize("typed", ["A\x00", "A\ud800", "A\x1b[31m"])
def test_a_forbidden_character_is_said_in_french(field, typed):
    with pytest.raises(ValidationError) as error:
        field.clean(typed)

    assert error.value.messages == [
        "Ce champ contient un caractère non autorisé. Effacez-le et tapez-le à nouveau."
    ]


def test_spaces_are_not_an_answer():
    with pytest.raises(ValidationError):
        LineField().clean(" \u00a0 \u200b ")


def test_the_length_is_that_of_the_cleaned_text():
    assert LineField(max_length=3).clean("  abc  ") == "abc"


def test_a_text_too_long_is_refused():
    with pytest.raises(ValidationError):
        LineField(max_length=3).clean("abcd")


@pytest.mark.parametrize("typed", ["12345", " 12 345 ", "12\u202f345", "１２３４５"])
def test_a_number_is_read_as_people_write_it(typed):
    assert WholeNumberField().clean(typed) == 12345


@pytest.mark.parametrize("typed", ["1 OR 1=1", "douze", "1;--", "1" * 16, "²x"])
def test_what_is_not_a_number_is_refused(typed):
    with pytest.raises(ValidationError):
        WholeNumberField().clean(typed)


@pytest.mark.parametrize("typed", ["0", "49"])
def test_a_number_out_of_bounds_is_refused(typed):
    with pytest.raises(ValidationError):
        WholeNumberField(min_value=1, max_value=48).clean(typed)


def test_a_missing_number_is_refused_when_required():
    with pytest.raises(ValidationError):
        WholeNumberField().clean("")


def test_a_missing_number_is_none_otherwise():
    assert WholeNumberField(required=False).clean("") is None


@pytest.mark.parametrize(
    "typed", ["10/12/2008", "2008-12-10", "10-12-2008", "10.12.2008", "10122008"]
)
def test_a_day_is_read_as_people_write_it(typed):
    assert DayField().clean(typed) == date(2008, 12, 10)


@pytest.mark.parametrize(
    "typed",
    [
        "31/02/2008",
        "29/02/2023",
        "10/13/2008",
        "hier",
        "10/12/08",
        "31022008",
        "1122008",
        "20081210",
    ],
)
def test_a_day_that_does_not_exist_is_refused(typed):
    with pytest.raises(ValidationError) as error:
        DayField().clean(typed)

    assert error.value.messages == ["Cette date n’existe pas. Écrivez-la sous la forme jj/mm/aaaa."]
