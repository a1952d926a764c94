"""« Finaliser la session »: the page, its draft, its confirmation."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import reswap, retarget

from certif.audit.operations import operation_of
from certif.lib.refusals import InvalidInput, Refusal
from finalisation import actions
from finalisation.actions.closing import refuse_finalised
from finalisation.forms import ClosingForm, DocumentForm, NotHeldForm
from finalisation.models import MAX_DOCUMENTS
from finalisation.queries import not_started_rows, read_closing, rows
from sessions.models import ExamSession


def session_of(request, pk):
    sessions = ExamSession.objects.for_member(request.user)
    return get_object_or_404(sessions.select_related("centre", "finalised_by"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def closing_file(request, pk):
    session = session_of(request, pk)
    if request.method != "POST":
        return closing_page(request, session)
    form, refusal = save_draft(request, session)
    if refusal:
        return refusal
    if request.htmx:
        closing = read_closing(session)
        context = {"closing": closing, "form": form.once_written(closing)}
        return render(request, "finalisation/_draft_saved.html", context)
    messages.success(request, _("Brouillon enregistré."))
    return redirect("finalisation:closing_file", pk)


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
    form, refusal = save_draft(request, session)
    if refusal:
        return refusal
    closing = read_closing(session)
    if closing.blockers:
        return closing_page(request, session, form=form, status=422, insist=True)
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
    _form, refusal = save_draft(request, session)
    if refusal:
        return refusal
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
    session = session_of(request, pk)
    if request.method != "POST":
        return redirect("finalisation:closing_file", pk)
    form = NotHeldForm(request.POST)
    if not form.is_valid():
        return closing_page(request, session, not_held_form=form, status=422)
    try:
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
    """Write what the person changed: (the form, None), or (the form, the page that refuses)."""
    try:
        refuse_finalised(session)
        form = ClosingForm(request.POST, closing=read_closing(session))
        if not form.is_valid():
            return form, closing_page(request, session, form=form, status=422)
        changes = form.changes()
        if any(changes.values()):
            # A draft is set, never added to: sending it twice needs no operation id.
            actions.save_closing_file(session, by=request.user, based_on=form.based_on(), **changes)
    except actions.EditedMeanwhile as refusal:
        form.show_edited(blocker.anchor for blocker in refusal.blockers)
        return form, closing_page(
            request, session, form=form, status=409, insist=True, blockers=refusal.blockers
        )
    except Refusal as refusal:
        return None, refused_page(request, session.pk, refusal)
    return form, None


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
    return redirect("finalisation:closing_file", session.pk)


def refused_page(request, pk, refusal):
    """The true state of the page, with why nothing was done."""
    status = 422 if isinstance(refusal, InvalidInput) else 409
    return closing_page(request, session_of(request, pk), status=status, refusal=refusal)


def closing_page(
    request,
    session,
    *,
    form=None,
    document_form=None,
    not_held_form=None,
    status=200,
    insist=False,
    blockers=None,
    refusal=None,
    said="",
):
    """The page as it is now; `insist` moves the reader to what is missing (or to `blockers`)."""
    closing = read_closing(session)
    form = form or ClosingForm(closing=closing)
    blockers = closing.blockers if blockers is None else blockers
    if insist:
        form.mark(blocker.anchor for blocker in blockers)
    context = {
        "session": session,
        "closing": closing,
        "form": form,
        "unfinished": rows(closing, closing.unfinished, form),
        "finished": rows(closing, closing.finished, form),
        "not_started": not_started_rows(closing),
        "blockers": blockers,
        "insist": insist,
        "refusal": refusal,
        "said": said,
        "document_form": document_form or DocumentForm(),
        "max_documents": MAX_DOCUMENTS,
        "not_held_form": not_held_form or NotHeldForm(),
    }
    if not request.htmx:
        return render(request, "finalisation/closing_file.html", context, status=status)
    response = render(request, "finalisation/_closing_file.html", context, status=status)
    return reswap(retarget(response, "#closing-file"), "outerHTML")
