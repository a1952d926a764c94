"""What a file may well mean, but that the form would ask about twice (sessions.actions.warnings)."""

from django.utils import timezone
from django.utils.translation import gettext as _

from certif.lib.text import fold
from sessions.actions.warnings import about_the_hours


def look_again(table, planned, existing):
    """Warn, on its row, of each session to create or to move whose hours or room look wrong.

    `planned`: pairs (row, session); `existing`: the sessions of the same days.
    """
    now = timezone.now()
    moved = {session.pk for _row, session in planned if session.pk}
    taken = [(None, session) for session in existing if session.pk not in moved]
    for row, session in planned:
        for sentence in about_the_hours(session, now):
            table.warn_of_row(row, sentence)
        if other := next((each for each in taken if _meet(session, each[1])), None):
            table.warn_of_row(row, _same_room(*other))
        taken.append((row, session))


def _meet(one, other):
    return (
        one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
        and fold(one.site) == fold(other.site)
        and fold(one.room) == fold(other.room)
    )


def _same_room(row, session):
    if row is None:
        return _("La salle est déjà prise à ces heures : session %(n)s.") % {"n": session.pk}
    return _("La salle est déjà prise à ces heures, à la ligne %(n)s.") % {"n": row}
