"""The pages of the review that are not Django admin's own list."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certif.audit.operations import operation_of
from certif.lib.refusals import InvalidInput, Refusal
from certif.lib.typography import de
from finalisation import actions
from finalisation.admin.pages import focus_on_error, render_page
from finalisation.admin.reading import (
    answers_of,
    candidate_rows,
    closing_file_of,
    reports_of,
    timeline,
)
from finalisation.admin.seals import seals_of
from finalisation.admin.steps import STEPS, ResolutionForm
from finalisation.models import ClosingDocument
from finalisation.piles import Pile, for_review, reasons, undecided
from finalisation.views.documents import document_given
from invigilation.models import IncidentReport
from sessions.models import Candidate
from sessions.openings import note_candidate_opened, note_candidates_opened

PAGE = "admin:exam_sessions_examsession_change"


@require_safe
def session_page(request, session_id):
    return _session_page(request, session_id)


@require_http_methods(["GET", "HEAD", "POST"])
def take_step(request, session_id, step):
    """Ask, then do. A refused step shows the session as it truly is."""
    session = get_object_or_404(for_review(), pk=session_id)
    officer = closing_file_of(session).officer
    form = step.form(request.POST or None, initial={"seen": officer.pk if officer else ""})
    if request.method == "POST" and form.is_valid():
        try:
            step.act(session, by=request.user, operation=operation_of(request), **form.cleaned_data)
        except InvalidInput as refusal:
            form.add_error(
                refusal.field if refusal.field in form.fields else None, refusal.sentence
            )
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            return _session_page(request, session_id, status=409)
        else:
            messages.success(request, step.done)
            return redirect(PAGE, session_id)
    context = {
        "session": session,
        "step": step,
        "form": form,
        "held_by": officer if step.name == "assign" and officer != request.user else None,
        "despite": undecided(session) if step.name == "publish" else "",
        "reasons": reasons(session),
    }
    focus_on_error(form)
    status = 422 if form.errors else 200
    return render_page(request, "admin/review/step.html", step.question, context, status=status)


@require_POST
def resolve_report(request, session_id, report_id):
    report = get_object_or_404(
        IncidentReport.objects.select_related("candidate__session"),
        pk=report_id,
        candidate__session=session_id,
    )
    form = _resolution_form(report, request.POST)
    if form.is_valid():
        try:
            actions.resolve_report(
                report, by=request.user, operation=operation_of(request), **form.cleaned_data
            )
        except InvalidInput as refusal:
            form.add_error(
                refusal.field if refusal.field in form.fields else None, refusal.sentence
            )
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            return _session_page(request, session_id, status=409)
        else:
            messages.success(request, _("Le signalement est traité."))
            return redirect(f"{reverse(PAGE, args=[session_id])}#signalement-{report.pk}")
    focus_on_error(form)
    return _session_page(request, session_id, typed={report.pk: form}, status=422)


@require_safe
def document(request, session_id, document_id):
    found = get_object_or_404(
        ClosingDocument.objects.select_related("session"), pk=document_id, session=session_id
    )
    return document_given(request, found)


@require_safe
def candidate_page(request, session_id, candidate_id):
    """What one candidate answered, question by question; unfolded on the page of the session too."""
    candidate = get_object_or_404(
        Candidate.objects.select_related(
            "session", "attempt__certification", "attempt__jury__decided_by"
        ),
        pk=candidate_id,
        session=session_id,
    )
    note_candidate_opened(request, candidate)
    attempt = getattr(candidate, "attempt", None)
    context = {
        "session": candidate.session,
        "candidate": candidate,
        "attempt": attempt,
        "certification": getattr(attempt, "certification", None),
        "jury": getattr(attempt, "jury", None),
        "corrections": candidate.corrections.select_related("corrected_by"),
        "answers": answers_of(attempt) if attempt else [],
        "may_decide": candidate.session.is_under_review,
    }
    if request.htmx:
        return render(request, "admin/review/_folded_answers.html", context)
    title = _("Réponses %(of_who)s") % {"of_who": de(candidate)}
    return render_page(request, "admin/review/candidate.html", title, context)


def _session_page(request, session_id, *, typed=None, status=200):
    """The session in its true state. `typed` holds the forms to show again with their errors."""
    session = get_object_or_404(
        for_review().select_related("finalised_by", "published_by"), pk=session_id
    )
    rows = candidate_rows(session)
    note_candidates_opened(request, session, [row.candidate for row in rows])
    reports = reports_of(session)
    for report in reports:
        report.form = (typed or {}).get(report.pk) or _resolution_form(report)
    closing_file = closing_file_of(session)
    steps = _open_steps(session, closing_file, request.user)
    context = {
        "session": session,
        "pile": Pile(session.pile),
        "reasons": reasons(session),
        "closing_file": closing_file,
        "notes": session.notes.told(),
        "documents": session.closing_documents.select_related("added_by"),
        "seals": seals_of(session),
        "rows": rows,
        "reports": reports,
        "timeline": timeline(session),
        "steps": steps,
        "expected": _expected_step(session, closing_file),
        "may_resolve": not session.is_open,
    }
    title = _("Session %(n)s · %(centre)s") % {"n": session.pk, "centre": session.centre}
    return render_page(request, "admin/review/session.html", title, context, status=status)


def _open_steps(session, closing_file, user):
    mine = closing_file.officer == user
    return [
        step
        for step in STEPS
        if session.state in step.states and not (step.name == "assign" and mine)
    ]


def _expected_step(session, closing_file):
    """The step that usually comes next: the one button that stands out."""
    if session.pile == Pile.READY:
        return "publish"
    return "assign" if closing_file.officer is None else ""


def _resolution_form(report, data=None):
    return ResolutionForm(data, auto_id=f"signalement-{report.pk}-%s")
