"""The history of a session as a file: when, who, what."""

from django.utils.translation import gettext as _

from certif.lib.spreadsheets import csv_bytes
from certif.lib.spreadsheets.writing import Book, Column, Format
from certif.lib.wallclock import zone_label
from sessions.documents.workbooks import XLSX


def events_workbook(session, events):
    book = Book()
    title = _("Session %(n)s") % {"n": session.pk}
    book.sheet(title, columns(session), lines(session, events))
    return book.to_bytes()


def events_csv(session, events):
    titles = [str(column.title) for column in columns(session)]
    return csv_bytes([titles, *lines(session, events)])


EVENT_FILES = {"csv": (events_csv, "text/csv; charset=utf-8"), "xlsx": (events_workbook, XLSX)}


def columns(session):
    when = _("Quand (%(zone)s)") % {"zone": zone_label(session.time_zone)}
    return [
        Column(when, Format.MOMENT, width=24),
        Column(_("Qui"), width=28),
        Column(_("Quoi"), width=110),
    ]


def lines(session, events):
    """By the clock of the centre; to the second, so that a sheet sorts them as they happened."""
    return [
        [
            event.at.astimezone(session.zone).replace(tzinfo=None, microsecond=0),
            event.author,
            event.sentence,
        ]
        for event in events
    ]
