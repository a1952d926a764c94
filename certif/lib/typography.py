"""What French asks for and Django does not give. Filters known to every template."""

import re
from gettext import NullTranslations

from django import template

from certif.lib.text import fold

register = template.Library()

_FIRST = re.compile(r"(?<!\d)1 (?=[a-zéû]{3,9}\.?)")
# An h is mute or not by usage alone: only the names that surely elide. « Yves », but « Yann ».
_MUTE = "H(EBERT|EL[EI]N|ENR[IY]|ERMIN|ERVE|IPPOLYT|ONOR|OPITAL|ORTENSE|OTEL|UBERT|UGUE|YACINTH)"
_ELIDED = re.compile(rf"[AEIOU]|Y[^AEIOUY]|{_MUTE}")


@register.filter
def premier(day):
    """« mardi 1 décembre 2026 » → « mardi 1er décembre 2026 »."""
    return _FIRST.sub("1er ", day)


@register.filter
def de(who):
    """« ŒUVRARD » → « d’ŒUVRARD », « MARTIN » → « de MARTIN », « le candidat » → « du candidat »."""
    if str(who).startswith("le "):
        return f"du {who[3:]}"
    return f"d’{who}" if _ELIDED.match(fold(str(who))) else f"de {who}"


def named(who):
    """What a sentence about somebody is filled with: `%(name)s`, `%(of_name)s`."""
    return {"name": who, "of_name": de(who)}


class French(NullTranslations):
    """Our msgids are French, and no catalogue holds them: zero is singular, « 0 candidat »."""

    def ngettext(self, singular, plural, number):
        return singular if abs(number) < 2 else plural
