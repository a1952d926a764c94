from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certif.accounts.views.scope import form_page
from certif.audit.operations import operation_of
from certif.lib.forms import submit
from certif.lib.refusals import Refusal, status_of
from certif.lib.typography import de
from invigilation import actions
from invigilation.board import read
from invigilation.forms import DiscardForm, ReportForm
from invigilation.models import Screen
from invigilation.views.scope import enrolled, told, watched_session
from sessions.openings import note_candidate_opened


@require_safe
def reports(request, session_id, candidate_id):
    """What was noted about a candidate: to read again, add to and correct."""
    session = watched_session(request, session_id)
    candidate = enrolled(session, candidate_id)
    note_candidate_opened(request, candidate)
    written = candidate.reports.select_related(
        "code", "written_by", "discarded_by", "resolved_by", "former__discarded_by"
    ).order_by("written_at", "pk")
    context = {
        "session": session,
        "candidate": candidate,
        "kept": [report for report in written if not report.discarded_at],
        "discarded": [report for report in written if report.discarded_at],
    }
    return render(request, "invigilation/reports.html", context)


@form_page
def report(request, session_id, candidate_id):
    candidate = enrolled(watched_session(request, session_id), candidate_id)
    done = _("Le signalement %(code)s %(of_name)s est enregistré.")
    return _write(request, candidate, partial(actions.write_report, candidate), done)


@form_page
def report_correct(request, session_id, candidate_id, report_id):
    candidate = enrolled(watched_session(request, session_id), candidate_id)
    former = get_object_or_404(candidate.reports.select_related("code"), pk=report_id)
    done = _("Le signalement %(of_name)s est corrigé : %(code)s.")
    return _write(request, candidate, partial(actions.correct_report, former), done, former=former)


@form_page
def report_discard(request, session_id, candidate_id, report_id):
    """GET asks why; POST takes the report out of the file, and keeps it with the reason."""
    candidate = enrolled(watched_session(request, session_id), candidate_id)
    report = get_object_or_404(candidate.reports.select_related("code"), pk=report_id)
    form = DiscardForm(request.POST if request.method == "POST" else None)
    action = partial(
        actions.discard_report, report, by=request.user, operation=operation_of(request)
    )
    try:
        if submit(form, action):
            sentence = _("Le signalement %(code)s %(of_name)s est retiré.")
            facts = {"code": report.code.code, "of_name": de(candidate)}
            return told(request, candidate, sentence % facts)
    except Refusal as refusal:
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    context = {
        "session": candidate.session,
        "candidate": candidate,
        "report": report,
        "form": form,
    }
    note_candidate_opened(request, candidate)
    status = 422 if form.errors else 200
    return render(request, "invigilation/report_discard.html", context, status=status)


def _write(request, candidate, action, done, *, former=None):
    """GET shows the form; POST writes the report by `action` and says that it is `done`."""
    form = _form(request, candidate, former)
    action = partial(action, by=request.user, screen=Screen.BOARD, operation=operation_of(request))
    try:
        written = submit(form, action)
    except Refusal as refusal:
        return told(request, candidate, refusal.sentence, status=status_of(refusal))
    if written:
        sentence = done % {"code": written.code.code, "of_name": de(candidate)}
        if "again" in request.POST:
            return _ask_again(request, candidate, sentence)
        return told(request, candidate, sentence)
    note_candidate_opened(request, candidate)
    status = 422 if form.errors else 200
    context = _context(candidate, form, former)
    return render(request, "invigilation/report.html", context, status=status)


def _ask_again(request, candidate, sentence):
    """The report is written; the same dialog, empty, for the next one."""
    if not request.htmx:
        messages.success(request, sentence)
        return redirect(request.path)
    session = watched_session(request, candidate.session_id)
    board = read(session, only=[candidate.pk])
    form = ReportForm(session=session, candidate=candidate)
    context = board | _context(candidate, form, None) | {"saved": sentence}
    return render(request, "invigilation/report_again.html", context)


def _context(candidate, form, former):
    return {
        "session": candidate.session,
        "candidate": candidate,
        "form": form,
        "former": former,
        "reports": [] if former else candidate.reports.kept().select_related("code"),
        "in_room": True,
    }


def _form(request, candidate, former):
    data = request.POST if request.method == "POST" else None
    initial = {}
    if former:
        initial = {"code": former.code_id, "description": former.description}
    if former and former.question_number:
        initial["question_number"] = former.question_number
    return ReportForm(data, session=candidate.session, candidate=candidate, initial=initial)
