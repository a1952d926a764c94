"""What is pressed says, letter for letter, what its template says."""

import pytest
from django.template.loader import render_to_string

from certif.lib.pressed import Pressed
from invigilation import board, rows

NAMES = ["{}", "{0}", "{{ x }}", "%s", "<b>&\"'", "\ue000pk\ue001", "{% now 'Y' %}", "d’Été"]


@pytest.fixture
def chips():
    return Pressed("invigilation/_chips.html", *board.COUNTED)


def plain(look, **words):
    return render_to_string("invigilation/_chips.html", look._asdict() | words)


@pytest.mark.parametrize("oob", [True, False])
def test_it_is_what_the_template_says(chips, oob):
    look, words = board.Swapped(oob), dict.fromkeys(board.COUNTED, "7")

    assert chips.fill(look, list(words.values())) == plain(look, **words)


@pytest.mark.parametrize("name", NAMES)
def test_a_word_is_escaped_and_never_read_as_a_template(chips, name):
    look, words = board.Swapped(oob=True), dict.fromkeys(board.COUNTED, name)

    assert chips.fill(look, list(words.values())) == plain(look, **words)


def test_the_words_of_another_are_not_kept(chips):
    look = board.Swapped(oob=True)
    chips.fill(look, ["ancien"] * len(board.COUNTED))

    assert "ancien" not in chips.fill(look, ["neuf"] * len(board.COUNTED))


NOBODY = rows.Look(
    oob=False,
    has_several_reports=False,
    situation="present",
    label="Présent",
    kind="present",
    mark="present",
    filters="present",
    can_tick=True,
    menu=(),
    is_homonym=False,
    seen=False,
    can_see=False,
    can_report=False,
    is_over=False,
)


@pytest.mark.parametrize("said", rows.PRESSED.names)
def test_an_empty_word_is_shown_as_the_template_shows_it(said):
    words = {name: "mot" if name == said else "" for name in rows.PRESSED.names}
    words["operation_id"] = "une opération"
    template = render_to_string("invigilation/_row.html", NOBODY._asdict() | words)

    assert rows.PRESSED.fill(NOBODY, list(words.values())) == template


def test_more_words_than_names_is_an_error(chips):
    with pytest.raises(ValueError, match="longer"):
        chips.fill(board.Swapped(oob=True), ["mot"] * 20)
