import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certif.lib.text import ForbiddenCharacter, clean_line, clean_text, fold, fold_code

typed = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
letters_of_europe = st.text(st.characters(max_codepoint=0x24F, categories=["Lu", "Ll"]))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Œuvrard", "OEUVRARD"),
        ("Lætitia", "LAETITIA"),
        ("Łódź", "LODZ"),
        ("Sørensen", "SORENSEN"),
        ("Groß", "GROSS"),
        ("Nguyễn", "NGUYEN"),
        ("Éloïse", "ELOISE"),
        ("D’Arc", "DARC"),
        ("D'Arc", "DARC"),
        ("Anne-Marie", "ANNEMARIE"),
        ("Anne‑Marie", "ANNEMARIE"),
        ("anne  marie", "ANNEMARIE"),
        ("Þór", "THOR"),
        ("Çelik", "CELIK"),
        ("ﬁnot", "FINOT"),
    ],
)
def test_two_spellings_of_a_name_have_one_key(name, key):
    assert fold(name) == key


@given(typed)
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(letters_of_europe)
def test_composed_and_decomposed_accents_are_the_same(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(letters_of_europe)
def test_case_does_not_count(text):
    assert fold(text.upper()) == fold(text)


@given(typed)
def test_a_key_holds_letters_and_digits_only(text):
    key = fold(text)

    assert key == "" or (key.isascii() and key.isalnum() and key == key.upper())


@given(typed)
def test_cleaning_a_line_twice_is_cleaning_it_once(text):
    assert clean_line(clean_line(text)) == clean_line(text)


@given(typed)
def test_cleaning_a_text_twice_is_cleaning_it_once(text):
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text())
def test_what_is_cleaned_can_be_stored_or_is_refused(text):
    try:
        cleaned = clean_line(text)
    except ForbiddenCharacter:
        cleaned = ""

    cleaned.encode("utf-8")
    assert "\x00" not in cleaned


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Ada\u00a0Lovelace", "Ada Lovelace"),
        ("Ada\tLovelace", "Ada Lovelace"),
        ("Ada\r\nLovelace", "Ada Lovelace"),
        ("A\u200bda\ufeff", "Ada"),
        ("E\u0301loise", "Éloise"),
    ],
)
def test_a_line_is_cleaned(text, line):
    assert clean_line(text) == line


def test_a_text_keeps_its_lines():
    assert clean_text(" un\r\ndeux\rtrois\tquatre ") == "un\ndeux\ntrois quatre"


@pytest.mark.parametrize("clean", [clean_line, clean_text])
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_a_control_character_or_a_lone_surrogate_is_refused(clean, character):
    with pytest.raises(ForbiddenCharacter):
        clean(f"Ada{character}Lovelace")


@pytest.mark.parametrize(
    "typed_code", ["WB64K2", "wb64k2", " WB 64 K2 ", "WB-64-K2", "ＷＢ６４Ｋ２", "wb\u00a064k2"]
)
def test_a_code_is_the_same_however_it_is_typed(typed_code):
    assert fold_code(typed_code) == "WB64K2"
