"""What deserves a second look before a session is written. Warned of, never refused."""

import hashlib
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certif.lib.refusals import Refusal
from sessions.models import (
    CANDIDATES_PER_INVIGILATOR,
    TEST_DURATION,
    Candidate,
    ExamSession,
    search_key,
)

SCHEDULE = {"date", "start_time", "end_time"}
PLACE = {"site", "room"}
FAR_AHEAD = timedelta(days=365)
SESSIONS_NAMED = 3
PEOPLE_NAMED = 3


class ToConfirm(Refusal):
    """Nothing forbids it. `fingerprint` is what the form brings back to have it done all the same."""

    message = _("Vérifiez avant de continuer.")

    def __init__(self, warnings):
        super().__init__()
        self.warnings = warnings
        self.fingerprint = fingerprint(warnings)


def ask_about(session, changes, *, confirmed):
    """Raises ToConfirm, unless these very warnings were confirmed. None: nobody is there to ask."""
    if confirmed is None:
        return
    warnings = list(warnings_about(session, set(changes), at=timezone.now()))
    if warnings and confirmed != fingerprint(warnings):
        raise ToConfirm(warnings)


def warnings_about(session, changes, *, at):
    if changes & SCHEDULE:
        yield from about_the_hours(session, at)
    if changes & {"invigilators"} and session.pk:
        yield from _about_the_number(session)
    if changes & (SCHEDULE | PLACE):
        yield from _about_the_room(session)
    if changes & SCHEDULE and session.pk:
        yield from _about_the_people(session)


def fingerprint(warnings):
    return hashlib.sha256(repr(warnings).encode()).hexdigest()[:16]


def about_the_hours(session, at):
    if session.ends_at < at:
        yield _("La date est passée : cette session aurait fini le %(end)s.") % {
            "end": _moment(session.ends_at, session)
        }
    if session.starts_at - at > FAR_AHEAD:
        yield _("La session est dans plus d’un an : vérifiez l’année, %(year)s.") % {
            "year": session.date.year
        }
    if session.ends_at - session.starts_at < TEST_DURATION:
        yield _("L’heure de fin laisse moins de 1 h 45, la durée du test.")


def _about_the_number(session):
    candidates, invigilators = session.candidates.count(), len(session.invigilator_names)
    if candidates > invigilators * CANDIDATES_PER_INVIGILATOR:
        yield ngettext(
            "%(candidates)s candidats pour %(n)s surveillant : prévoyez un surveillant pour 20.",
            "%(candidates)s candidats pour %(n)s surveillants : prévoyez un surveillant pour 20.",
            invigilators,
        ) % {"candidates": candidates, "n": invigilators}


def _about_the_room(session):
    key = search_key(session.site, session.room, "")
    others = _at_the_hours_of(session).filter(search_key__startswith=key)
    named = [_named(other) for other in others.order_by("starts_at", "pk")[:SESSIONS_NAMED]]
    if named:
        yield _("La salle est déjà prise à ces heures : %(sessions)s.") % {
            "sessions": "\u00a0; ".join(named)
        }


def _about_the_people(session):
    """The same pupil cannot sit in two rooms at once."""
    keys = session.candidates.values("identity_key")
    people = list(enrolled_elsewhere(session, keys).order_by("birth_name", "first_name", "pk"))
    if people:
        named = [f"{who}, session\u00a0{who.session_id}" for who in people[:PEOPLE_NAMED]]
        yield ngettext(
            "%(n)s candidat est inscrit ailleurs à ces heures : %(who)s.",
            "%(n)s candidats sont inscrits ailleurs à ces heures : %(who)s.",
            len(people),
        ) % {"n": len(people), "who": "\u00a0; ".join(named) + "…" * (len(people) > len(named))}


def enrolled_elsewhere(session, keys):
    """Who, of these identities, is in another session of the centre at the same hours."""
    others = _at_the_hours_of(session)
    return Candidate.objects.filter(session__in=others, identity_key__in=keys)


def _at_the_hours_of(session):
    return ExamSession.objects.filter(
        centre=session.centre, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at
    ).exclude(pk=session.pk)


def _named(session):
    return _("session %(n)s, le %(start)s, jusqu’à %(end)s") % {
        "n": session.pk,
        "start": _moment(session.starts_at, session),
        "end": date_format(session.ends_at.astimezone(session.zone), "G \\h i"),
    }


def _moment(instant, session):
    return date_format(instant.astimezone(session.zone), "d/m/Y, G \\h i")
