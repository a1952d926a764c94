from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def moment(instant):
    """« à 14 h 02 » today, « le 12/12/2026 à 14 h 02 » another day, where the page is read."""
    local = timezone.localtime(instant)
    at = _("à %(time)s") % {"time": date_format(local, "G\u00a0\\h\u00a0i")}
    if local.date() == timezone.localdate():
        return at
    return _("le %(day)s %(at)s") % {"day": date_format(local, "d/m/Y"), "at": at}
