"""The invigilator's answer to « Signaler un problème »: the first one stands."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from exam import actions as exam_actions
from exam.actions.resuming import mark_row_changed
from exam.enums import GrantReason, ProblemState
from invigilation.actions.reports import write_report
from invigilation.fitting import BROKEN
from invigilation.models import IncidentReport, Screen
from sessions.actions.session import lock_open_session


@transaction.atomic
def accept_problem(problem, *, code, description="", minutes=0, by, confirmed=None, operation=None):
    """Write the report of a problem and draw another question under the same number.

    The report is resolved when the question is replaced; it stands when no spare is left. Returns
    the problem. Raises SessionClosed, ProblemDecided, InvalidInput, and what a grant raises.
    """
    session = lock_open_session(problem.attempt.candidate.session_id, operation=operation, by=by)
    if replayed(operation, by=by):
        return _as_decided(problem)
    problem = exam_actions.settle(problem, ProblemState.ACCEPTED, by=by)
    if not code.needs_question:
        raise InvalidInput(_("Choisissez un code de problème sur une question."), field="code")
    exam_actions.replace_question(problem, avoiding=BROKEN.get(code.code, ""))
    candidate = problem.attempt.candidate
    write_report(
        candidate,
        code=code,
        question_number=problem.number,
        description=description,
        screen=Screen.BOARD,
        by=by,
    )
    if problem.replaced_by_id:
        _resolve_reports(problem, by)
    _conclude(session, problem, "problem.accepted", minutes, by, confirmed, operation)
    return problem


@transaction.atomic
def reject_problem(problem, *, word, minutes=0, by, confirmed=None, operation=None):
    """The question stays as it is; the candidate reads the word.

    Raises SessionClosed, ProblemDecided, InvalidInput, and what a grant raises.
    """
    session = lock_open_session(problem.attempt.candidate.session_id, operation=operation, by=by)
    if replayed(operation, by=by):
        return _as_decided(problem)
    if not word:
        raise InvalidInput(_("Écrivez un mot au candidat."), field="word")
    problem = exam_actions.settle(problem, ProblemState.REJECTED, by=by, word=word)
    exam_actions.go_on(problem)
    _conclude(session, problem, "problem.rejected", minutes, by, confirmed, operation)
    return problem


def _conclude(session, problem, kind, minutes, by, confirmed, operation):
    """The minutes it cost, the row, the line of the history."""
    candidate = problem.attempt.candidate
    if minutes:
        exam_actions.grant_minutes(
            session,
            [candidate.pk],
            minutes=minutes,
            reason=GrantReason.PROBLEM,
            detail=_("question %(n)s") % {"n": problem.number},
            by=by,
            confirmed=confirmed,
        )
    mark_row_changed(session, candidate.pk)
    record(
        kind,
        by=by,
        operation=operation,
        session=session,
        candidate=candidate,
        number=problem.number,
        outcome=_("question remplacée") if problem.replaced_by_id else _("question inchangée"),
    )


def _resolve_reports(problem, by):
    """All that was written under this number was about the question that is gone."""
    reports = IncidentReport.objects.kept().filter(
        candidate=problem.attempt.candidate,
        question_number=problem.number,
        resolved_at__isnull=True,
    )
    reports.update(resolved_at=timezone.now(), resolved_by=by, resolution=_("Question remplacée."))


def _as_decided(problem):
    problem.refresh_from_db()
    return problem
