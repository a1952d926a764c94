import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from certif.accounts import throttle
from certif.accounts.models import Centre
from certif.audit.models import record, replayed
from certif.lib.wallclock import AmbiguousTime, NonexistentTime, to_instant
from sessions.actions.refusals import (
    CountedOtherwise,
    DeletionRefused,
    ImpossibleTime,
    SessionClosed,
    StaleForm,
    TestsStarted,
)
from sessions.actions.warnings import ask_about
from sessions.codes import draw_access_code, draw_password
from sessions.models import ExamSession, InvigilatorAccess

SCHEDULE = ("date", "start_time", "end_time")
ALWAYS_EDITABLE = ("site", "room", "invigilators", "observations")


@transaction.atomic
def create_session(centre, *, by, confirmed=None, operation=None, **fields):
    """Create a session and its secrets. Raises ImpossibleTime.

    `confirmed` is the fingerprint of the warnings the person passed over (ToConfirm otherwise).
    """
    # The centre's row orders two creations, so that both cannot draw the same access code.
    centre = Centre.objects.locked().get(pk=centre.pk)
    if event := replayed(operation, by=by):
        return ExamSession.objects.get(pk=event.session_id)

    session = ExamSession(centre=centre, created_by=by, password=draw_password())
    _set_texts(session, fields)
    set_schedule(session, fields)
    ask_about(session, fields, confirmed=confirmed)
    session.access_code = free_access_code(centre)
    session.save(force_insert=True)
    record("session.created", by=by, operation=operation, session=session)
    return session


@transaction.atomic
def edit_session(session, *, by, version, confirmed=None, operation=None, **fields):
    """Change a session that is open. `version` is the one the form was made from.

    Raises SessionClosed, StaleForm, TestsStarted (the schedule is frozen by the first start),
    ImpossibleTime, and ToConfirm as a creation does.
    """
    session = lock_open_session(session.pk, operation=operation, by=by)
    if replayed(operation, by=by):
        return session
    changes = [name for name, value in fields.items() if getattr(session, name) != value]
    if changes and version != edit_version(session):
        raise StaleForm
    if session.first_started_at and set(changes) & set(SCHEDULE):
        raise TestsStarted
    if not changes:
        return session

    _set_texts(session, fields)
    # Left alone unless it changes: the centre's zone may have been corrected since.
    if set(changes) & set(SCHEDULE):
        set_schedule(session, fields)
    ask_about(session, changes, confirmed=confirmed)
    session.version += 1
    session.save(
        update_fields=[*fields, "search_key", "time_zone", "starts_at", "ends_at", "version"]
    )
    labels = ", ".join(str(session._meta.get_field(name).verbose_name) for name in changes)
    record("session.edited", by=by, operation=operation, session=session, changes=labels)
    return session


@transaction.atomic
def delete_session(session, *, by, confirmed=None, operation=None):
    """Delete a session where nothing was noted and no test started.

    `confirmed` is the number of candidates that the person was shown. Raises SessionClosed,
    DeletionRefused, CountedOtherwise.
    """
    session = lock_open_session(session.pk)
    refuse_deletion(session)
    count = session.candidates.count()
    if confirmed is not None and confirmed != str(count):
        raise CountedOtherwise
    record(
        "session.deleted",
        by=by,
        operation=operation,
        session=session,
        centre=session.centre,
        number=session.pk,
        candidates=count,
    )
    session.delete()


def refuse_deletion(session):
    """Raises DeletionRefused: what was seen in a room is evidence (domain.md § 2)."""
    if not session.is_open or session.first_started_at or session.has_evidence:
        raise DeletionRefused


@transaction.atomic
def renew_password(session, *, by, operation=None):
    """A new session password. Every open invigilator access ends at its next request."""
    session = lock_open_session(session.pk, operation=operation, by=by)
    if replayed(operation, by=by):
        return session
    session.password = draw_password()
    session.version += 1
    session.save(update_fields=["password", "version"])
    InvigilatorAccess.objects.end_all(session)
    throttle.clear(f"password:session:{session.pk}")  # those who tried the former one
    record("session.password_renewed", by=by, operation=operation, session=session)
    return session


@transaction.atomic
def renew_access_code(session, *, by, operation=None):
    """A new access code: whoever starts or resumes from now on types it. Tests go on."""
    centre = Centre.objects.locked().get(pk=session.centre_id)
    session = lock_open_session(session.pk, operation=operation, by=by)
    if replayed(operation, by=by):
        return session
    session.access_code = free_access_code(centre)
    session.version += 1
    session.save(update_fields=["access_code", "version"])
    record("session.access_code_renewed", by=by, operation=operation, session=session)
    return session


def lock_open_session(pk, *, operation=None, by=None):
    """The session under its lock. Raises SessionClosed once it is finalised.

    A repetition passes: what was done before the finalisation is to be answered as done. The
    caller asks `replayed` before anything else.
    """
    session = ExamSession.objects.locked().get(pk=pk)
    if not session.is_open and not replayed(operation, by=by):
        raise SessionClosed
    return session


def edit_version(session):
    """Changes when, and only when, somebody edits what the form shows."""
    shown = [str(getattr(session, name) or "") for name in (*SCHEDULE, *ALWAYS_EDITABLE)]
    shown.append(session.centre.time_zone)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _set_texts(session, fields):
    for name in ALWAYS_EDITABLE:
        if name in fields:
            setattr(session, name, fields[name])


def set_schedule(session, fields):
    schedule = [fields.get(name, getattr(session, name)) for name in SCHEDULE]
    _refuse_impossible_hours(*schedule, session.centre.time_zone)
    try:
        session.set_schedule(*schedule)
    except ValueError as error:
        raise ImpossibleTime(
            _("L’heure de fin doit être après l’heure de début."), field="end_time"
        ) from error


def _refuse_impossible_hours(date, start_time, end_time, zone_name):
    for field, hour in (("start_time", start_time), ("end_time", end_time)):
        try:
            if hour is not None:
                to_instant(date, hour, zone_name)
        except NonexistentTime as error:
            raise ImpossibleTime(
                _("Cette heure n’existe pas ce jour-là : les horloges avancent d’une heure."),
                field=field,
            ) from error
        except AmbiguousTime as error:
            raise ImpossibleTime(
                _("Cette heure existe deux fois ce jour-là : les horloges reculent d’une heure."),
                field=field,
            ) from error


def free_access_code(centre):
    """One that no open session of the centre has; its row is locked by whoever asks."""
    taken = set(
        ExamSession.objects.filter(centre=centre, state="created").values_list(
            "access_code", flat=True
        )
    )
    while (code := draw_access_code()) in taken:
        pass
    return code
