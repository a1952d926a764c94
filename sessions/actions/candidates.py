from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from certif.audit.models import record, replayed
from sessions.actions.refusals import (
    AlreadyEnrolled,
    CandidateErased,
    CandidateJoined,
    CandidateRemoved,
    CandidateStarted,
    StaleForm,
)
from sessions.actions.session import lock_open_session
from sessions.birthplaces import same_city
from sessions.models import Candidate, identity_key

# An extra time reveals a disability (domain.md § 3): it is not told apart from what reveals nothing.
UNTOLD = {"extra_time_percent", "accessibility_need", "sex", "external_id", "school_class"}
OTHERS = gettext_noop("autres informations")


@transaction.atomic
def add_candidate(session, *, by, operation=None, **fields):
    """Enrol one candidate, until the finalisation.

    Raises SessionClosed, AlreadyEnrolled, CandidateRemoved (the form of one removed since, sent again).
    """
    session = lock_open_session(session.pk, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return _added(event)
    candidate = Candidate(session=session, **fields)
    refuse_duplicate(candidate)
    _mark_changed(session, candidate)
    candidate.save(force_insert=True)
    record("candidate.added", by=by, operation=operation, session=session, candidate=candidate)
    return candidate


def _added(event):
    candidate = Candidate.objects.filter(pk=event.candidate_id).first()
    if candidate is None:
        raise CandidateRemoved
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
    record_edit(candidate, changes, session=session, by=by, operation=operation)
    return candidate


def record_edit(candidate, changes, *, session, by, operation):
    """In the words of the history, which outlives what it tells of and is read by the whole centre."""
    labels = [_(OTHERS) if name in UNTOLD else _label(name) for name in changes]
    told = ", ".join(dict.fromkeys(labels))
    record(
        "candidate.edited",
        by=by,
        operation=operation,
        session=session,
        candidate=candidate,
        changes=told,
    )


def _label(name):
    return str(Candidate._meta.get_field(name).verbose_name)


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
