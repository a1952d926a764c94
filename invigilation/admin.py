from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.audit.edits import ToldInTheTrail
from certif.lib.admin import ListedAdmin
from invigilation.models import IncidentCode


class IncidentCodeForm(forms.ModelForm):
    class Meta:
        model = IncidentCode
        fields = [
            "code",
            "category",
            "label",
            "rank",
            "needs_description",
            "needs_question",
            "calls_for_review",
            "active_from",
            "active_until",
        ]
        help_texts = {
            "active_from": _("Vide\u00a0: le code est en sommeil, personne ne le voit."),
            "active_until": _(
                "Premier jour où le code n’est plus proposé. Vide\u00a0: pas de fin."
            ),
            "rank": _("L’ordre à l’écran et sur le papier."),
            "calls_for_review": _(
                "Un signalement de ce code met la session «\u00a0À traiter\u00a0»."
            ),
        }

    def clean(self):
        """On one day a code means one thing."""
        data = super().clean()
        code = data.get("code") or self.instance.code
        start, end = data.get("active_from"), data.get("active_until")
        if code and start:
            others = IncidentCode.objects.filter(code=code, active_from__isnull=False).filter(
                Q(active_until__isnull=True) | Q(active_until__gt=start)
            )
            if end:
                others = others.filter(active_from__lt=end)
            if others.exclude(pk=self.instance.pk).exists():
                self.add_error(
                    "active_from",
                    _(
                        "Le code %(code)s est déjà en vigueur à ces dates. Donnez d’abord une "
                        "fin à l’autre ligne."
                    )
                    % {"code": code},
                )
        return data


class InForceFilter(admin.SimpleListFilter):
    title = _("en vigueur aujourd’hui")
    parameter_name = "en-vigueur"

    def lookups(self, request, model_admin):
        return [("oui", _("Oui")), ("non", _("Non"))]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        in_force = IncidentCode.objects.active_on(timezone.localdate())
        return (
            queryset.filter(pk__in=in_force)
            if self.value() == "oui"
            else queryset.exclude(pk__in=in_force)
        )


@admin.register(IncidentCode)
class IncidentCodeAdmin(ToldInTheTrail, ListedAdmin):
    """The nomenclature: a line is closed by a date and a new one begins, rather than rewritten."""

    trail = "nomenclature"

    form = IncidentCodeForm
    list_display = [
        "code",
        "label",
        "category",
        "needs_description",
        "needs_question",
        "calls_for_review",
        "active_from",
        "active_until",
    ]
    list_display_links = ["code", "label"]
    list_filter = [InForceFilter, "category", "calls_for_review"]
    search_fields = ["code", "label"]
    show_facets = admin.ShowFacets.NEVER
    fieldsets = [
        (
            None,
            {
                "fields": ["code", "category", "label", "rank"],
                "description": _(
                    "Une ligne dont un signalement se sert garde son code, sa catégorie, son "
                    "libellé et «\u00a0à examiner par Pix\u00a0»\u00a0: donnez-lui une fin et "
                    "ouvrez-en une autre."
                ),
            },
        ),
        (
            _("Ce que le code demande"),
            {"fields": ["needs_description", "needs_question", "calls_for_review"]},
        ),
        (_("En vigueur"), {"fields": ["active_from", "active_until"]}),
    ]

    def get_readonly_fields(self, request, obj=None):
        """Reports already written keep their meaning, and the session its pile."""
        meaning = ["code", "category", "label", "calls_for_review"]
        return meaning if obj and obj.reports.exists() else []
