"""The bank in the admin: seen as the candidate sees it, taken away as a workbook, brought back."""

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certif.audit.operations import operation_of
from certif.lib.refusals import Refusal, status_of
from exam import addresses, bank_pending
from exam.actions.bank import BankMoved, import_bank
from exam.bank_archive import HEAVIEST, bank_archive, read_upload
from exam.bank_import import plan_bank
from exam.bank_workbook import bank_workbook
from exam.durations import minutes_and_seconds
from exam.forms import AnswerForm
from exam.models import Question
from sessions.documents.workbooks import XLSX


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
    return _download(bank_workbook(questions), XLSX, "xlsx")


def export_with_files(questions):
    return _download(bank_archive(questions), "application/zip", "zip")


def _download(content, content_type, suffix):
    name = f"banque-de-questions-{timezone.localdate():%Y-%m-%d}.{suffix}"
    return HttpResponse(
        content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        help_text=gettext_lazy(
            "Le classeur (.xlsx, .ods ou .csv), ou une archive .zip qui le contient avec les images et "
            "fichiers nouveaux, 10 Mo au plus."
        ),
        allow_empty_file=True,
        max_length=None,
        error_messages={
            name: gettext_lazy("Choisissez un fichier.")
            for name in ("required", "invalid", "missing")
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv,.zip"}),
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
    plan = plan_bank(*read_upload(data))
    if plan.errors:
        return _page(request, form, plan=plan, refusal=refusal, status=409 if refusal else 422)
    kept = bank_pending.keep(data, plan.based_on, by=request.user)
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


@require_POST
def import_confirm(request):
    _require(request, "add", "change")
    try:
        data, based_on = bank_pending.kept_by(request.user, request.POST.get("kept", ""))
        done = import_bank(
            *read_upload(data),
            based_on=based_on,
            by=request.user,
            operation=operation_of(request),
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
