from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from sessions import cleaning

TODAY = date(2026, 11, 20)


def sentence_of(refusal):
    return refusal.value.messages[0]


@pytest.mark.parametrize(
    "typed",
    [
        "10/12/2008",
        " 10/12/2008 ",
        "10-12-2008",
        "10.12.2008",
        "2008-12-10",
        "１０/１２/２００８",
        "10/12/2008\u00a0",
        "10122008",
        date(2008, 12, 10),
        datetime(2008, 12, 10, tzinfo=UTC),
    ],
)
def test_day_is_read_as_people_and_spreadsheets_write_it(typed):
    day = cleaning.parse_day(typed)

    assert day == date(2008, 12, 10)
    assert type(day) is date


def test_day_may_lack_its_zeros():
    assert cleaning.parse_day("1/2/2008") == date(2008, 2, 1)


@pytest.mark.parametrize("typed", ["10/12/08", "1/2/08"])
def test_two_digit_year_is_refused_with_its_reason(typed):
    with pytest.raises(ValidationError) as refusal:
        cleaning.parse_day(typed)

    assert "l’année en entier" in sentence_of(refusal)


@pytest.mark.parametrize(
    "typed",
    [
        "31/02/2008",
        "12/31/2008",
        "0/0/0000",
    ],
)
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(ValidationError) as refusal:
        cleaning.parse_day(typed)

    assert "n’existe pas" in sentence_of(refusal)


@pytest.mark.parametrize("typed", ["", "2008/12/10", "10 décembre 2008", "39792", "20081210"])
def test_what_is_written_otherwise_than_a_day_is_said_unreadable(typed):
    with pytest.raises(ValidationError) as refusal:
        cleaning.parse_day(typed)

    assert "n’est pas lisible" in sentence_of(refusal)


def test_birth_date_gives_an_age_from_5_to_110():
    assert cleaning.clean_birth_date("20/11/2021", TODAY) == date(2021, 11, 20)
    assert cleaning.clean_birth_date("21/11/1915", TODAY) == date(1915, 11, 21)


@pytest.mark.parametrize("typed", ["21/11/2021", "20/11/1915", "10/12/0001"])
def test_impossible_age_is_refused(typed):
    with pytest.raises(ValidationError) as refusal:
        cleaning.clean_birth_date(typed, TODAY)

    assert "âge impossible" in sentence_of(refusal)


def test_birth_in_the_future_is_refused():
    with pytest.raises(ValidationError) as refusal:
        cleaning.clean_birth_date("21/11/2026", TODAY)

    assert "dans le futur" in sentence_of(refusal)


@pytest.mark.parametrize(
    ("typed", "percent"),
    [
        ("", 0),
        (None, 0),
        (" ", 0),
        ("0", 0),
        ("0 %", 0),
        ("33", 33),
        ("33%", 33),
        ("33 %", 33),
        ("33\u202f%", 33),
        ("３３", 33),
        ("33,33 %", 33),
        ("33.5", 34),
        ("0,33", 33),
        ("0.33", 33),
        (0.33, 33),
        (1 / 3, 33),
        (33, 33),
        (33.0, 33),
        ("1/3", 33),
        ("tiers temps", 33),
        ("Tiers-temps", 33),
        ("un tiers", 33),
        ("100", 100),
        ("13", 13),
    ],
)
def test_extra_time_is_understood(typed, percent):
    assert cleaning.clean_extra_time(typed) == percent


@pytest.mark.parametrize(
    "typed",
    [
        "101",
        "100,6",
        "-5",
        "oui",
        "1e9",
        "nan",
        "33 %%",
        "33 minutes",
        -0.1,
        1000,
        float("nan"),
        float("inf"),
    ],
)
def test_other_extra_time_is_refused(typed):
    with pytest.raises(ValidationError) as refusal:
        cleaning.clean_extra_time(typed)

    assert "entre 0 et 100" in sentence_of(refusal)


def test_cell_that_holds_one_may_be_1_or_100_per_cent():
    with pytest.raises(ValidationError) as refusal:
        cleaning.clean_extra_time(1.0)

    assert "1 % ou 100 %" in sentence_of(refusal).replace("\u00a0", " ")


@pytest.mark.parametrize("typed", ["F", "f", "Féminin", "FEMININ", "femme", "Fille", " F "])
def test_female_is_understood(typed):
    assert cleaning.clean_sex(typed) == "F"


@pytest.mark.parametrize("typed", ["M", "m", "H", "Masculin", "homme", "Garçon", "M."])
def test_male_is_understood(typed):
    assert cleaning.clean_sex(typed) == "M"


def test_sex_is_optional():
    assert cleaning.clean_sex("") == cleaning.clean_sex(" ") == ""


@pytest.mark.parametrize("typed", ["X", "autre", "1"])
def test_other_sex_is_refused(typed):
    with pytest.raises(ValidationError):
        cleaning.clean_sex(typed)


@pytest.mark.parametrize(
    "typed", ["ada@exemple.test", " ada.lovelace+pix@sous.domaine.exemple.test\u00a0"]
)
def test_address_is_kept(typed):
    assert cleaning.clean_email(typed) == typed.strip()


def test_address_is_optional():
    assert cleaning.clean_email("  ") == ""


@pytest.mark.parametrize(
    "typed",
    [
        "ada",
        "ada@",
        "@exemple.test",
        "ada@exemple",
        "ada@localhost",
        "ada@[127.0.0.1]",
        "a b@exemple.test",
        "<ada@exemple.test>",
        "mailto:ada@exemple.test",
        "ada@exemple..test",
        f"{'x' * 250}@exemple.test",
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(ValidationError):
        cleaning.clean_email(typed)


@pytest.mark.parametrize("separator", ["; ", ", ", " ", "/"])
def test_two_addresses_are_refused_with_their_reason(separator):
    with pytest.raises(ValidationError) as refusal:
        cleaning.clean_email(f"ada@exemple.test{separator}alan@exemple.test")

    assert "une seule adresse" in sentence_of(refusal)


@pytest.mark.parametrize("typed", ["Nguyễn", "d’Œuvrard-Łódź", "O'Brien", "Ÿ", "王", "Louis 2"])
def test_name_is_kept(typed):
    assert cleaning.clean_name(typed) == typed


def test_name_is_one_line_with_single_spaces():
    assert cleaning.clean_name(" De \u00a0 La\nFontaine\u200b ") == "De La Fontaine"


@pytest.mark.parametrize(
    "typed", ["", "-", "123", "'", "٣", "\u0345", "x" * 101, "Ada\x00", "Ada\ud800"]
)
def test_what_is_no_name_is_refused(typed):
    with pytest.raises(ValidationError):
        cleaning.clean_name(typed)


@given(st.text(max_size=300))
@pytest.mark.parametrize(
    "clean",
    [
        cleaning.clean_name,
        cleaning.clean_email,
        cleaning.clean_sex,
        cleaning.clean_extra_time,
        cleaning.parse_day,
    ],
)
def test_no_text_is_more_than_refused(clean, text):
    with suppress(ValidationError):
        clean(text)
