"""The parts of the board that every answer has, for its templates."""

from django import template
from django.utils.html import format_html_join

from invigilation.board import chips_markup
from invigilation.vocabulary import tail_of

register = template.Library()

register.simple_tag(tail_of)


@register.simple_tag(takes_context=True)
def candidate_rows(context, rows, *, oob=False):
    token = context.get("csrf_token", "")
    return format_html_join("", "{}", ([row.markup(oob=oob, csrf_token=token)] for row in rows))


@register.simple_tag
def chips(counts, *, oob=False):
    return chips_markup(counts, oob=oob)
