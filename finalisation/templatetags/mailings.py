from django import template

from finalisation.mailings import not_sent

register = template.Library()


@register.simple_tag
def mails_not_sent():
    return not_sent().count()
