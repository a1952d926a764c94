from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

KILO, MEGA = 1024, 1024 * 1024


@register.filter
def file_size(size):
    """« 42,2 Ko »: as file managers write it, where Django says « Kio »."""
    if size < KILO:
        return ngettext("%(n)s\u00a0octet", "%(n)s\u00a0octets", size) % {"n": size}
    if size < MEGA:
        return _("%(n)s\u00a0Ko") % {"n": number_format(round(size / KILO, 1))}
    return _("%(n)s\u00a0Mo") % {"n": number_format(round(size / MEGA, 1))}
