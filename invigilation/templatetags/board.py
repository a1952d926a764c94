"""The parts of the board that every answer has: pressed, so escaped already (certif.lib.pressed)."""

from django import template

from invigilation.board import chips_markup, rows_markup
from invigilation.head import head_markup
from invigilation.vocabulary import tail_of

register = template.Library()

register.simple_tag(tail_of)


class Part(template.Node):
    def __init__(self, markup, oob):
        self.markup, self.oob = markup, oob

    def render(self, context):
        return self.markup(context, oob=self.oob)


def part(name, markup):
    """A tag that takes one word: « oob » when the part is sent to take its own place."""

    @register.tag(name)
    def _parse(parser, token):
        return Part(markup, oob=token.split_contents()[1:] == ["oob"])


part("candidate_rows", rows_markup)
part("chips", chips_markup)
part("head", head_markup)
