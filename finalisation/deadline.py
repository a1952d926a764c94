"""The 48-hour clock of the finalisation (domain.md § 2): its stages, and its line in a calendar."""

from datetime import UTC, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from finalisation.models import Mailing, MailKind
from sessions.models import ExamSession
from sessions.models.session import FINALISE_WITHIN, opened_again
from sessions.queries.sessions import to_finalise

# Older ones were told by other means, or are known by officers: nobody is woken up by an upgrade.
FORGOTTEN_AFTER = timedelta(days=60)
# After the end of the session. Each lasts until the next one.
STAGES = {
    MailKind.END: timedelta(0),
    MailKind.DAY: timedelta(hours=24),
    MailKind.FORTY: timedelta(hours=40),
    MailKind.LATE: FINALISE_WITHIN,
}


def stage_of(session, at):
    """Where an open session is: the mail that its centre is due. None before the end."""
    reached = [kind for kind, after in STAGES.items() if session.ends_at + after <= at]
    return reached[-1] if session.is_open and reached else None


def not_reminded(at):
    """The sessions whose centre was not told of their stage. Officers told why those are open again."""
    told = Mailing.objects.filter(session=OuterRef("pk"))
    at_stage = Q(kind=MailKind.LATE)
    for (kind, _after), (_next, until) in pairwise(STAGES.items()):
        at_stage |= Q(kind=kind, occasion__gt=at - until)
    return (
        ExamSession.objects.filter(to_finalise(at), ends_at__gt=at - FORGOTTEN_AFTER)
        .exclude(Exists(told.filter(at_stage, occasion=OuterRef("ends_at"))))
        .exclude(opened_again())
        .order_by(F("ends_at"), "pk")
    )


# --- The line in a calendar -----------------------------------------------------------------------

LASTS = timedelta(minutes=30)
WARNED_BEFORE = [timedelta(hours=24), timedelta(hours=8)]
LONGEST_LINE = 75


def calendar_event(session):
    """The last half-hour of the 48, as an iCalendar file (RFC 5545) that warns the day before."""
    page = settings.SITE_URL + reverse("finalisation:closing_file", args=[session.pk])
    before = session.finalise_before
    title = _("Finaliser la session %(number)s (dernier moment)") % {"number": session.pk}
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//certif//finalisation//FR",
        "BEGIN:VEVENT",
        f"UID:finalisation-{session.pk}@{urlsplit(settings.SITE_URL).hostname}",
        f"DTSTAMP:{_instant(timezone.now())}",
        f"SEQUENCE:{session.version}",
        f"DTSTART:{_instant(before - LASTS)}",
        f"DTEND:{_instant(before)}",
        f"SUMMARY:{_text(title)}",
        f"LOCATION:{_text(session.place)}",
        f"DESCRIPTION:{_text(page)}",
        f"URL:{page}",
    ]
    for warned in WARNED_BEFORE:
        hours = warned // timedelta(hours=1)
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(title)}"]
        lines += [f"TRIGGER;RELATED=END:-PT{hours}H", "END:VALARM"]
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _instant(moment):
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value):
    for mark in ("\\", ";", ","):
        value = value.replace(mark, f"\\{mark}")
    return value.replace("\n", "\\n")


def _folded(line):
    """No line of a file is longer than 75 bytes; what follows begins with a space."""
    piece = ""
    for letter in line:
        if len(f"{piece}{letter}".encode()) > LONGEST_LINE:
            yield piece
            piece = " "
        piece += letter
    yield piece
