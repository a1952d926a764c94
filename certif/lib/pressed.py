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

    A word is a text, or a tuple of words (a named one, or a list to go through). Of a text the template
    may ask whether it is empty; else it prints it as it is, without filters.
    """

    def __init__(self, template, *names):
        self.template, self.names = template, names
        self._kept = lru_cache(maxsize=KEPT_LOOKS)(self._pattern)

    def fill(self, look, words):
        """The markup. `look`: a named tuple that can be a key; `words`: in the order of the names."""
        shapes, said = tuple(map(shape_of, words)), []
        for word in words:
            add_texts(said, word)
        pattern_of = self._pattern if settings.DEBUG else self._kept
        # Django's escape is this one, eight times slower for what it keeps lazy.
        return pattern_of(get_language(), look, shapes).format(*map(escape, said))

    def _pattern(self, language, look, shapes):
        ranks = count()
        words = {name: marked(shape, ranks) for name, shape in zip(self.names, shapes, strict=True)}
        text = render_to_string(self.template, look._asdict() | words)
        # Of an odd number of pieces, each second one is the rank of a word.
        pieces = MARKS.split(text.replace("{", "{{").replace("}", "}}"))
        pieces[1::2] = [f"{{{rank}}}" for rank in pieces[1::2]]
        return "".join(pieces)


def shape_of(word):
    """What a word and another must have in common to be printed at the same places."""
    return bool(word) if isinstance(word, str) else (type(word), *map(shape_of, word))


def add_texts(said, word):
    if not isinstance(word, str):
        for each in word:
            add_texts(said, each)
    elif word:
        said.append(word)


def marked(shape, ranks):
    if isinstance(shape, bool):
        return MARK.format(next(ranks)) if shape else ""
    kind, *shapes = shape
    words = [marked(each, ranks) for each in shapes]
    return kind._make(words) if hasattr(kind, "_make") else kind(words)
