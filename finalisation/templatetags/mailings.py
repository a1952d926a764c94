from django import template

from certif.audit.mails import given_up_lately
from finalisation.mailings import not_sent

register = template.Library()


@register.simple_tag
def mails_not_sent():
    return not_sent().count()


@register.simple_tag
def account_mails_given_up():
    return given_up_lately().count()
