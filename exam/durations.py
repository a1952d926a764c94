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
    """As a clock shows it."""
    minutes, seconds = divmod(_seconds(duration), 60)
    return _("%(minutes)s\u00a0min %(seconds)02d\u00a0s") % {"minutes": minutes, "seconds": seconds}


def in_a_sentence(duration):
    """Nothing is said of what there is none of."""
    minutes, seconds = divmod(_seconds(duration), 60)
    if not minutes:
        return _("%(seconds)s\u00a0s") % {"seconds": seconds}
    if not seconds:
        return _("%(minutes)s\u00a0min") % {"minutes": minutes}
    return _("%(minutes)s\u00a0min %(seconds)s\u00a0s") % {"minutes": minutes, "seconds": seconds}


def _seconds(duration):
    return -(-max(duration, NOTHING) // timedelta(seconds=1))
