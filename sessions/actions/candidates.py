from django.db import transaction

from certif.audit.models import record, replayed
from sessions.actions.refusals import (
    AlreadyEnrolled,
    CandidateErased,
    CandidateJoined,
    CandidateStarted,
    StaleForm,
)
from sessions.actions.session import lock_open_session
from sessions.birthplaces import same_city
from sessions.models import Candidate, identity_key


@transaction.atomic
def add_candidate(session, *, by, operation=None, **fields):
    """Enrol one candidate, until the finalisation. Raises SessionClosed, AlreadyEnrolled."""
    session = lock_open_session(session.pk, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return Candidate.objects.get(pk=event.candidate_id)
    candidate = Candidate(session=session, **fields)
    refuse_duplicate(candidate)
    _mark_changed(session, candidate)
    candidate.save(force_insert=True)
    record("candidate.added", by=by, operation=operation, session=session, candidate=candidate)
    return candidate


@transaction.atomic
def edit_candidate(candidate, *, by, version, operation=None, **fields):
    """Correct an entry until the candidate's test starts. `version`: the row the form was made from.

    Raises SessionClosed, StaleForm, CandidateStarted, CandidateErased, AlreadyEnrolled.
    """
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    candidate = session.candidates.get(pk=candidate.pk)
    if replayed(operation, by=by):
        return candidate
    changes = [name for name, value in fields.items() if getattr(candidate, name) != value]
    if not changes:
        return candidate
    refuse_erased(candidate)
    if candidate.has_started:
        raise CandidateStarted
    if str(version) != str(candidate.row_version):
        raise StaleForm
    for name in changes:
        setattr(candidate, name, fields[name])
    refuse_duplicate(candidate)
    _mark_changed(session, candidate)
    candidate.save(update_fields=[*changes, "identity_key", "row_version"])
    labels = ", ".join(str(candidate._meta.get_field(name).verbose_name) for name in changes)
    record(
        "candidate.edited",
        by=by,
        operation=operation,
        session=session,
        candidate=candidate,
        changes=labels,
    )
    return candidate


@transaction.atomic
def remove_candidate(candidate, *, by, operation=None):
    """Take a candidate off the list until he has joined.

    Raises SessionClosed, CandidateJoined, CandidateErased.
    """
    session = lock_open_session(candidate.session_id)
    candidate = session.candidates.filter(pk=candidate.pk).first()
    if candidate is None:
        return
    refuse_erased(candidate)
    if candidate.has_joined:
        raise CandidateJoined
    record("candidate.removed", by=by, operation=operation, session=session, candidate=candidate)
    session.version += 1
    session.save(update_fields=["version"])
    candidate.delete()


def refuse_erased(candidate):
    """His test stays for the counts: the row is nobody's, and becomes nobody else's."""
    if candidate.is_erased:
        raise CandidateErased


def refuse_duplicate(candidate):
    """Same names and birth date: the same person, unless their birth places differ (twin names)."""
    key = identity_key(candidate.birth_name, candidate.first_name, candidate.birth_date)
    same = Candidate.objects.filter(session=candidate.session, identity_key=key).exclude(
        pk=candidate.pk
    )
    city = candidate.birth_city
    cities = same.values_list("birth_city", flat=True)
    if any(not city or not other or same_city(city, other) for other in cities):
        raise AlreadyEnrolled(field="birth_name")


def _mark_changed(session, candidate):
    session.version += 1
    session.save(update_fields=["version"])
    candidate.row_version = session.version
