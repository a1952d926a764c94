"""The documents of the closing file: sent one by one, read back as attachments only."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certif.audit.models import record
from certif.audit.operations import done_already, operation_of
from certif.lib.files import sent
from certif.lib.refusals import InvalidInput, Refusal
from finalisation import actions
from finalisation.actions.closing import refuse_finalised
from finalisation.forms import DocumentForm
from finalisation.models import MAX_DOCUMENTS
from finalisation.queries import sealed_of
from finalisation.views.closing import closing_page, refused_page, session_of


@require_POST
def document_add(request, pk):
    session = session_of(request, pk)
    form = DocumentForm(request.POST, request.FILES)
    try:
        refuse_finalised(session)
        if form.is_valid():
            document = actions.add_document(
                session,
                upload=form.cleaned_data["file"],
                kind=form.cleaned_data["kind"],
                by=request.user,
                operation=operation_of(request),
            )
            sentence = _("Document « %(name)s » ajouté.") % {"name": document.name}
            return _documents_changed(request, session, sentence, "_documents_changed.html")
    except InvalidInput as fault:
        form.add_error(fault.field, fault.sentence)
    except Refusal as refusal:
        return refused_page(request, pk, refusal)
    if request.htmx:
        return _fragment(request, session, form, status=422)
    return closing_page(request, session, document_form=form, status=422)


@require_safe
def document(request, pk, document_id):
    """Never shown by the browser as a page of ours: what is inside came from a person's disk."""
    return document_given(request, _document_of(session_of(request, pk), document_id))


def document_given(request, document):
    """To whom the page that asks lets in: a person of the centre, an officer."""
    response = as_attachment(document.file, document.name, document.content_type)
    what = document.get_kind_display()
    note_download(request, "document.downloaded", document.session, document=document.pk, what=what)
    return response


def as_attachment(file, name, content_type):
    response = sent(file, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_safe
def sealed(request, pk):
    """The part of the receipt about the record: nothing until it is written."""
    session = session_of(request, pk)
    if not request.htmx:
        return redirect("finalisation:closing_file", pk)
    record = sealed_of(session)
    if record is None:
        return HttpResponse(status=204)
    context = {"session": session, "sealed": record}
    return render(request, "finalisation/_sealed.html", context)


@require_safe
def sealed_record(request, pk):
    """The PV that the last finalisation sealed, as it was written."""
    session = session_of(request, pk)
    sealed = sealed_of(session)
    if sealed is None:
        return refused_page(request, pk, actions.NotSealedYet())
    if not sealed.file:
        raise Http404
    name = f"pv-incident-scelle-session-{pk}.pdf"
    response = as_attachment(sealed.file, name, "application/pdf")
    note_download(request, "record.downloaded", session, record=sealed.pk)
    return response


def note_download(request, kind, session, **facts):
    """In the history: reports of fraud and photos of minors leave the site. HEAD takes nothing."""
    if request.method == "GET":
        record(kind, by=request.user, session=session, **facts)


@require_http_methods(["GET", "HEAD", "POST"])
def document_remove(request, pk, document_id):
    session = session_of(request, pk)
    if done_already(request, "document.removed"):
        return _removed(request, session, _("Document retiré."))
    document = _document_of(session, document_id)
    try:
        refuse_finalised(session)
        if request.method != "POST":
            context = {"session": session, "document": document}
            return render(request, "finalisation/document_remove.html", context)
        actions.remove_document(document, by=request.user, operation=operation_of(request))
    except Refusal as refusal:
        return refused_page(request, pk, refusal)
    sentence = _("Document « %(name)s » retiré.") % {"name": document.name}
    return _removed(request, session, sentence)


def _removed(request, session, sentence):
    return _documents_changed(request, session, sentence, "_document_removed.html")


def _document_of(session, document_id):
    return get_object_or_404(session.closing_documents.all(), pk=document_id)


def _documents_changed(request, session, sentence, template):
    if request.htmx:
        return _fragment(request, session, DocumentForm(), template, sentence=sentence)
    messages.success(request, sentence)
    page = reverse("finalisation:closing_file", args=[session.pk])
    return redirect(f"{page}#documents")


def _fragment(
    request, session, form, template="_documents_changed.html", *, sentence="", status=200
):
    context = {
        "session": session,
        "documents": session.closing_documents.select_related("added_by"),
        "document_form": form,
        "max_documents": MAX_DOCUMENTS,
        "sentence": sentence,
    }
    return render(request, f"finalisation/{template}", context, status=status)
