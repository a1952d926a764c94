"""From the register of a school to the list of a session."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import Centre
from certif.audit.models import record, replayed
from certif.lib.refusals import Refusal
from sessions.actions.session import lock_open_session
from sessions.enrolment import Enrolled
from sessions.enums import ImportKind, ImportState
from sessions.models import Candidate, PreparedImport, Pupil
from sessions.models.person import Person

BATCH = 500
COPIED = [field.name for field in Person._meta.fields]


class RegisterMoved(Refusal):
    message = _(
        "Le registre a changé depuis que cette page est ouverte : personne n’a été inscrit. "
        "Vérifiez les élèves cochés, puis recommencez."
    )


@dataclass(frozen=True)
class Enrolment:
    """How many pupils were put in the list, and how many were in it already."""

    count: int
    skipped: int


@transaction.atomic
def enrol_pupils(session, pupils, *, by, operation=None):
    """Copy these pupils (their ids) to the list, until the finalisation: all of them, or none.

    Raises SessionClosed, and RegisterMoved when one of them is not in the centre's register.
    """
    session = lock_open_session(session.pk, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return Enrolment(event.data["count"], event.data["skipped"])
    chosen = _chosen(session, set(pupils))
    new = _not_enrolled(session, chosen)
    done = Enrolment(count=len(new), skipped=len(chosen) - len(new))
    if not new:
        return done
    session.version += 1
    session.save(update_fields=["version"])
    Candidate.objects.bulk_create([_candidate_of(session, p) for p in new], batch_size=BATCH)
    record(
        "pupils.enrolled",
        by=by,
        operation=operation,
        session=session,
        count=done.count,
        skipped=done.skipped,
    )
    return done


def _chosen(session, ids):
    chosen = list(Pupil.objects.filter(centre=session.centre_id, pk__in=ids))
    if len(chosen) != len(ids):
        raise RegisterMoved
    return chosen


def _not_enrolled(session, pupils):
    enrolled = Enrolled(session.candidates.all())
    new = []
    for pupil in pupils:
        if pupil not in enrolled:
            enrolled.add(pupil)
            new.append(pupil)
    return new


def _candidate_of(session, pupil):
    copied = {name: getattr(pupil, name) for name in COPIED}
    return Candidate(session=session, row_version=session.version, **copied)


@transaction.atomic
def delete_register(centre, *, by, operation=None):
    """Forget every pupil of a school, and the registers that wait for a confirmation.

    The lists of the sessions are left as they are. Returns how many pupils were forgotten.
    """
    # The centre's row orders this and an import of the register.
    centre = Centre.objects.locked().get(pk=centre.pk)
    if event := replayed(operation, by=by):
        return event.data["pupils"]
    waiting = PreparedImport.objects.filter(centre=centre, kind=ImportKind.REGISTER)
    waiting.exclude(state__in=[ImportState.DONE, ImportState.APPLYING]).delete()
    count, _by_model = Pupil.objects.filter(centre=centre).delete()
    if count:
        record("register.deleted", by=by, operation=operation, centre=centre, pupils=count)
    return count
