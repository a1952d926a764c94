from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput, Refusal
from exam.actions.resuming import mark_row_changed
from exam.models import Attempt
from invigilation.actions.discarding import take_out
from invigilation.models import DESCRIPTION_MAX_LENGTH, IncidentCode, IncidentReport
from sessions.actions.session import lock_open_session


class ReportDiscarded(Refusal):
    message = gettext_lazy("Ce signalement a déjà été corrigé ou retiré.")


@transaction.atomic
def write_report(
    candidate, *, code, by, screen, question_number=None, description="", operation=None
):
    """Write one report about a candidate, from the board or the finalisation, until it is finalised.

    A question number and a description are dropped and refused by the needs of the code. Raises
    SessionClosed, InvalidInput.
    """
    session = lock_open_session(candidate.session_id, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return IncidentReport.objects.get(pk=event.data["report"])
    if not IncidentCode.objects.active_on(session.date).filter(pk=code.pk).exists():
        raise InvalidInput(_("Ce code n’est pas en vigueur à la date de la session."), field="code")
    if not code.needs_question:
        question_number = None
    for field, sentence in report_faults(candidate, code, question_number, description).items():
        raise InvalidInput(sentence, field=field)
    report = IncidentReport.objects.create(
        candidate=candidate,
        code=code,
        needs_description=code.needs_description,
        needs_question=code.needs_question,
        question_number=question_number,
        description=description,
        written_by=by,
        written_on=screen,
    )
    mark_row_changed(session, candidate.pk)
    record(
        "report.written",
        by=by,
        operation=operation,
        session=session,
        candidate=candidate,
        code=str(report),
        report=report.pk,
    )
    return report


@transaction.atomic
def correct_report(report, *, by, operation=None, **written):
    """Write a report again; the former one is kept, out of the file.

    The same words change nothing. Raises ReportDiscarded, and what write_report raises.
    """
    lock_open_session(report.candidate.session_id, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return IncidentReport.objects.get(pk=event.data["report"])
    report = IncidentReport.objects.select_related("candidate", "code").get(pk=report.pk)
    if report.discarded_at:
        raise ReportDiscarded
    if _says_the_same(report, **written):
        return report
    discard_report(report, why=_("corrigé"), by=by)
    corrected = write_report(report.candidate, by=by, operation=operation, **written)
    corrected.former = report
    kept = ["written_at", "written_by", "written_on"]
    # Of a question that was replaced, whatever the words: the finalisation must not judge it.
    if report.question_number and corrected.question_number == report.question_number:
        kept += ["resolved_at", "resolved_by", "resolution"]
    for name in kept:
        setattr(corrected, name, getattr(report, name))
    corrected.save(update_fields=["former", *kept])
    return corrected


def _says_the_same(report, *, code, question_number=None, description="", **_written):
    number = question_number if code.needs_question else None
    said = (report.code, report.question_number, report.description)
    return said == (code, number, description)


@transaction.atomic
def discard_report(report, *, why, by, operation=None):
    """Take a report out of the file; it is kept with who did it and why.

    Raises SessionClosed, ReportDiscarded (it was corrected meanwhile), InvalidInput.
    """
    session = lock_open_session(report.candidate.session_id, operation=operation, by=by)
    report = IncidentReport.objects.select_related("candidate", "code").get(pk=report.pk)
    if replayed(operation, by=by):
        return report
    if hasattr(report, "correction"):
        raise ReportDiscarded
    if report.discarded_at:
        return report
    if not why:
        raise InvalidInput(_("Dites pourquoi ce signalement est retiré."), field="why")
    take_out(report, why=why, by=by)
    mark_row_changed(session, report.candidate_id)
    record(
        "report.discarded",
        by=by,
        operation=operation,
        session=session,
        candidate=report.candidate,
        code=str(report),
        why=why,
        report=report.pk,
    )
    return report


def report_faults(candidate, code, question_number, description):
    """What the needs of the code refuse in a report: a sentence for each field."""
    faults = {}
    if code.needs_description and not description:
        faults["description"] = _("Décrivez ce qui s’est passé.")
    if len(description) > DESCRIPTION_MAX_LENGTH:
        faults["description"] = _("La description est limitée à %(n)s caractères.") % {
            "n": DESCRIPTION_MAX_LENGTH
        }
    if code.needs_question and (fault := _question_fault(candidate, question_number)):
        faults["question_number"] = fault
    return faults


def _question_fault(candidate, number):
    attempt = Attempt.objects.started().filter(candidate=candidate).first()
    if attempt is None:
        return _("Ce candidat n’a pas commencé son test\u00a0: aucun numéro de question n’existe.")
    if number is None:
        return _("Indiquez le numéro de la question.")
    if not 1 <= number <= attempt.question_count:
        return _("Le numéro de la question est compris entre 1 et %(n)s.") % {
            "n": attempt.question_count
        }
    return None
