"""Under which spellings two names of a commune or of a country are the same."""

import re
import unicodedata

from anyascii import anyascii

_ORDINAL = re.compile(r"0*(\d+)(?:ERE|ER|NDE|ND|EME|E|IEME)?")
_SHORT_FOR = {"ST": "SAINT", "STE": "SAINTE", "STS": "SAINTS", "STES": "SAINTES"}
_ARTICLES = frozenset({"LE", "LA", "LES", "L"})
_DISTRICT = frozenset({"ARRONDISSEMENT", "ARRT", "ARR", "ARDT", "CEDEX"})


def words(name):
    """`Saint-Étienne-lès-Remiremont` → `SAINT ETIENNE LES REMIREMONT`."""
    text = anyascii(unicodedata.normalize("NFKC", name)).upper().replace("S/", "SUR ")
    return "".join(c if c.isalnum() else " " for c in text).split()


def commune_key(name):
    """`PARIS 15EME ARRT` and `Paris 15e Arrondissement`, `ST DENIS` and `Saint-Denis`, `Havre (Le)`
    and `Le Havre` have the same."""
    kept = [_plain(word) for word in words(name) if word not in _DISTRICT]
    return " ".join([word for word in kept if word not in _ARTICLES] or kept).replace(" ", "")


def without_number(key):
    """The city of an arrondissement."""
    return key.rstrip("0123456789")


def _plain(word):
    if found := _ORDINAL.fullmatch(word):
        return found[1]
    return _SHORT_FOR.get(word, word)
