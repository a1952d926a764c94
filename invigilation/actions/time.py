"""The clock of the room, and what moves the end of a test."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from exam import actions as exam_actions
from exam.actions.resuming import mark_rows_changed
from exam.clock import counts_again
from exam.enums import AttemptState, GrantReason
from exam.models import Attempt
from invigilation.actions.moves import authorise_resume
from invigilation.actions.reports import write_report
from invigilation.clock import CODE_GIVEN_WITHIN, code_given, room_end
from invigilation.models import IncidentCode, Screen
from invigilation.rows import hour
from sessions.actions import ToConfirm
from sessions.actions.candidates import record_edit
from sessions.actions.session import lock_open_session
from sessions.models import Candidate, ExamSession

MOST_EXTRA_TIME = 100
CODE_GIVEN_BEFORE = timedelta(hours=1)


@transaction.atomic
def authorise_resume_adding(
    candidate, *, minutes, by, demand=None, known=None, confirmed=None, operation=None
):
    """« Autoriser + n min »: the right to come back and the time of the cut, together or not at all.

    Raises what authorise_resume and grant_minutes raise.
    """
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    if replayed(operation, by=by):
        return
    authorise_resume(candidate, by=by, demand=demand, known=known, operation=operation)
    exam_actions.grant_minutes(
        session,
        [candidate.pk],
        minutes=minutes,
        reason=GrantReason.GAP,
        by=by,
        confirmed=confirmed,
    )


@transaction.atomic
def set_extra_time(candidate, *, percent, by, confirmed=None, operation=None):
    """« Temps majoré » that the list lacks: it moves the end at once, whenever it is set.

    Once the test has started, the C2 report is written with it (domain.md § 6). Raises
    SessionClosed, TestIsOver, InvalidInput, ToConfirm (minutes were added for it already).
    """
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    candidate = Candidate.objects.get(pk=candidate.pk)
    before = candidate.extra_time_percent
    if replayed(operation, by=by) or percent == before:
        return candidate
    if not 0 <= percent <= MOST_EXTRA_TIME:
        raise InvalidInput(
            _("Indiquez de 0 à %(n)s\u00a0%%.") % {"n": MOST_EXTRA_TIME}, field="percent"
        )
    attempt = Attempt.objects.filter(candidate=candidate).first()
    if attempt and attempt.is_over:
        raise exam_actions.TestIsOver(
            _("Son test est terminé\u00a0: le temps majoré n’y change plus rien.")
        )
    _ask_whether_granted(attempt, percent, confirmed)
    Candidate.objects.filter(pk=candidate.pk).update(extra_time_percent=percent)
    candidate.extra_time_percent = percent
    mark_rows_changed(session, [candidate.pk])
    record_edit(candidate, ["extra_time_percent"], session=session, by=by, operation=operation)
    if candidate.has_started:
        _report_extra_time(session, candidate, before, by)
    return candidate


def _ask_whether_granted(attempt, percent, confirmed):
    """Minutes added by hand for a forgotten extra time would count it twice."""
    if confirmed is None or attempt is None:
        return
    doubtful = [
        grant
        for grant in attempt.grants.all()
        if grant.reason == GrantReason.EXTRA_TIME or counts_again(grant.minutes, percent)
    ]
    warnings = [
        ngettext(
            "+\u00a0%(minutes)s\u00a0min déjà ajoutée (%(reason)s)\u00a0: elle s’ajoute à ce temps majoré.",
            "+\u00a0%(minutes)s\u00a0min déjà ajoutées (%(reason)s)\u00a0: elles s’ajoutent à ce temps majoré.",
            grant.minutes,
        )
        % {"minutes": grant.minutes, "reason": grant.get_reason_display()}
        for grant in doubtful
    ]
    if warnings and confirmed != ToConfirm(warnings).fingerprint:
        raise ToConfirm(warnings)


def _report_extra_time(session, candidate, before, by):
    code = IncidentCode.objects.of_extra_time(session.date)
    if code is None:
        return
    facts = {
        "before": before,
        "after": candidate.extra_time_percent,
        "hour": hour(timezone.now(), session.zone),
    }
    written = _(
        "Temps majoré\u00a0: %(after)s\u00a0%% au lieu de %(before)s\u00a0%%, à %(hour)s, pendant le test."
    )
    write_report(candidate, code=code, description=written % facts, by=by, screen=Screen.BOARD)


@transaction.atomic
def note_code_given(session, *, at=None, by, operation=None):
    """« Code donné » starts the room's clock: now, and once. `at`: corrected afterwards.

    Once somebody has started, it counts from his start: the end of the room is announced already.
    Raises SessionClosed, InvalidInput.
    """
    session = lock_open_session(session.pk, operation=operation, by=by)
    if replayed(operation, by=by):
        return session
    now = timezone.now()
    before = code_given(session, now)
    first_start = session.first_started_at or now
    if at is None and before:
        return session
    if at:
        known = min(session.starts_at, first_start, before or now)
        earliest = (known - CODE_GIVEN_BEFORE).replace(second=0, microsecond=0)
        _refuse_hour(at, now, session.zone, earliest=earliest)
    elif now - first_start <= CODE_GIVEN_WITHIN:
        at = first_start
    session.code_given_at, session.code_given_by = at or now, by
    ExamSession.objects.filter(pk=session.pk).update(
        code_given_at=session.code_given_at, code_given_by=by
    )
    running = Attempt.objects.filter(candidate__session=session, state=AttemptState.RUNNING)
    mark_rows_changed(session, running.values("candidate"))
    record(
        "code.corrected" if before else "code.given",
        by=by,
        operation=operation,
        session=session,
        at=hour(session.code_given_at, session.zone),
        end=hour(room_end(session, now), session.zone),
        **({"before": hour(before, session.zone)} if before else {}),
    )
    return session


def _refuse_hour(at, now, zone, *, earliest):
    """One that is to come, that is too old, or long before all that is known of the session."""
    if not now - CODE_GIVEN_WITHIN <= at <= now:
        raise InvalidInput(
            _("Indiquez une heure passée, depuis moins de %(n)s heures.")
            % {"n": CODE_GIVEN_WITHIN // timedelta(hours=1)},
            field="at",
        )
    if at < earliest:
        raise InvalidInput(
            _(
                "Indiquez une heure à partir de %(time)s\u00a0: le code ne se donne pas si longtemps "
                "avant le début."
            )
            % {"time": hour(earliest, zone)},
            field="at",
        )


def end_overdue_tests(session, candidate_ids, *, by, operation=None):
    return exam_actions.end_overdue(
        session, candidate_ids, by=by, kind="attempt.ended", operation=operation
    )
