from django import template

from certif.accounts.context import menu

register = template.Library()


@register.simple_tag(takes_context=True)
def site_menu(context):
    """The header's entries. The page says its centre by the `centre` or the `session` it shows."""
    centre, session = context.get("centre"), context.get("session")
    centre_id = centre.pk if centre else getattr(session, "centre_id", None)
    return menu(context["request"], centre_id)
