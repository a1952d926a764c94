"""Sending a file, looking at what it would change, confirming: for every kind of import."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from certif.accounts.models import CentreKind
from certif.audit.operations import operation_of
from certif.lib.refusals import Refusal, status_of
from sessions import queries
from sessions.actions import imports
from sessions.documents.workbooks import XLSX
from sessions.enums import ImportKind, ImportState
from sessions.forms.imports import ConfirmForm, UploadForm
from sessions.imports import templates
from sessions.models import PreparedImport
from sessions.queries.imports import errors_of, preview, sessions_to_fill, waiting_imports
from sessions.views.scope import centre_in_scope, form_page, require_open


@require_safe
def import_desk(request, centre_id):
    """The files that a centre may send, and those of which the confirmation is awaited."""
    centre = centre_in_scope(request.user, centre_id)
    context = {
        "centre": centre,
        "kinds": kinds_of(centre),
        "waiting": waiting_imports(centre),
    }
    return render(request, "sessions/import_desk.html", context)


def kinds_of(centre):
    kinds = [ImportKind.SHUTTLE, ImportKind.EQUIPMENT]
    return [*kinds, ImportKind.REGISTER] if centre.kind == CentreKind.SCO else kinds


@form_page
def import_new(request, centre_id, import_kind):
    centre = centre_in_scope(request.user, centre_id)
    if import_kind not in kinds_of(centre):
        raise Http404
    return receive(request, ImportKind(import_kind), centre=centre)


@form_page
def candidate_import(request, pk):
    session = queries.session_in_scope(request.user, pk)
    require_open(session)
    return receive(request, ImportKind.CANDIDATES, centre=session.centre, session=session)


def receive(request, kind, *, centre, session=None):
    posted = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    status = 200
    if posted:
        status = 422
        try:
            if form.is_valid():
                return redirect(take_file(request, form, kind, centre, session))
        except Refusal as refusal:
            form.add_error("file", refusal.sentence)
            status = status_of(refusal)
    context = {"kind": kind, "centre": centre, "session": session, "form": form}
    return render(request, "sessions/import_new.html", context, status=status)


def take_file(request, form, kind, centre, session):
    file = form.cleaned_data["file"]
    return imports.receive_import(
        kind,
        centre=centre,
        session=session,
        filename=file.name,
        data=file.read(imports.HEAVIEST + 1),
        by=request.user,
        operation=operation_of(request),
    )


@require_safe
def import_template(request, centre_id, import_kind):
    """The workbook to fill, with what the centre already has."""
    centre = centre_in_scope(request.user, centre_id)
    if import_kind not in kinds_of(centre):
        raise Http404
    if import_kind == ImportKind.EQUIPMENT:
        data = templates.equipment_workbook(sessions_to_fill(centre))
    elif import_kind == ImportKind.REGISTER:
        data = templates.register_workbook(centre)
    else:
        data = templates.shuttle_workbook(centre)
    return as_file(data, f"{import_kind}.xlsx")


@require_safe
def candidate_template(request, pk):
    session = queries.session_in_scope(request.user, pk)
    return as_file(templates.candidate_workbook(session), f"candidats-session-{pk}.xlsx")


def as_file(data, name):
    return HttpResponse(
        data,
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_safe
def import_page(request, import_id):
    """Where a file is: being read, to confirm, to correct, written. The same page all along."""
    prepared = in_scope(request.user, import_id)
    return render_import(request, prepared)


def in_scope(user, pk):
    imports_of_member = PreparedImport.objects.for_member(user).defer("source")
    return get_object_or_404(imports_of_member.select_related("centre", "session"), pk=pk)


def render_import(request, prepared, *, form=None, refusal="", status=200):
    context = {
        "prepared": prepared,
        "centre": prepared.centre,
        "refusal": refusal,
        "back": back_from(prepared),
        "again": reverse_new(prepared),
        "part": part_of(prepared),
    }
    number = request.GET.get("page")
    if prepared.state == ImportState.READY:
        context |= preview(prepared, number=number)
        context["form"] = form or form_of(prepared)
    elif prepared.state == ImportState.REFUSED:
        context |= errors_of(prepared, number=number)
    context["told"] = TOLD.get(prepared.state, "") if is_poll(request) else ""
    template = "sessions/_import_state.html" if is_poll(request) else "sessions/import_page.html"
    return render(request, template, context, status=status)


def part_of(prepared):
    """The template of the state it is in."""
    name = "stopped" if prepared.is_cut_off else PARTS[prepared.state]
    return f"sessions/_import_{name}.html"


PARTS = {
    ImportState.WAITING: "progress",
    ImportState.READING: "progress",
    ImportState.APPLYING: "progress",
    ImportState.READY: "preview",
    ImportState.REFUSED: "errors",
    ImportState.DONE: "done",
}


# Said aloud when the page that waited sees the work done.
TOLD = {
    ImportState.READY: gettext_lazy("Le fichier est lu. Vérifiez l’aperçu, puis confirmez."),
    ImportState.REFUSED: gettext_lazy("Le fichier est lu. Des erreurs sont à corriger."),
    ImportState.DONE: gettext_lazy("L’import est enregistré."),
}


def is_poll(request):
    return request.htmx and request.htmx.target == "import-state"


def back_from(prepared):
    if prepared.session_id:
        return reverse("sessions:candidate_list", args=[prepared.session_id])
    return reverse("sessions:import_desk", args=[prepared.centre_id])


def reverse_new(prepared):
    if prepared.session_id:
        return reverse("sessions:candidate_import", args=[prepared.session_id])
    return reverse("sessions:import_new", args=[prepared.centre_id, prepared.kind])


def form_of(prepared, data=None):
    return ConfirmForm(data, somebody_absent=imports.somebody_absent(prepared.plan))


@form_page
def import_confirm(request, import_id):
    """Its address stays in the bar after a refusal: asked for again, it is the import's page."""
    prepared = in_scope(request.user, import_id)
    if request.method != "POST":
        return redirect(prepared)
    form = form_of(prepared, request.POST)
    if not form.is_valid():
        return render_import(request, prepared, form=form, status=422)
    try:
        imports.confirm_import(
            prepared,
            remove_absent=form.cleaned_data["remove_absent"],
            by=request.user,
            operation=operation_of(request),
        )
    except Refusal as refusal:
        prepared = in_scope(request.user, import_id)
        return render_import(request, prepared, refusal=refusal.sentence, status=409)
    return redirect(prepared)


@require_POST
def import_resume(request, import_id):
    prepared = in_scope(request.user, import_id)
    imports.resume_import(prepared)
    return redirect(prepared)


@require_POST
def import_abandon(request, import_id):
    prepared = in_scope(request.user, import_id)
    imports.abandon_import(prepared)
    messages.success(request, _("Le fichier est oublié\u00a0: rien n’a été enregistré."))
    return redirect(back_from(prepared))
