"""A template worked out once a look, then filled with words.

Django's engine takes 300 µs for one row of the board, nearly all of it for what rows have in common.
The template stays the one place where the markup is written; what it makes is kept as a pattern.
"""

import re
from functools import lru_cache
from html import escape
from itertools import count

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

KEPT_LOOKS = 1000
# Letters of nobody: Unicode's private use.
MARK = "\ue000{}\ue001"
MARKS = re.compile("\ue000([0-9]+)\ue001")


class Pressed:
    """The template gets the fields of a look, on which it may branch, and words by their names.

    Of a word it may ask whether it is empty; else it prints it as it is, without filters.
    """

    def __init__(self, template, *names):
        self.template, self.names = template, names
        self._kept = lru_cache(maxsize=KEPT_LOOKS)(self._pattern)

    def fill(self, look, words):
        """The markup. `look`: a named tuple that can be a key; `words`: in the order of the names."""
        are_said = tuple(map(bool, words))
        pattern_of = self._pattern if settings.DEBUG else self._kept
        pattern = pattern_of(get_language(), look, are_said)
        # Django's escape is this one, eight times slower for what it keeps lazy.
        return pattern.format(*map(escape, filter(None, words)))

    def _pattern(self, language, look, are_said):
        ranks = count()
        words = {
            name: MARK.format(next(ranks)) if is_said else ""
            for name, is_said in zip(self.names, are_said, strict=True)
        }
        text = render_to_string(self.template, look._asdict() | words)
        # Of an odd number of pieces, each second one is the rank of a word.
        pieces = MARKS.split(text.replace("{", "{{").replace("}", "}}"))
        pieces[1::2] = [f"{{{rank}}}" for rank in pieces[1::2]]
        return "".join(pieces)
