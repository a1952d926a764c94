"""The screens are written with a light font; the complete one comes for a name with another letter."""

import re
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont

ROOT = Path(settings.BASE_DIR)
VENDOR = ROOT / "static/vendor/inter"
LIGHT = "InterVariable-French.woff2"
FACE = re.compile(r'vendor/inter/(?P<file>[\w-]+\.woff2)".*?unicode-range: (?P<range>[^;]+);', re.S)
CONTROLS = set(range(32))


def ranges():
    """The characters of each file, as the style sheet says them."""
    style = (ROOT / "static/css/tokens.css").read_text()
    return {found["file"]: characters(found["range"]) for found in FACE.finditer(style)}


def characters(text):
    bounds = [each.strip().removeprefix("U+").split("-") for each in text.split(",")]
    return {code for first, *last in bounds for code in span(first, *last)}


def span(first, last=None):
    return range(int(first, 16), int(last or first, 16) + 1)


def test_the_two_files_share_every_character_out():
    light, complete = ranges().values()

    assert not light & complete
    assert light | complete == set(range(0x10000))


def test_the_light_file_has_what_the_complete_one_has_of_its_range():
    light, complete = (TTFont(VENDOR / name).getBestCmap().keys() for name in ranges())

    assert light == complete & ranges()[LIGHT]


def test_the_screens_are_written_with_the_light_file():
    written = {
        ord(letter) for screen in ROOT.glob("templates/**/*.html") for letter in screen.read_text()
    }

    assert written - CONTROLS <= TTFont(VENDOR / LIGHT).getBestCmap().keys()
