"""The French spelling alphabet: a code said across a room."""

from django.utils.translation import gettext as _

_NAMES = (
    "Anatole Berthe Célestin Désiré Eugène François Gaston Henri Irma Joseph Kléber Louis Marcel "
    "Nicolas Oscar Pierre Quintal Raoul Suzanne Thérèse Ursule Victor William Xavier Yvonne Zoé"
)
WORDS = {name[0]: name for name in _NAMES.split()}
DIGITS = dict(
    zip(
        "0123456789",
        ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
        strict=True,
    )
)


def spelled(code):
    """Each character with what is said after it: « V », « comme Victor »; « 3 », « trois »."""
    return [(character, _said(character)) for character in code]


def _said(character):
    if character in DIGITS:
        return DIGITS[character]
    if word := WORDS.get(character.upper()):
        return _("comme %(word)s") % {"word": word}
    return ""
