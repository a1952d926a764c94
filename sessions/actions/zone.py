"""A centre’s time zone that is corrected: the hours stay as they were typed, the instants follow."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certif.audit.models import event_of, record_all
from sessions.actions.refusals import ImpossibleTime
from sessions.actions.session import set_schedule
from sessions.enums import SessionState
from sessions.models import ExamSession

MOVED = ["time_zone", "starts_at", "ends_at", "version"]


@transaction.atomic
def follow_zone(centre, *, by):
    """Every open session where no test started moves to the centre’s zone. Gives what to tell of it."""
    waiting = ExamSession.objects.filter(
        centre=centre, state=SessionState.CREATED, first_started_at=None
    )
    sessions = waiting.locked().select_related("centre").order_by("pk")
    moved, kept = [], []
    for session in sessions:
        (moved if _moves(session) else kept).append(session)
    ExamSession.objects.bulk_update(moved, MOVED, batch_size=500)
    label = str(ExamSession._meta.get_field("time_zone").verbose_name)
    record_all(event_of("session.edited", by=by, session=each, changes=label) for each in moved)
    return list(_told(moved, kept))


def _moves(session):
    try:
        set_schedule(session, {})
    except ImpossibleTime:
        return False
    session.version += 1
    return True


def _told(moved, kept):
    if moved:
        yield ngettext(
            "%(n)s session ouverte suit le nouveau fuseau, à l’heure qui y est écrite.",
            "%(n)s sessions ouvertes suivent le nouveau fuseau, à l’heure qui y est écrite.",
            len(moved),
        ) % {"n": len(moved)}
    for session in kept:
        yield _(
            "La session %(n)s garde l’ancien fuseau\u00a0: dans le nouveau, son heure n’existe pas "
            "ou existe deux fois ce jour-là. Son centre doit la changer."
        ) % {"n": session.pk}
