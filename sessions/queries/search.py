"""What is typed above the list of sessions: words, a number, a day."""

import re
import unicodedata
from datetime import date
from functools import reduce
from operator import and_

from django.db.models import Q

from certif.lib.text import fold

# « session n° 9 du lundi 14 décembre »: what is said around what is looked for.
_AROUND = {
    *("SESSION", "NUMERO", "DU", "LE"),
    *("LUNDI", "MARDI", "MERCREDI", "JEUDI", "VENDREDI", "SAMEDI", "DIMANCHE"),
}
_NUMBER_SIGN = re.compile(r"\bn[°o]?\s*(?=\d)", re.IGNORECASE)
_MONTHS = (
    *("JANVIER", "FEVRIER", "MARS", "AVRIL", "MAI", "JUIN"),
    *("JUILLET", "AOUT", "SEPTEMBRE", "OCTOBRE", "NOVEMBRE", "DECEMBRE"),
)
_IN_FIGURES = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?(?![\d/])")
_IN_WORDS = re.compile(r"\b(\d{1,2})(?:er)?\s+([^\W\d]{3,9})\b(?:\s+(\d{4})\b)?", re.IGNORECASE)
_LEAP_YEAR = 2000


def matching(text):
    """Each word is in the site, the room or the invigilators, or is the number; a day is that of the session or in a name."""
    words, days = _read(text)
    return reduce(and_, [*days, *map(_word, words)], Q())


def number_in(text):
    """The one number that is asked for, if that is all."""
    words, days = _read(text)
    return int(words[0]) if len(words) == 1 and not days and words[0].isdecimal() else None


def _read(text):
    text, days = _NUMBER_SIGN.sub(" ", unicodedata.normalize("NFKC", text)), []

    def take(said):
        if (day := _day(*said.groups())) is None:
            return said[0]
        days.append(day | Q(search_key__contains=fold(said[0])))  # « Lycée du 8 mai 1945 »
        return " "

    text = _IN_WORDS.sub(take, _IN_FIGURES.sub(take, text))
    words = [*filter(None, map(fold, text.split()))]
    telling = [word for word in words if word not in _AROUND]
    return telling or (words if not days else []), days


def _day(day, month, year):
    """The sessions of that day, of any year when none is said; None when there is no such day."""
    try:
        month = int(month) if month.isdecimal() else 1 + _MONTHS.index(fold(month))
        said = date(int(year or _LEAP_YEAR), month, int(day))
    except ValueError:
        return None
    return Q(date=said) if year else Q(date__month=said.month, date__day=said.day)


def _word(word):
    """One letter is nearly everywhere: it ends a name, « Salle B ». So is one figure: alone, « 9 »."""
    if word.isdecimal():
        alone = rf"(^|[^0-9]){word}([^0-9]|$)"
        return _text(word, alone) | Q(pk=int(word))
    return _text(word, rf"{word}([^A-Z]|$)")


def _text(word, alone):
    if len(word) == 1:
        return Q(search_key__regex=alone)
    return Q(search_key__contains=word)
