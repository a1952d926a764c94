"""A session that a file names: the one that exists, or the one to create."""

from django.utils.translation import gettext as _

from certif.lib.text import fold
from sessions.actions.refusals import ImpossibleTime
from sessions.actions.session import SCHEDULE, set_schedule
from sessions.imports import columns
from sessions.imports.lists import as_json, changes_of, plan_list
from sessions.models import ExamSession

LONGEST_INVIGILATORS = 500
NAMED = 5
PLACE = ("site", "room")


class Existing:
    """The sessions of the centre that a file may name, with their lists, in two queries."""

    def __init__(self, sessions):
        self.sessions = list(sessions.prefetch_related("candidates"))
        self.seen = [(session.pk, session.version) for session in self.sessions]
        self.by_number = {session.pk: session for session in self.sessions}
        self.by_slot = {slot_of(session): session for session in self.sessions}
        self.planned = []  # (row, session) to create or to move, for a second look

    def find(self, group):
        if group.number is not None:
            return self.by_number.get(group.number)
        fields = group.fields
        slot = fields["date"], fields["start_time"], fold(fields["site"]), fold(fields["room"])
        return self.by_slot.get(slot)


def slot_of(session):
    return session.date, session.start_time, fold(session.site), fold(session.room)


def slot_shown(date, start_time):
    return f"{date:%d/%m/%Y}, {start_time.hour} h {start_time.minute:02}"


def plan_session(table, group, existing, centre):
    """The part of a plan for one session, or None when the file cannot have it."""
    session = existing.find(group)
    invigilators = ", ".join(group.invigilators)
    fields = group.fields | ({"invigilators": invigilators} if invigilators else {})
    if len(invigilators) > LONGEST_INVIGILATORS:
        table.fail(
            group.row, None, _("Trop de surveillants pour une session : 500 caractères au plus.")
        )
        return None
    if session is None:
        return _new(table, group, fields, centre, existing)
    if sentence := _refusal(session, group):
        table.fail(group.row, None, sentence)
        return None
    return _known(table, group, fields, session, existing)


def _refusal(session, group):
    if not session.is_open:
        return _("La session %(n)s est finalisée.") % {"n": session.pk}
    if session.first_started_at:
        return _("Un test a commencé dans la session %(n)s : sa liste ne s’importe plus.") % {
            "n": session.pk
        }
    return ""


def _new(table, group, fields, centre, existing):
    if group.number is not None:
        table.fail_at(
            group.row,
            columns.SESSION_NUMBER,
            _("Ce n’est le numéro d’aucune session de ce centre."),
            group.number,
        )
        return None
    session = ExamSession(centre=centre, site=fields["site"], room=fields["room"])
    if _impossible(table, group, session, fields):
        return None
    existing.planned.append((group.row, session))
    lines, _unchanged, _left = plan_list(table, group.people, [], replaces=False)
    title = f"{fields['site']} · {fields['room']}"
    return {
        "id": None,
        "action": "added",
        "row": group.row,
        "title": title,
        "slot": slot_shown(fields["date"], fields["start_time"]),
        "fields": as_json(fields),
        "candidates": lines,
        "unchanged": 0,
    }


def _known(table, group, fields, session, existing):
    if group.number is None:  # found by its site and its room, whatever their letter case
        fields = {name: value for name, value in fields.items() if name not in PLACE}
    fields = {name: value for name, value in fields.items() if getattr(session, name) != value}
    changes = changes_of(session, fields)
    if fields.keys() & {*SCHEDULE}:
        if _impossible(table, group, session, fields):
            return None
        existing.planned.append((group.row, session))
    lines, unchanged, left = plan_list(
        table, group.people, list(session.candidates.all()), replaces=False
    )
    if group.people and left:
        table.warn_of_row(group.row, _kept(session, left))
    return {
        "id": session.pk,
        "action": "changed" if fields else "unchanged",
        "row": group.row,
        "title": f"{session.site} · {session.room}",
        "slot": slot_shown(session.date, session.start_time),
        "fields": as_json(fields),
        "changes": changes,
        "candidates": lines,
        "unchanged": unchanged,
    }


def _kept(session, left):
    names = ", ".join(map(str, left[:NAMED])) + ("…" if len(left) > NAMED else "")
    return _("Restent sur la liste de la session %(n)s sans être dans le fichier : %(names)s.") % {
        "n": session.pk,
        "names": names,
    }


def _impossible(table, group, session, fields):
    try:
        set_schedule(session, fields)
    except ImpossibleTime as refusal:
        column = columns.END_TIME if refusal.field == "end_time" else columns.START_TIME
        table.fail_at(group.row, column, refusal.sentence)
        return True
    return False
