"""Spreadsheets that a centre sends: read under their titles, compared, and made into a plan.

Each kind has its module with `plan(prepared, sheets, beat)`. Nothing here writes: see
sessions.actions.imports.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sessions.enums import ImportKind
from sessions.imports import candidates, equipment, register, shuttle
from sessions.imports.plan import compared_to, fingerprint


@dataclass(frozen=True)
class Kind:
    """`most_rows`: of one sheet (architecture.md § 6)."""

    plan: Callable
    most_rows: int


KINDS = {
    ImportKind.CANDIDATES: Kind(candidates.plan, 2_000),
    ImportKind.REGISTER: Kind(register.plan, 12_000),
    ImportKind.SHUTTLE: Kind(shuttle.plan, 12_000),
    ImportKind.EQUIPMENT: Kind(equipment.plan, 2_000),
}


def fingerprint_now(prepared):
    """To be equal to `based_on`, else what the plan was compared to has moved since.

    Takes the sessions, in the order of their numbers: nobody joins one, nor starts a test, between
    this and the writing.
    """
    if prepared.kind == ImportKind.REGISTER:
        return register.register_fingerprint(prepared.centre)
    sessions = compared_to(prepared.centre, **prepared.plan["compared"]).locked().order_by("pk")
    return fingerprint([(session.pk, session.version) for session in sessions.only("version")])
