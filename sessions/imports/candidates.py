"""The candidate list of one session: the file is the whole list."""

from django.utils.translation import gettext as _

from certif.accounts.models import CentreKind
from certif.lib.refusals import InvalidInput
from sessions.actions.warnings import enrolled_elsewhere
from sessions.imports import columns
from sessions.imports.lists import plan_list
from sessions.imports.people import CANDIDATE, read_person
from sessions.imports.plan import Plan, fingerprint, table_of, today_of


def columns_of(session):
    """Those of the template: the class is asked in schools only, an INE is an external id."""
    in_school = session.centre.kind == CentreKind.SCO
    wanted = [c for c in CANDIDATE if in_school or c is not columns.SCHOOL_CLASS]
    return [columns.ENTRY_NUMBER, *wanted]


def plan(prepared, sheets, beat):
    session = prepared.session
    if session.first_started_at:
        raise InvalidInput(_("Un test a commencé : la liste ne s’importe plus."))
    wanted = [columns.ENTRY_NUMBER, *CANDIDATE]
    table = table_of(sheets, wanted)
    today = today_of(session.centre)
    rows = []
    if not table.errors:
        rows = list(read_people(table, wanted, today, beat))
    table.refuse_empty(rows)
    _warn_of_two_places(table, rows, session)
    entries = list(session.candidates.all())
    lines, unchanged, _left = plan_list(table, rows, entries, replaces=True)
    part = {
        "id": session.pk,
        "action": "unchanged",
        "candidates": lines,
        "unchanged": unchanged,
    }
    data = {"compared": {"numbers": [session.pk]}, "sessions": [part]}
    return Plan(data, table.errors, fingerprint([(session.pk, session.version)]), table.warnings)


def _warn_of_two_places(table, rows, session):
    busy = enrolled_elsewhere(session, [row.key for row in rows])
    sessions = dict(busy.values_list("identity_key", "session_id"))
    for row in rows:
        if number := sessions.get(row.key):
            sentence = _("Cette personne est inscrite à ces heures dans la session %(n)s.")
            table.warn_of_row(row.row, sentence % {"n": number})


def read_people(table, wanted, today, beat):
    for number, cells in beat(table.rows):
        if person := read_person(table, number, cells, wanted, today=today):
            yield person
