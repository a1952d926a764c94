"""What Pix officers do with a finalised session (domain.md § 2 and § 8)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certif.accounts.models import Centre
from certif.accounts.queries import officers
from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from exam.enums import Outcome
from exam.models import Answer, Attempt
from finalisation import mailings
from finalisation.actions.refusals import DecidedMeanwhile, NotPublishable, Undecided, WrongMoment
from finalisation.certificates import give_certificates
from finalisation.models import Certification, MailKind
from finalisation.piles import undecided, with_piles
from invigilation.models import IncidentReport
from sessions.actions.session import free_access_code
from sessions.enums import SessionState
from sessions.models import ExamSession


@transaction.atomic
def assign_officer(session, *, by, seen=None, operation=None):
    """The officer takes the session: it is « en cours d’examen ».

    `seen`: the id of whoever had it on the page, or "". Raises WrongMoment, DecidedMeanwhile.
    """
    session = _locked(session)
    if replayed(operation, by=by):
        return session
    officer = session.closing_file.officer if session.is_under_review else None
    if seen is not None and officer and str(officer.pk) != seen:
        raise DecidedMeanwhile(
            _("%(officer)s a pris cette session en charge depuis.") % {"officer": officer}
        )
    _give_to(by, session, by)
    record("review.assigned", by=by, operation=operation, session=session)
    return session


@transaction.atomic
def hand_over(session, *, to, by, operation=None):
    """Another officer takes the session on. Raises WrongMoment, InvalidInput."""
    session = _locked(session)
    if replayed(operation, by=by):
        return session
    if not officers().filter(pk=to.pk).exists():
        raise InvalidInput(_("Choisissez quelqu’un de l’équipe Pix."), field="to")
    _give_to(to, session, by)
    record("review.handed_over", by=by, operation=operation, session=session, person=to.pk)
    return session


@transaction.atomic
def resolve_report(report, *, sentence, by, operation=None):
    """An officer resolves a report with a sentence. Raises WrongMoment, InvalidInput."""
    session = _locked(report.candidate.session)
    report = IncidentReport.objects.select_related("candidate", "code").get(pk=report.pk)
    if replayed(operation, by=by):
        return report
    if session.is_open or report.discarded_at or report.resolved_at:
        raise WrongMoment
    if not sentence:
        raise InvalidInput(_("Écrivez ce qui a été décidé."), field="sentence")
    report.resolved_at, report.resolved_by, report.resolution = timezone.now(), by, sentence
    report.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    session.mark_changed()
    record(
        "report.resolved",
        by=by,
        operation=operation,
        session=session,
        candidate=report.candidate,
        code=str(report),
        sentence=sentence,
    )
    return report


@transaction.atomic
def publish(session, *, by, despite="", operation=None):
    """Give the results. `despite` is the `undecided` phrase that the officer accepted.

    Raises NotPublishable, naming what is in the way; Undecided.
    """
    session = _locked(session)
    if replayed(operation, by=by) or session.state == SessionState.PUBLISHED:
        return session
    if session.is_open:
        raise NotPublishable(_("La session %(n)s n’est pas finalisée.") % {"n": session.pk})
    without_result = (
        Attempt.objects.started()
        .filter(candidate__session=session, certification__isnull=True)
        .count()
    )
    if without_result:
        sentence = ngettext(
            "Session %(n)s\u00a0: %(count)s certification n’a pas de résultat. "
            "Rouvrez la session\u00a0: il sera calculé à la prochaine finalisation.",
            "Session %(n)s\u00a0: %(count)s certifications n’ont pas de résultat. "
            "Rouvrez la session\u00a0: ils seront calculés à la prochaine finalisation.",
            without_result,
        )
        raise NotPublishable(sentence % {"n": session.pk, "count": without_result})
    left = undecided(with_piles(ExamSession.objects.all()).get(pk=session.pk))
    if left and despite != left:
        raise Undecided(session, left)
    session.move_to(SessionState.PUBLISHED, by=by, at=timezone.now())
    give_certificates(session)
    _record_publication(session, left, by=by, operation=operation)
    mailings.announce_results(session)
    return session


@transaction.atomic
def unpublish(session, *, why, by, operation=None):
    session = _locked(session)
    if replayed(operation, by=by):
        return session
    if session.state != SessionState.PUBLISHED:
        raise WrongMoment
    if not why:
        raise InvalidInput(_("Donnez la raison : elle est gardée dans l’historique."), field="why")
    session.move_to(SessionState.IN_REVIEW, by=by, at=timezone.now())
    mailings.forget_unsent(session, MailKind.RESULTS)
    record("session.unpublished", by=by, operation=operation, session=session, why=why)
    return session


@transaction.atomic
def reopen(session, *, why, by, operation=None):
    """Back to the centre: closed tests stay closed, the file is a draft again, what the
    finalisation decided by itself is undone and will be decided anew."""
    # As a creation does: two sessions that open at once cannot hold the same access code.
    Centre.objects.locked().get(pk=session.centre_id)
    session = _locked(session)
    if replayed(operation, by=by):
        return session
    if not session.is_under_review:
        raise WrongMoment
    if not why:
        raise InvalidInput(_("Donnez la raison : elle est transmise au centre."), field="why")
    _undo_automatic_decisions(session)
    closing_file = session.closing_file
    closing_file.officer = closing_file.officer_since = None
    closing_file.not_held = False
    closing_file.save(update_fields=["officer", "officer_since", "not_held"])
    _keep_code_unique(session)
    now = timezone.now()
    session.move_to(SessionState.CREATED, by=by, at=now)
    record("session.reopened", by=by, operation=operation, session=session, why=why)
    mailings.forget_unsent(session, MailKind.FINALISED)
    mailings.tell_centre(session, MailKind.REOPENED, occasion=now, why=why)
    return session


def _give_to(officer, session, by):
    if not session.is_under_review:
        raise WrongMoment
    closing_file = session.closing_file
    closing_file.officer, closing_file.officer_since = officer, timezone.now()
    closing_file.save(update_fields=["officer", "officer_since"])
    if session.state == SessionState.FINALISED:
        session.move_to(SessionState.IN_REVIEW, by=by, at=timezone.now())
    else:
        session.mark_changed()


def _record_publication(session, despite, *, by, operation):
    if despite:
        record(
            "session.published_despite",
            by=by,
            operation=operation,
            session=session,
            despite=despite,
        )
    else:
        record("session.published", by=by, operation=operation, session=session)


def _locked(session):
    return ExamSession.objects.locked().select_related("centre", "closing_file").get(pk=session.pk)


def _undo_automatic_decisions(session):
    Certification.objects.filter(attempt__candidate__session=session).delete()
    answers = Answer.objects.filter(attempt__candidate__session=session)
    answers.filter(outcome=Outcome.UNANSWERED).delete()
    answers.update(neutralised_at=None, neutralised_why="")
    IncidentReport.objects.filter(
        candidate__session=session, resolved_at__isnull=False, resolved_by__isnull=True
    ).update(resolved_at=None, resolution="")


def _keep_code_unique(session):
    """Another open session of the centre may have drawn the same code since."""
    others = ExamSession.objects.filter(
        centre=session.centre, state=SessionState.CREATED, access_code=session.access_code
    )
    if others.exists():
        session.access_code = free_access_code(session.centre)
        session.save(update_fields=["access_code"])
