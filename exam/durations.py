"""How long, as a person says it: the same words as static/js/exam.js, for the page as it is sent."""

from datetime import timedelta

from django.utils.translation import gettext as _

NOTHING = timedelta(0)


def hours_and_minutes(duration):
    minutes = -(-max(duration, NOTHING) // timedelta(minutes=1))
    if minutes < 60:
        return _("%(minutes)s\u00a0min") % {"minutes": minutes}
    return _("%(hours)s\u00a0h\u00a0%(minutes)02d") % {
        "hours": minutes // 60,
        "minutes": minutes % 60,
    }


def minutes_and_seconds(duration):
    seconds = -(-max(duration, NOTHING) // timedelta(seconds=1))
    return _("%(minutes)s\u00a0min %(seconds)02d\u00a0s") % {
        "minutes": seconds // 60,
        "seconds": seconds % 60,
    }
