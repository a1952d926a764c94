"""The parts of the board that every answer has: pressed, so escaped already (certif.lib.pressed)."""

from django import template

from invigilation.board import chips_markup
from invigilation.vocabulary import tail_of

register = template.Library()

register.simple_tag(tail_of)


def candidate_rows(context, *, oob):
    token = context.get("csrf_token", "")
    return "".join([row.markup(oob=oob, csrf_token=token) for row in context["rows"]])


def chips(context, *, oob):
    return chips_markup(context["counts"], oob=oob)


class Part(template.Node):
    def __init__(self, markup, oob):
        self.markup, self.oob = markup, oob

    def render(self, context):
        return self.markup(context, oob=self.oob)


def part(markup):
    """A tag that takes one word: « oob » when the part is sent to take its own place."""

    @register.tag(markup.__name__)
    def _parse(parser, token):
        return Part(markup, oob=token.split_contents()[1:] == ["oob"])


part(candidate_rows)
part(chips)
