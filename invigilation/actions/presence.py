from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.audit.models import record, replayed
from certif.lib.compiled import Here, Mark
from certif.lib.refusals import Refusal
from exam import actions as exam_actions
from sessions import actions as session_actions
from sessions.actions.session import lock_open_session
from sessions.models import Candidate, ExamSession


class PresenceFrozen(Refusal):
    message = _("Le test a déjà commencé\u00a0: la présence ne peut plus être retirée.")


class _NotPlain(Exception):
    """Not the ordinary case: the rules are asked one by one."""


def set_presence(candidate, *, present, by, operation=None, other_day=False):
    """Set (never toggle) a presence, and with it the right to start. Returns the candidate.

    Repeating it changes nothing and writes nothing. A tick on another day than the session's asks
    once, and `other_day` says yes. Raises SessionClosed, PresenceFrozen (an untick after the start),
    OtherDay.
    """
    try:
        return _set_at_once(candidate, present, by, operation)
    except (_NotPlain, IntegrityError):
        return _set_by_the_rules(candidate, present, by, operation, other_day)


@transaction.atomic
def _set_at_once(candidate, present, by, operation):
    """Nearly every tick: four statements, each of which asks what the rules below ask.

    An operation already written is refused by its constraint. Whatever does not fit undoes it all.
    """
    session = ExamSession.objects.moved(candidate.session_id)
    if session is None or not session.is_today:
        raise _NotPlain
    now = timezone.now()
    changed = TICKS[present].ask(
        candidate=candidate.pk, session=session.pk, version=session.version, by=by.pk, now=now
    )
    if not changed:
        raise _NotPlain
    return _follow(session, candidate, present, by, operation, now)


def _tick(present):
    """The change of a presence that may change, to be compiled once."""

    def still(candidate, session, **others):
        waiting = Candidate.objects.filter(is_present=not present, test_started_at__isnull=True)
        return waiting.filter(pk=candidate, session=session)

    return Here(
        still,
        sets={
            "is_present": present,
            "presence_noted_at": "now",
            "presence_noted_by": "by",
            "row_version": "version",
        },
        candidate=Mark.whole,
        session=Mark.whole,
        version=Mark.whole,
        by=Mark.whole,
        now=Mark.instant,
    )


TICKS = {True: _tick(True), False: _tick(False)}


@transaction.atomic
def _set_by_the_rules(candidate, present, by, operation, other_day):
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    candidate = Candidate.objects.get(pk=candidate.pk)
    if replayed(operation, by=by) or candidate.is_present == present:
        return candidate
    if candidate.has_started:
        raise PresenceFrozen
    if present:
        session_actions.ask_other_day(session, by=by, confirmed=other_day)
    session.version += 1
    ExamSession.objects.filter(pk=session.pk).update(version=session.version)
    now = timezone.now()
    Candidate.objects.filter(pk=candidate.pk).update(
        is_present=present,
        presence_noted_at=now,
        presence_noted_by=by,
        row_version=session.version,
    )
    return _follow(session, candidate, present, by, operation, now)


def _follow(session, candidate, present, by, operation, now):
    """What goes with a presence just written: the right to start, and the trace."""
    candidate.session, candidate.row_version = session, session.version
    candidate.is_present, candidate.presence_noted_at = present, now
    candidate.presence_noted_by = by
    if present:
        exam_actions.prepare_attempt(candidate, by=by, at=now)
    else:
        exam_actions.withdraw_right(candidate)
    record(
        "presence.present" if present else "presence.absent",
        by=by,
        operation=operation,
        session=session,
        candidate=candidate,
    )
    return candidate


@transaction.atomic
def unlink_account(candidate, *, by, operation=None):
    """« Délier le compte »: the row is free again and the presence is withdrawn.

    Raises SessionClosed, CandidateStarted.
    """
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    candidate = Candidate.objects.get(pk=candidate.pk)
    if replayed(operation, by=by) or not candidate.has_joined:
        return candidate
    candidate = session_actions.unlink_candidate(session, candidate, by=by, operation=operation)
    exam_actions.withdraw_right(candidate)
    return candidate
