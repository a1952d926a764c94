"""Under which spellings two names of a commune or of a country are the same."""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_ORDINAL = re.compile(r"(\d+)(?:ERE|ER|NDE|ND|IEME|EME|E)?")
_SHORT_FOR = {"ST": "SAINT", "STE": "SAINTE", "STS": "SAINTS", "STES": "SAINTES"}
_ARTICLES = frozenset({"LE", "LA", "LES", "L"})
_DISTRICT = frozenset({"ARRONDISSEMENT", "ARRDT", "ARDT", "ARRT", "ARR", "CEDEX"})


def words(name):
    """`Ste-Étienne-lès-Remiremont` → `SAINTE ETIENNE LES REMIREMONT`, as a list."""
    text = anyascii(unicodedata.normalize("NFKC", name)).upper().replace("S/", "SUR ")
    found = "".join(c if c.isalnum() else " " for c in text).split()
    return [_SHORT_FOR.get(word, word) for word in found]


def without_articles(found):
    return [word for word in found if word not in _ARTICLES] or found


@lru_cache(maxsize=8192)
def commune_key(name):
    """`PARIS 15EME` and `Paris 15e Arrondissement`, `ST DENIS` and `Saint-Denis`, `Havre (Le)` and
    `Le Havre` have the same."""
    kept = [_number(word) for word in words(name) if word not in _DISTRICT]
    return "".join(without_articles(kept))


def without_number(key):
    """The city of an arrondissement."""
    return key.rstrip("0123456789")


def same_city(one, other):
    """Two cells as people fill them: Paris is also each of its arrondissements."""
    one, other = commune_key(one), commune_key(other)
    return one == other or without_number(one) == other or one == without_number(other)


def _number(word):
    found = _ORDINAL.fullmatch(word)
    return found[1].lstrip("0") if found else word
