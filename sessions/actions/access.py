"""Who may enter: invigilators by the session password, candidates by their identity."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.accounts import throttle
from certif.audit.models import record, replayed
from certif.lib.refusals import TooManyTries
from sessions.actions.refusals import (
    AlreadyAnotherCandidate,
    CandidateCannotInvigilate,
    CandidateStarted,
    InvigilatorCannotSit,
    NoSuchCandidate,
    RoomOver,
    SeatTaken,
    SeveralCandidates,
    WrongSessionOrPassword,
)
from sessions.actions.session import lock_open_session
from sessions.birthplaces import same_city
from sessions.codes import password_matches
from sessions.models import Candidate, ExamSession, InvigilatorAccess, identity_key

MISSED_AN_HOUR = 20


def join_as_invigilator(number, password, *, by):
    """Open the invigilator's space with the session number and password.

    Raises WrongSessionOrPassword (unknown and wrong read the same), TooManyTries,
    CandidateCannotInvigilate, RoomOver.
    """
    tries, missed = f"password:{by.pk}:{number}", f"password:all:{by.pk}"
    throttle.take_try(tries)
    try:
        _take_one_of_the_hour(missed)
    except TooManyTries:
        throttle.give_back(tries)  # it was not judged
        raise
    session = ExamSession.objects.filter(pk=number).first()
    # The comparison is made in both cases: the time it takes says nothing.
    right = password_matches(password, session.password if session else "C-00000")
    if not (session and right):
        throttle.count_failure(f"password:session:{number}")
        raise WrongSessionOrPassword
    throttle.clear(tries)
    throttle.give_place_back(missed)
    _open_access(session, by)
    return session


def _take_one_of_the_hour(key):
    """One password tried on session after session is a guess too."""
    throttle.take_place(
        key, limit=MISSED_AN_HOUR, seconds=3600, sentence=_("Trop d’essais en une heure.")
    )


@transaction.atomic
def _open_access(session, by):
    session = ExamSession.objects.locked().get(pk=session.pk)
    if session.candidates.filter(user=by).exists():
        raise CandidateCannotInvigilate
    if InvigilatorAccess.objects.open().filter(session=session, user=by).exists():
        return
    limit = timezone.now() - timedelta(days=settings.RETENTION["rooms"])
    over = ExamSession.objects.watched_no_more(limit).filter(pk=session.pk)
    if not session.is_open or over.exists():
        raise RoomOver
    InvigilatorAccess.objects.create(session=session, user=by)
    ExamSession.objects.filter(pk=session.pk).update(version=session.version + 1)
    record("invigilator.joined", by=by, session=session)


@transaction.atomic
def leave_invigilation(session, *, by, operation=None):
    """Close this account's access; the tests go on (002). Repeating it changes nothing."""
    session = ExamSession.objects.locked().get(pk=session.pk)
    if replayed(operation, by=by):
        return
    ended = (
        InvigilatorAccess.objects.open()
        .filter(session=session, user=by)
        .update(ended_at=timezone.now())
    )
    if ended:
        ExamSession.objects.filter(pk=session.pk).update(version=session.version + 1)
        record("invigilator.left", by=by, operation=operation, session=session)


@transaction.atomic
def revoke_invigilator(access, *, by, operation=None):
    """The centre closes somebody's access; it takes effect at the next request."""
    session = ExamSession.objects.locked().get(pk=access.session_id)
    ended = InvigilatorAccess.objects.open().filter(pk=access.pk).update(ended_at=timezone.now())
    if ended:
        ExamSession.objects.filter(pk=session.pk).update(version=session.version + 1)
        record(
            "invigilator.revoked",
            by=by,
            operation=operation,
            session=session,
            person=access.user_id,
        )


def link_candidate(number, *, birth_name, first_name, birth_date, birth_city="", by):
    """Find the one row of the list with this identity and link it to the account.

    Raises NoSuchCandidate (unknown session and unknown person read the same), SeveralCandidates,
    SeatTaken, SessionClosed, AlreadyAnotherCandidate, InvigilatorCannotSit, TooManyTries.
    """
    # Whoever sits a session knows one identity that is right: it must not wipe out his guesses.
    tries = f"identity:{by.pk}"
    throttle.take_try(tries)
    key = identity_key(birth_name, first_name, birth_date)
    session = ExamSession.objects.filter(pk=number).first()
    # Asked in both cases, too.
    rows = list(Candidate.objects.filter(session=number, identity_key=key))
    if len(rows) > 1:
        if not birth_city:
            throttle.give_back(tries)
            raise SeveralCandidates(field="birth_city")
        rows = [row for row in rows if same_city(row.birth_city, birth_city)]
    if len(rows) != 1:
        raise NoSuchCandidate
    throttle.give_back(tries)
    try:
        if rows[0].user_id not in (None, by.pk):
            raise SeatTaken
        return _link(rows[0], by)
    except SeatTaken:
        record("candidate.link_refused", by=by, session=session, candidate=rows[0])
        raise


@transaction.atomic
def _link(candidate, by):
    session = lock_open_session(candidate.session_id)
    # He may have left the room since: the presences that he ticked stay.
    if InvigilatorAccess.objects.filter(session=session, user=by).exists():
        raise InvigilatorCannotSit
    if session.candidates.filter(user=by).exclude(pk=candidate.pk).exists():
        raise AlreadyAnotherCandidate
    # Meanwhile an import may have removed the row, or given it another identity.
    same = session.candidates.filter(pk=candidate.pk, identity_key=candidate.identity_key)
    if (candidate := same.first()) is None:
        raise NoSuchCandidate
    if candidate.user_id == by.pk:
        return candidate
    if candidate.user_id is not None:
        raise SeatTaken
    candidate.user, candidate.linked_at = by, timezone.now()
    session.version += 1
    candidate.row_version = session.version
    session.save(update_fields=["version"])
    candidate.save(update_fields=["user", "linked_at", "row_version", "identity_key"])
    record("candidate.linked", by=by, session=session, candidate=candidate)
    return candidate


def unlink_candidate(session, candidate, *, by, operation=None):
    """Free a row from its account and withdraw its presence, until the test starts.

    For the action above that also withdraws the right to enter: call it under the session's lock.
    """
    if candidate.has_started:
        raise CandidateStarted
    if candidate.user_id is None:
        return candidate
    candidate.user = candidate.linked_at = None
    if candidate.is_present:
        # Withdrawn, and noted as such: what was seen in the room keeps its trace.
        candidate.is_present = False
        candidate.presence_noted_at, candidate.presence_noted_by = timezone.now(), by
    session.version += 1
    candidate.row_version = session.version
    session.save(update_fields=["version"])
    candidate.save(
        update_fields=[
            "user",
            "linked_at",
            "is_present",
            "presence_noted_at",
            "presence_noted_by",
            "row_version",
            "identity_key",
        ]
    )
    record("candidate.unlinked", by=by, operation=operation, session=session, candidate=candidate)
    return candidate
