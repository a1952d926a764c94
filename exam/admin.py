from pathlib import PurePath

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from certif.audit.edits import ToldInTheTrail
from certif.lib.admin import ListedAdmin
from certif.lib.files import sent
from exam import bank_copies, bank_files, bank_views
from exam.bank_form import FILES, QuestionForm, keep_sent
from exam.models import Question

NOTHING = "–"


@admin.register(Question)
class QuestionAdmin(ToldInTheTrail, ListedAdmin):
    trail = "bank.question"
    form = QuestionForm
    list_display = [
        "key",
        "competence",
        "statement_start",
        "kind",
        "resources",
        "is_active",
        "preview_link",
    ]
    list_display_links = ["key", "statement_start"]
    list_filter = ["is_active", "competence", "kind"]
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    ordering = ["competence", "key"]
    search_fields = ["key", "statement"]
    readonly_fields = ["image_preview", "attachment_link"]
    actions = ["export_selected"]
    fieldsets = [
        (None, {"fields": ["key", "competence", "is_active"]}),
        (_("Question"), {"fields": ["statement", "kind", "choices", "answers", "time_limit"]}),
        (
            _("Ressources"),
            {
                "fields": [
                    "image",
                    "image_preview",
                    "image_alt",
                    "attachment",
                    "attachment_link",
                    "link",
                ]
            },
        ),
    ]

    def facts_of(self, question):
        return {"what": question.key}

    def has_delete_permission(self, request, obj=None):
        """It may be in a test that was drawn and has not come to it: it is put aside instead."""
        return False

    def changeform_view(self, request, *args, **kwargs):
        if self.has_add_permission(request) or self.has_change_permission(request):
            keep_sent(request.FILES)
        return super().changeform_view(request, *args, **kwargs)

    def get_urls(self):
        views = [
            ("<int:pk>/fichiers/<str:name>/", self.file_view, "file"),
            ("<int:pk>/apercu/", bank_views.preview, "preview"),
            ("exporter/", self.export_view, "export"),
            ("exporter/archive/", self.export_files_view, "export_files"),
            ("importer/", bank_views.import_page, "import"),
            ("importer/confirmer/", bank_views.import_confirm, "import_confirm"),
        ]
        wrap = self.admin_site.admin_view
        ours = [
            path(where, wrap(view), name=f"exam_question_{name}") for where, view, name in views
        ]
        return [*ours, *super().get_urls()]

    def export_view(self, request):
        return bank_views.export(self._listed(request))

    def export_files_view(self, request):
        return bank_views.export_with_files(self._listed(request))

    def _listed(self, request):
        """The questions that the list shows, by its own filters and search, on all its pages."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise Http404 from error
        return changelist.queryset

    @admin.action(description=_("Exporter les questions choisies (.xlsx)"), permissions=["view"])
    def export_selected(self, request, queryset):
        return bank_views.export(queryset)

    def file_view(self, request, pk, name):
        if not self.has_view_permission(request):
            raise PermissionDenied
        question = get_object_or_404(Question, pk=pk)
        file = getattr(question, name) if name in FILES else None
        if not file:
            raise Http404
        response = sent(
            bank_copies.nearest(file),
            as_attachment=name == "attachment",
            filename=PurePath(file.name).name,
            content_type=bank_files.content_type(file.name),
        )
        response["Content-Security-Policy"] = (
            "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        )
        return response

    @admin.display(description=_("énoncé"), ordering="statement")
    def statement_start(self, question):
        text = question.statement
        return text if len(text) <= 90 else f"{text[:90].rsplit(' ', 1)[0]}…"

    @admin.display(description=_("ressources"))
    def resources(self, question):
        shown = [
            (question.image, _("image")),
            (question.attachment, _("fichier")),
            (question.link, _("site")),
            (question.time_limit, _("temps limité")),
        ]
        return ", ".join(str(label) for present, label in shown if present)

    @admin.display(description=_("aperçu"))
    def preview_link(self, question):
        return format_html(
            '<a href="{}">{}<span class="visually-hidden">{} {}</span></a>',
            reverse("admin:exam_question_preview", args=[question.pk]),
            _("Voir comme le candidat"),
            "\u00a0:",
            question.key,
        )

    @admin.display(description=_("aperçu de l’image"))
    def image_preview(self, question):
        if not _is_kept(question.image):
            return NOTHING
        return format_html(
            '<img class="preview" src="{}" alt="{}">',
            _address(question, "image"),
            question.image_alt,
        )

    @admin.display(description=_("fichier actuel"))
    def attachment_link(self, question):
        if not _is_kept(question.attachment):
            return NOTHING
        name = PurePath(question.attachment.name).name
        return format_html('<a href="{}">{}</a>', _address(question, "attachment"), name)


def _is_kept(file):
    """The one in place: what was just sent, with a form that is refused, is nowhere."""
    return file and file._committed


def _address(question, name):
    return reverse("admin:exam_question_file", args=[question.pk, name])
