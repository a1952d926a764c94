"""The bank in the admin: seen as the candidate sees it, taken away as a workbook, brought back."""

import base64
from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certif.audit.operations import operation_of
from certif.lib.refusals import InvalidInput, Refusal, status_of
from certif.lib.spreadsheets import read_workbook
from exam import addresses
from exam.actions.bank import BankMoved, import_bank
from exam.bank_import import plan_bank
from exam.bank_workbook import bank_workbook
from exam.durations import minutes_and_seconds
from exam.forms import AnswerForm
from exam.models import Question
from sessions.documents.workbooks import XLSX

# The file waits for its confirmation in the page itself, signed: it is small, and kept nowhere.
HEAVIEST = 500_000
WAITS = timedelta(hours=4)
SALT = "exam.bank"


@require_safe
def preview(request, pk):
    """« Voir comme le candidat »: the template of the test, of which nothing can be sent."""
    _require(request, "view")
    question = get_object_or_404(Question, pk=pk)
    form = AnswerForm(question)
    limit = question.time_limit and timedelta(seconds=question.time_limit)
    context = {
        "question": question,
        "form": form,
        "addresses": addresses.of_preview(question),
        "limit": limit,
        "limit_left": minutes_and_seconds(limit) if limit else "",
        "read_only": True,
    }
    return render(request, "admin/exam/preview.html", context)


def export(questions):
    name = f"banque-de-questions-{timezone.localdate():%Y-%m-%d}.xlsx"
    return HttpResponse(
        bank_workbook(questions),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        help_text=gettext_lazy(".xlsx, .ods ou .csv, 500 Ko au plus."),
        allow_empty_file=True,
        max_length=None,
        error_messages={
            name: gettext_lazy("Choisissez un fichier.")
            for name in ("required", "invalid", "missing")
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request):
    """The file to choose; once sent, what it would change, or everything that is wrong with it."""
    _require(request, "add", "change")
    posted = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    if not posted:
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        return _plan_page(request, form, file.read(HEAVIEST + 1))
    except Refusal as refusal:
        form.add_error("file", refusal.sentence)
        return _page(request, form, status=status_of(refusal))


def _plan_page(request, form, data, *, refusal=None, status=200):
    if len(data) > HEAVIEST:
        raise InvalidInput(
            _(
                "Ce fichier dépasse 500 Ko. Retirez-en ce qui n’est pas la banque, ou envoyez-la "
                "en plusieurs fichiers."
            ),
            field="file",
        )
    plan = plan_bank(read_workbook(data))
    if plan.errors:
        return _page(request, form, plan=plan, refusal=refusal, status=409 if refusal else 422)
    kept = keep(data, plan.based_on, by=request.user)
    return _page(request, form, plan=plan, kept=kept, refusal=refusal, status=status)


def _page(request, form, *, plan=None, kept="", refusal=None, status=200):
    context = {
        **admin.site.each_context(request),
        "title": _("Importer des questions"),
        "opts": Question._meta,
        "form": form,
        "plan": plan,
        "kept": kept,
        "refusal": refusal,
    }
    return render(request, "admin/exam/bank_import.html", context, status=status)


def keep(data, based_on, *, by):
    content = {"file": base64.b64encode(data).decode(), "based_on": based_on, "by": by.pk}
    return signing.dumps(content, salt=SALT, compress=True)


def kept_by(user, token):
    """The file and the bank of a preview. Raises InvalidInput: too old, or not of this person."""
    try:
        content = signing.loads(token, salt=SALT, max_age=WAITS)
    except signing.BadSignature:
        content = {}
    if content.get("by") != user.pk:
        raise InvalidInput(_("Cet aperçu n’est plus valable : envoyez le fichier de nouveau."))
    return base64.b64decode(content["file"]), content["based_on"]


@require_POST
def import_confirm(request):
    _require(request, "add", "change")
    try:
        data, based_on = kept_by(request.user, request.POST.get("kept", ""))
        done = import_bank(
            read_workbook(data), based_on=based_on, by=request.user, operation=operation_of(request)
        )
    except BankMoved as refusal:
        return _plan_page(request, UploadForm(), data, refusal=refusal, status=409)
    except Refusal as refusal:
        return _page(request, UploadForm(), refusal=refusal, status=status_of(refusal))
    messages.success(request, _told(done))
    return redirect("admin:exam_question_changelist")


def _told(done):
    added = ngettext("%(n)s question ajoutée", "%(n)s questions ajoutées", done["added"])
    changed = ngettext("%(n)s question modifiée", "%(n)s questions modifiées", done["changed"])
    return f"{added % {'n': done['added']}}, {changed % {'n': done['changed']}}."


def _require(request, *permissions):
    if not all(request.user.has_perm(f"exam.{name}_question") for name in permissions):
        raise PermissionDenied
