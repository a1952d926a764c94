"""What French dates ask for and Django's formats do not give. Filters known to every template."""

import re

from django import template

register = template.Library()

_FIRST = re.compile(r"(?<!\d)1 (?=[a-zéû]{3,9}\.?)")


@register.filter
def premier(day):
    """« mardi 1 décembre 2026 » → « mardi 1er décembre 2026 »."""
    return _FIRST.sub("1er ", day)
