"""The parts of the board that every answer has, for its templates."""

from django import template

from invigilation.board import chips_markup
from invigilation.vocabulary import tail_of

register = template.Library()

register.simple_tag(tail_of)


@register.simple_tag(takes_context=True)
def candidate_row(context, row, *, oob=False):
    return row.markup(oob=oob, csrf_token=str(context.get("csrf_token", "")))


@register.simple_tag
def chips(counts, *, oob=False):
    return chips_markup(counts, oob=oob)
