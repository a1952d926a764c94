"""Text is cleaned once, before the database: SQLite and PostgreSQL disagree on NUL and length."""

import unicodedata

from anyascii import anyascii

_SPACES = dict.fromkeys(map(ord, "\t\u00a0\u202f\u2007\u2009"), " ")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), None)


class ForbiddenCharacter(ValueError):
    """A NUL, a lone surrogate or another control character."""


def _checked(value, *, allowed=""):
    for character in value:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed:
            raise ForbiddenCharacter(f"U+{ord(character):04X}")
    return value


def clean_line(value):
    """One line: NFC, single spaces, no control character. Raises ForbiddenCharacter."""
    if value.isprintable():  # nothing to replace, nothing to refuse
        return unicodedata.normalize("NFC", " ".join(value.split()))
    value = _checked(value.translate(_SPACES).translate(_INVISIBLE), allowed="\r\n")
    return unicodedata.normalize("NFC", " ".join(value.split()))


def clean_text(value):
    """Several lines: NFC, line feeds only, no other control character. Raises ForbiddenCharacter."""
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", _checked(value.translate(_INVISIBLE), allowed="\n").strip())


def fold(value):
    """The key under which two spellings of a name are the same: `Œuvrard-Łódź` → `OEUVRARDLODZ`.

    NFKD alone loses Œ, ł and ø: anyascii transliterates them (domain.md § 3).
    """
    if not value.isascii():
        value = anyascii(unicodedata.normalize("NFKC", value))
    return "".join(filter(str.isalnum, value)).upper()


def fold_code(value):
    """A secret as typed by hand: any case, with spaces or hyphens, full-width digits."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", value))).upper()
