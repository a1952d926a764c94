"""The races of a confirmation: against another, against who joins, against who starts."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from certif.audit.models import AuditEvent
from sessions import actions as session_actions
from sessions.actions import imports
from sessions.enums import ImportKind, ImportState
from sessions.models import Candidate, ExamSession, PreparedImport
from tests.factories import CandidateFactory, MembershipFactory, UserFactory
from tests.races.races import Race, events, present, start
from tests.sessions.workbooks import csv_file

DAY = date(2027, 1, 4)
SLOT = ["Date", "Heure", "Site", "Salle", "Surveillant(s)"]
PERSON = ["Nom de naissance", "Prénom", "Date de naissance"]


@dataclass
class Scene:
    """What waits for a confirmation, and the candidate who does something meanwhile."""

    prepared: list
    candidate: Candidate = None


def prepared_import(kind, membership, *rows, session=None):
    """Of a text: nothing is read by another process, of which there are two at once on a machine."""
    return imports.receive_import(
        kind,
        centre=membership.centre,
        session=session,
        filename="fichier.csv",
        data=csv_file(*rows),
        by=membership.user,
    )


def new_sessions(membership):
    people = [["Rosso", "Léa", "21/05/2008"], ["Müller", "Jürgen", "02/03/2008"]]
    rows = [
        [f"{DAY:%d/%m/%Y}", "9:00", "A", room, "Éluard", *who] for room in "12" for who in people
    ]
    return prepared_import(ImportKind.SHUTTLE, membership, [*SLOT, *PERSON], *rows)


def one_import():
    membership = MembershipFactory()
    return Scene([new_sessions(membership)])


def two_imports_of_the_same_sessions():
    first = MembershipFactory()
    second = MembershipFactory(centre=first.centre)
    return Scene([new_sessions(first), new_sessions(second)])


def list_of(candidate, *rows):
    """An import of the list where this candidate is."""
    session = ExamSession.objects.get(pk=candidate.session_id)
    titles = ["N° d’inscription", *PERSON]
    by = MembershipFactory(centre=session.centre)
    return Scene(
        [prepared_import(ImportKind.CANDIDATES, by, titles, *rows, session=session)], candidate
    )


def somebody_renamed():
    candidate = CandidateFactory(birth_name="Roso", first_name="Léa")
    return list_of(candidate, [candidate.pk, "Rosso", "Léa", "10/12/2012"])


def somebody_left_out():
    candidate = CandidateFactory(birth_name="Parti", first_name="Léa")
    return list_of(candidate, ["", "Neuf", "Léa", "10/12/2012"])


def somebody_added_beside_one_who_starts():
    candidate = present()
    row = [candidate.pk, candidate.birth_name, candidate.first_name, "10/12/2012"]
    return list_of(candidate, row, ["", "Neuf", "Léa", "10/12/2012"])


# --- Actors ---------------------------------------------------------------------------------------


def confirm(prepared, *, remove_absent=None, by=None):
    by = by or prepared.created_by
    return partial(imports.confirm_import, prepared, remove_absent=remove_absent, by=by)


def two_members_confirm(scene):
    (prepared,) = scene.prepared
    other = MembershipFactory(centre=prepared.centre)
    return [confirm(prepared), confirm(prepared, by=other.user)]


def confirm_each(scene):
    return [confirm(prepared) for prepared in scene.prepared]


def join(candidate):
    return partial(
        session_actions.link_candidate,
        candidate.session_id,
        birth_name=candidate.birth_name,
        first_name=candidate.first_name,
        birth_date=candidate.birth_date,
        by=UserFactory(),
    )


def confirm_against_join(scene):
    return [confirm(scene.prepared[0], remove_absent=True), join(scene.candidate)]


def confirm_against_start(scene):
    return [confirm(scene.prepared[0]), start(scene.candidate)]


# --- Invariants -----------------------------------------------------------------------------------


def written(centre):
    sessions = ExamSession.objects.filter(centre=centre)
    return (
        sessions.count(),
        Candidate.objects.filter(session__in=sessions).count(),
        AuditEvent.objects.filter(centre_id=centre.pk, kind="import.confirmed").count(),
    )


def written_once(outcome):
    return len(outcome.done) == 1 and written(outcome.scene.prepared[0].centre) == (2, 4, 1)


def second_is_told(outcome):
    """Its preview was made again: all that it would add is there."""
    waiting = PreparedImport.objects.filter(
        pk__in=[prepared.pk for prepared in outcome.scene.prepared], state=ImportState.READY
    ).first()
    return (
        waiting
        and written_once(outcome)
        and [type(answer) for answer in outcome.answers].count(imports.ListsMoved) == 1
        and waiting.plan["moved"]
        and [part["action"] for part in waiting.plan["sessions"]] == ["unchanged"] * 2
    )


def who_joined_is_who_he_was(outcome):
    """Joined: the row is there, with its identity. Else nobody is linked to what the import left."""
    candidate = outcome.scene.candidate
    joined = any(isinstance(answer, Candidate) for answer in outcome.answers)
    same = Candidate.objects.filter(
        pk=candidate.pk, identity_key=candidate.identity_key, user__isnull=False
    )
    linked = Candidate.objects.filter(session=candidate.session, user__isnull=False)
    return len(outcome.done) == 1 and same.count() == linked.count() == joined


def nothing_is_imported_after_the_start(outcome):
    candidate = outcome.scene.candidate
    imported = events(candidate, "candidates.imported").first()
    began = events(candidate, "attempt.started").get()
    count = Candidate.objects.filter(session=candidate.session).count()
    return count == (2 if imported else 1) and not (imported and imported.pk > began.pk)


RACES = {
    "two members confirm one import": Race(one_import, two_members_confirm, written_once),
    "two imports of the same sessions": Race(
        two_imports_of_the_same_sessions, confirm_each, second_is_told
    ),
    "import against the join of who is renamed": Race(
        somebody_renamed, confirm_against_join, who_joined_is_who_he_was
    ),
    "import against start": Race(
        somebody_added_beside_one_who_starts,
        confirm_against_start,
        nothing_is_imported_after_the_start,
    ),
}
# What is removed is asked again for its account in the very statement: no control can break it.
REMOVAL = Race(somebody_left_out, confirm_against_join, who_joined_is_who_he_was)
