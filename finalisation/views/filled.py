"""The sheet filled in the room comes back: read, shown, and written once somebody confirms."""

from django.contrib import messages
from django.core import signing
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from certif.audit.operations import operation_of
from certif.lib.refusals import InvalidInput, Refusal, status_of
from finalisation import actions
from finalisation.actions.closing import refuse_finalised
from finalisation.filled import read_filled
from finalisation.views.closing import refused_page, session_of
from sessions.actions.imports import HEAVIEST
from sessions.forms.imports import UploadForm

SALT = "finalisation.filled"
KEPT_FOR = 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def filled_sheet(request, pk):
    """Choose the file; then what it would write, or every cell to correct. Nothing is written."""
    session = session_of(request, pk)
    posted = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    context, status = {}, 422 if posted else 200
    try:
        refuse_finalised(session)
        if posted and form.is_valid():
            filled = _read(session, form.cleaned_data["file"])
            context = {"filled": filled, "signed": _signed(session, filled.plan)}
            status = 422 if filled.errors else 200
    except InvalidInput as fault:
        form.add_error("file", fault.sentence)
    except Refusal as refusal:
        if not session.is_open:
            return refused_page(request, pk, refusal)
        form.add_error("file", refusal.sentence)
        status = status_of(refusal)
    context |= {"session": session, "form": form}
    return render(request, "finalisation/filled_sheet.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def filled_confirm(request, pk):
    """Its address stays in the bar after a refusal."""
    session = session_of(request, pk)
    if request.method != "POST":
        return redirect("finalisation:filled_sheet", pk)
    try:
        actions.fill_from_sheet(
            session,
            plan=_plan_of(request, session),
            chosen=request.POST.dict(),
            by=request.user,
            operation=operation_of(request),
        )
    except Refusal as refusal:
        return refused_page(request, pk, refusal)
    messages.success(request, _("La feuille est reprise dans le dossier."))
    return redirect("finalisation:closing_file", pk)


def _read(session, file):
    filled = read_filled(session, data=file.read(HEAVIEST + 1), name=file.name)
    filled.errors.sort(key=lambda error: (error["row"] or 0, error["column"] or 0))
    return filled


def _signed(session, plan):
    return signing.dumps({"session": session.pk, **plan}, salt=SALT, compress=True)


def _plan_of(request, session):
    """What was shown, and nothing else: the page keeps it, and cannot change it."""
    try:
        plan = signing.loads(request.POST.get("plan", ""), salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        plan = {}
    if plan.get("session") != session.pk:
        raise InvalidInput(_("Cet aperçu n’est plus valable. Envoyez le fichier de nouveau."))
    return plan
