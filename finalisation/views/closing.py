"""« Finaliser la session »: the page, its draft, its confirmation."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import reswap, retarget

from certif.audit.operations import operation_of
from certif.lib.refusals import InvalidInput, Refusal
from finalisation import actions
from finalisation.actions.closing import refuse_finalised, refuse_not_held
from finalisation.forms import ClosingForm, DocumentForm, NotHeldForm
from finalisation.models import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS
from finalisation.queries import (
    automatic_decisions,
    closing_version,
    not_started_rows,
    read_closing,
    rows,
    sealed_of,
)
from finalisation.questions import tell_questions
from sessions.models import ExamSession
from sessions.openings import note_candidates_opened


def session_of(request, pk):
    sessions = ExamSession.objects.for_member(request.user)
    return get_object_or_404(sessions.select_related("centre", "finalised_by"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def closing_file(request, pk):
    session = session_of(request, pk)
    if request.method != "POST":
        return closing_page(request, session)
    form, answer = save_draft(request, session)
    if answer:
        return answer
    if request.htmx:
        return _draft_saved(request, session, form)
    messages.success(request, _("Brouillon enregistré."))
    return redirect("finalisation:closing_file", pk)


@require_safe
def live(request, pk):
    """What the others wrote since: nothing when nothing moved."""
    session = session_of(request, pk)
    if not request.htmx:
        return redirect("finalisation:closing_file", pk)
    if not session.is_open:
        return _page(request, *_read_page(session), said=_said_finalised(session))
    version = closing_version(session, at=timezone.now())
    if request.GET.get("v") == version:
        return HttpResponse(status=204)
    closing = read_closing(session)
    context = page_context(closing) | {"version": version, "oob": True}
    context["has_moved"] = request.GET.get("shape") != closing.shape
    return render(request, "finalisation/_live_answer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request, pk):
    """« Valider »: keep the draft, say everything that is missing, else ask to confirm."""
    session = session_of(request, pk)
    if request.method != "POST":
        return redirect("finalisation:closing_file", pk)
    if "confirmed" in request.POST:
        return _finalise(request, session)
    if not session.first_started_at:
        return refused_page(request, pk, actions.NothingStarted())
    form, answer = save_draft(request, session)
    if answer:
        return answer
    closing = read_closing(session)
    if closing.blockers:
        written = form.once_written(closing)
        return closing_page(request, session, form=written, status=422, insist=True)
    dropped = {candidate.pk: candidate for candidate in (*closing.dropped, *form.dropped(closing))}
    context = {
        "closing": closing,
        "session": session,
        "dropped": list(dropped.values()),
        "form": form.once_written(closing),
        "oob": True,
    }
    template = "_confirm_dialog.html" if request.htmx else "confirm.html"
    return render(request, f"finalisation/{template}", context)


@require_http_methods(["GET", "HEAD", "POST"])
def copy_notes(request, pk):
    """The notes of the room, added to the comment; the draft is kept first."""
    session = session_of(request, pk)
    if request.method != "POST":
        return redirect("finalisation:closing_file", pk)
    _form, answer = save_draft(request, session)
    if answer:
        return answer
    try:
        actions.copy_notes(session, by=request.user)
    except Refusal as refusal:
        return refused_page(request, pk, refusal)
    said = _("Les notes de la salle sont dans le commentaire.")
    if request.htmx:
        return closing_page(request, session, said=said)
    messages.success(request, said)
    return redirect("finalisation:closing_file", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def not_held(request, pk):
    """« Session non tenue »: why, then whether it is sure. Nothing of it is undone from here."""
    session = session_of(request, pk)
    if request.method != "POST":
        return redirect("finalisation:closing_file", pk)
    form = NotHeldForm(request.POST)
    if not form.is_valid():
        return closing_page(request, session, not_held_form=form, status=422)
    try:
        if "confirmed" not in request.POST:
            refuse_not_held(session)
            context = {"session": session, "comment": form.cleaned_data["comment"]}
            return render(request, "finalisation/not_held.html", context)
        actions.close_not_held(
            session,
            comment=form.cleaned_data["comment"],
            by=request.user,
            operation=operation_of(request),
        )
    except Refusal as refusal:
        return refused_page(request, pk, refusal)
    return redirect("finalisation:closing_file", pk)


def save_draft(request, session):
    """Write what the person changed: (the form, None), or (the form, what is answered instead)."""
    try:
        refuse_finalised(session)
        form = ClosingForm(request.POST, closing=read_closing(session))
        if not form.is_valid():
            return form, closing_page(request, session, form=form, status=422)
        edited = _write(session, form, by=request.user)
    except Refusal as refusal:
        return None, refused_page(request, session.pk, refusal)
    return form, _edited_answer(request, session, form, edited) if edited else None


def _write(session, form, *, by):
    """Write what was changed, but for what somebody else changed meanwhile: that is given back."""
    try:
        _write_changes(session, form, by=by)
    except actions.EditedMeanwhile as refusal:
        edited = {blocker.anchor: blocker for blocker in refusal.blockers}
        _write_changes(session, form, by=by, but=edited)
        return edited
    return {}


def _write_changes(session, form, *, by, but=()):
    changes = form.changes(but=but)
    if any(changes.values()):
        # A draft is set, never added to: sending it twice needs no operation id.
        actions.save_closing_file(session, by=by, based_on=form.based_on(), **changes)


def _edited_answer(request, session, form, edited):
    """Both values, side by side: nothing that is being typed is replaced."""
    if request.htmx:
        response = _draft_saved(request, session, form, edited=edited)
        return reswap(retarget(response, "#draft"), "outerHTML")
    form.show_edited(edited)
    blockers = list(edited.values())
    return closing_page(
        request, session, form=form, status=409, insist=True, blockers=blockers, edited=edited
    )


def _draft_saved(request, session, form, *, edited=None):
    closing = read_closing(session)
    closing.edited = edited or {}
    form = form.once_written(closing, but=closing.edited)
    context = {"closing": closing, "session": session, "form": form, "oob": True}
    status = 409 if edited else 200
    return render(request, "finalisation/_draft_saved.html", context, status=status)


def _said_finalised(session):
    sentence = _("%(who)s a finalisé la session.")
    return sentence % {"who": session.finalised_by}


def _finalise(request, session):
    try:
        actions.finalise(
            session,
            by=request.user,
            confirmed=request.POST["confirmed"],
            operation=operation_of(request),
        )
    except actions.FinalisationBlocked:
        return closing_page(request, session, status=422, insist=True)
    except Refusal as refusal:
        return refused_page(request, session.pk, refusal)
    return redirect(f"{reverse('finalisation:closing_file', args=[session.pk])}#finalised")


def refused_page(request, pk, refusal):
    """The true state of the page, with why nothing was done."""
    status = 422 if isinstance(refusal, InvalidInput) else 409
    return closing_page(request, session_of(request, pk), status=status, refusal=refusal)


def closing_page(request, session, **shown):
    """The page as it is now, for the person who asked for it; `shown` is that of `_page`."""
    version, closing = _read_page(session)
    note_candidates_opened(request, session, closing.candidates, kind="closing.opened")
    return _page(request, version, closing, **shown)


def _read_page(session):
    """The version first: what is written while the rest is read comes with the next poll."""
    version = closing_version(session, at=timezone.now())
    return version, read_closing(session)


def _page(
    request,
    version,
    closing,
    *,
    form=None,
    document_form=None,
    not_held_form=None,
    status=200,
    insist=False,
    blockers=None,
    edited=None,
    refusal=None,
    said="",
):
    """`insist` moves the reader to what is missing (or to `blockers`)."""
    session = closing.session
    closing.edited = edited or {}
    form = form or ClosingForm(closing=closing)
    blockers = closing.blockers if blockers is None else blockers
    if insist:
        form.mark(blocker.anchor for blocker in blockers)
    context = page_context(closing, form=form, document_form=document_form) | {
        "version": version,
        "blockers": blockers,
        "insist": insist,
        "refusal": refusal,
        "said": said,
        "not_held_form": not_held_form or NotHeldForm(),
    }
    if not session.is_open:
        context |= _receipt(closing)
    if not request.htmx:
        return render(request, "finalisation/closing_file.html", context, status=status)
    response = render(request, "finalisation/_closing_file.html", context, status=status)
    return reswap(retarget(response, "#closing-file"), "outerHTML")


def _receipt(closing):
    """What was sent, what was decided by itself, and the record that keeps it."""
    session = closing.session
    tell_questions([report for told in closing.reports.values() for report in told])
    return {"decisions": automatic_decisions(session), "sealed": sealed_of(session)}


def page_context(closing, *, form=None, document_form=None):
    form = form or ClosingForm(closing=closing)
    return {
        "session": closing.session,
        "closing": closing,
        "form": form,
        "now": ClosingForm(closing=closing).now(),
        "unfinished": rows(closing, closing.unfinished, form),
        "finished": rows(closing, closing.finished, form),
        "not_started": not_started_rows(closing),
        "blockers": closing.blockers,
        "document_form": document_form or DocumentForm(),
        "max_documents": MAX_DOCUMENTS,
        "max_document_bytes": MAX_DOCUMENT_BYTES,
    }
