"""The register of a school's pupils: the file is the whole register, of which one enrols by class."""

from django.db.models import Count, Max
from django.utils.translation import gettext as _

from certif.accounts.models import CentreKind
from certif.lib.refusals import InvalidInput
from sessions.imports.differences import match
from sessions.imports.lists import absent, added, changed
from sessions.imports.people import PUPIL, read_person
from sessions.imports.plan import Plan, fingerprint, table_of, today_of
from sessions.models import Pupil


def plan(prepared, sheets, beat):
    centre = prepared.centre
    if centre.kind != CentreKind.SCO:
        raise InvalidInput(_("Le registre des élèves est celui d’un établissement scolaire."))
    based_on = register_fingerprint(centre)
    table = table_of(sheets, PUPIL)
    today = today_of(centre)
    rows = []
    if not table.errors:
        people = (read_person(table, n, cells, PUPIL, today=today) for n, cells in beat(table.rows))
        rows = [person for person in people if person]
    table.refuse_empty(rows)
    matches, left = match(table, rows, list(Pupil.objects.filter(centre=centre)))
    lines = [added(m.row) if m.entry is None else changed(m) for m in matches if m.is_news]
    lines += [absent(pupil) for pupil in left]
    unchanged = sum(not found.is_news for found in matches)
    return Plan({"pupils": lines, "unchanged": unchanged}, table.errors, based_on, table.warnings)


def register_fingerprint(centre):
    """Every import writes new rows for what it changes: the count and the last one tell it all."""
    pupils = Pupil.objects.filter(centre=centre).order_by()
    return fingerprint([tuple(pupils.aggregate(Count("pk"), Max("pk")).values())])
