"""From the closing page, about one candidate: a report, a report taken back, a test ended."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from certif.audit.operations import operation_of
from certif.lib.refusals import InvalidInput, Refusal
from certif.lib.typography import de
from exam.models import Attempt
from finalisation.actions.closing import refuse_finalised
from finalisation.hints import proposed
from finalisation.queries import read_closing, rows
from finalisation.questions import question_of, tell_questions, told
from finalisation.views.closing import refused_page, session_of
from invigilation import actions as invigilation_actions
from invigilation.forms import DiscardForm, ReportForm
from invigilation.models import IncidentReport, Screen
from invigilation.problems import left_waiting
from sessions.openings import note_candidate_opened


@require_http_methods(["GET", "HEAD", "POST"])
def report(request, pk, candidate_id):
    """« Signalement du candidat »: those that stand, and one more."""
    session, candidate = _candidate_of(request, pk, candidate_id)
    initial = proposed(candidate, request.GET)
    form = ReportForm(request.POST or None, session=session, candidate=candidate, initial=initial)
    action = partial(invigilation_actions.write_report, candidate)
    return _write(request, form, action, _("Signalement enregistré pour %(who)s."))


@require_http_methods(["GET", "HEAD", "POST"])
def report_correct(request, pk, report_id):
    """A report written again: the former one is kept, out of the file."""
    session = session_of(request, pk)
    found = IncidentReport.objects.filter(candidate__session=session)
    former = get_object_or_404(found.select_related("candidate__session", "code"), pk=report_id)
    form = ReportForm(
        request.POST or None,
        session=session,
        candidate=former.candidate,
        initial={
            "code": former.code_id,
            "question_number": former.question_number,
            "description": former.description,
        },
    )
    action = partial(invigilation_actions.correct_report, former)
    return _write(request, form, action, _("Signalement corrigé pour %(who)s."), former=former)


def _write(request, form, action, done, *, former=None):
    """The dialog; once sent, the report is written by `action`."""
    candidate = form.candidate
    session = candidate.session
    if form.is_valid():
        try:
            action(
                by=request.user,
                screen=Screen.CLOSING_FILE,
                operation=operation_of(request),
                **form.cleaned_data,
            )
        except InvalidInput as fault:
            form.add_error(fault.field, fault.sentence)
        except Refusal as refusal:
            return refused_page(request, session.pk, refusal)
        else:
            return _moved(request, session, candidate, done % {"who": candidate})
    reports = candidate.reports.kept().select_related("code", "written_by", "former__discarded_by")
    context = {
        "session": session,
        "candidate": candidate,
        "form": form,
        "former": former,
        "reports": [] if former else tell_questions(list(reports)),
        "action_url": request.path,
        "question_url": reverse("finalisation:question", args=[session.pk, candidate.pk]),
        "question": _question_told(form.attempt, form["question_number"].value()),
    }
    return _dialog(request, "finalisation/report.html", context, form, opens=candidate)


@require_safe
def question(request, pk, candidate_id):
    """What is asked under a number, in the candidate's own test, while the number is typed."""
    _session, candidate = _candidate_of(request, pk, candidate_id)
    attempt = Attempt.objects.started().filter(candidate=candidate).first()
    context = {"question": _question_told(attempt, request.GET.get("question_number"))}
    return render(request, "invigilation/_question_told.html", context)


def _question_told(attempt, number):
    try:
        found = question_of(attempt, int(number)) if attempt else None
    except (TypeError, ValueError):
        return ""
    return told(found) if found else ""


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
    template = "finalisation/report_discard.html"
    return _dialog(request, template, context, form, opens=report.candidate)


@require_http_methods(["GET", "HEAD", "POST"])
def end_test(request, pk, candidate_id):
    session, candidate = _candidate_of(request, pk, candidate_id)
    if request.method != "POST":
        warnings = left_waiting([candidate])[candidate.pk]
        context = {"session": session, "candidate": candidate, "warnings": warnings}
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


def _dialog(request, template, context, form=None, *, opens=None):
    """`opens`: the candidate whose record the dialog shows, when it shows more than a name."""
    try:
        refuse_finalised(context["session"])
    except Refusal as refusal:
        return refused_page(request, context["session"].pk, refusal)
    if opens:
        note_candidate_opened(request, opens)
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
