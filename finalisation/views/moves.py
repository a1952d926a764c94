"""From the closing page, about one candidate: a report, a report taken back, a test ended."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from certif.audit.operations import operation_of
from certif.lib.refusals import InvalidInput, Refusal
from certif.lib.typography import de
from finalisation.actions.closing import refuse_finalised
from finalisation.queries import read_closing, rows
from finalisation.views.closing import refused_page, session_of
from invigilation import actions as invigilation_actions
from invigilation.forms import DiscardForm, ReportForm
from invigilation.models import IncidentReport, Screen


@require_http_methods(["GET", "HEAD", "POST"])
def report(request, pk, candidate_id):
    """« Signalement du candidat »: those that stand, and one more."""
    session, candidate = _candidate_of(request, pk, candidate_id)
    form = ReportForm(request.POST or None, session=session, candidate=candidate)
    if form.is_valid():
        try:
            invigilation_actions.write_report(
                candidate,
                by=request.user,
                screen=Screen.CLOSING_FILE,
                operation=operation_of(request),
                **form.cleaned_data,
            )
        except InvalidInput as fault:
            form.add_error(fault.field, fault.sentence)
        except Refusal as refusal:
            return refused_page(request, pk, refusal)
        else:
            return _moved(
                request,
                session,
                candidate,
                _("Signalement enregistré pour %(who)s.") % {"who": candidate},
            )
    reports = candidate.reports.kept().select_related("code", "written_by")
    context = {"session": session, "candidate": candidate, "form": form, "reports": reports}
    return _dialog(request, "finalisation/report.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def report_discard(request, pk, report_id):
    session = session_of(request, pk)
    # Sent again, the form is about a report that is out of the file already.
    reports = IncidentReport.objects.filter(candidate__session=session)
    reports = reports if request.method == "POST" else reports.kept()
    report = get_object_or_404(
        reports.select_related("candidate__session", "code", "written_by"), pk=report_id
    )
    form = DiscardForm(request.POST or None)
    if form.is_valid():
        try:
            invigilation_actions.discard_report(
                report,
                why=form.cleaned_data["why"],
                by=request.user,
                operation=operation_of(request),
            )
        except Refusal as refusal:
            return refused_page(request, pk, refusal)
        sentence = _("Signalement %(code)s retiré pour %(who)s.")
        return _moved(
            request,
            session,
            report.candidate,
            sentence % {"code": report, "who": report.candidate},
        )
    context = {"session": session, "report": report, "form": form}
    return _dialog(request, "finalisation/report_discard.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def end_test(request, pk, candidate_id):
    session, candidate = _candidate_of(request, pk, candidate_id)
    if request.method != "POST":
        context = {"session": session, "candidate": candidate}
        return _dialog(request, "finalisation/end_test.html", context)
    try:
        invigilation_actions.end_test(candidate, by=request.user, operation=operation_of(request))
    except Refusal as refusal:
        return refused_page(request, pk, refusal)
    return _moved(
        request, session, candidate, _("Test %(of_who)s terminé.") % {"of_who": de(candidate)}
    )


def _candidate_of(request, pk, candidate_id):
    session = session_of(request, pk)
    candidate = get_object_or_404(session.candidates.select_related("session"), pk=candidate_id)
    return session, candidate


def _dialog(request, template, context, form=None):
    try:
        refuse_finalised(context["session"])
    except Refusal as refusal:
        return refused_page(request, context["session"].pk, refusal)
    return render(request, template, context, status=422 if form and form.errors else 200)


def _moved(request, session, candidate, sentence):
    """The dialog closes; what it changed on the page follows out of band."""
    if not request.htmx:
        messages.success(request, sentence)
        page = reverse("finalisation:closing_file", args=[session.pk])
        return redirect(f"{page}#candidate-{candidate.pk}")
    closing = read_closing(session)
    attempts = [a for a in closing.unfinished if a.candidate_id == candidate.pk]
    context = {
        "session": session,
        "closing": closing,
        "candidate": candidate,
        "reports": closing.reports.get(candidate.pk, []),
        "rows": rows(closing, attempts),
        "blockers": closing.blockers,
        "insist": False,
        "sentence": sentence,
        "oob": True,
    }
    return render(request, "finalisation/_moved.html", context)
