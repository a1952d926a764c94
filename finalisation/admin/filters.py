from django.contrib import admin
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import Centre, CentreKind
from certif.accounts.queries import officers
from finalisation.piles import Pile, count_piles
from invigilation.models import IncidentCode, IncidentReport
from sessions.enums import SessionState
from sessions.models import ExamSession
from sessions.models.session import FINALISE_WITHIN, closed_in_time
from sessions.queries.sessions import late

ALL = "toutes"
MAX_CENTRES = 50


class PileFilter(admin.SimpleListFilter):
    """« À traiter » unless another pile, or a search through all of them, is asked for."""

    title = _("pile")
    parameter_name = "pile"
    template = "admin/review/_piles.html"

    def __init__(self, request, params, model, model_admin):
        self.searching = bool(request.GET.get("q"))
        super().__init__(request, params, model, model_admin)

    def lookups(self, request, model_admin):
        return [*Pile.choices, (ALL, _("Toutes"))]

    def value(self):
        return super().value() or (ALL if self.searching else Pile.TO_EXAMINE)

    def queryset(self, request, queryset):
        return queryset.filter(pile=self.value()) if self.value() in Pile.values else queryset

    def choices(self, changelist):
        counts = count_piles()
        for row in counts:
            yield self._choice(changelist, row.pile, row.pile.label, row.count, row.age)
        yield self._choice(changelist, ALL, _("Toutes"), sum(row.count for row in counts), "")

    def _choice(self, changelist, value, label, count, age):
        return {
            "selected": self.value() == value,
            "query_string": changelist.get_query_string({self.parameter_name: value}),
            "display": label,
            "count": count,
            "age": age,
        }


class CentreFilter(admin.SimpleListFilter):
    """The centres that wait for Pix; any other one is found by the search."""

    title = _("centre")
    parameter_name = "centre"

    def lookups(self, request, model_admin):
        waiting = ExamSession.objects.filter(
            centre=OuterRef("pk"), state__in=[SessionState.FINALISED, SessionState.IN_REVIEW]
        )
        return Centre.objects.filter(Exists(waiting)).values_list("pk", "name")[:MAX_CENTRES]

    def queryset(self, request, queryset):
        value = self.value() or ""
        return queryset.filter(centre=int(value)) if _is_number(value) else queryset


class CentreKindFilter(admin.SimpleListFilter):
    title = _("type de centre")
    parameter_name = "type"

    def lookups(self, request, model_admin):
        return CentreKind.choices

    def queryset(self, request, queryset):
        value = self.value()
        return queryset.filter(centre__kind=value) if value in CentreKind.values else queryset


class OfficerFilter(admin.SimpleListFilter):
    title = _("prise en charge")
    parameter_name = "officier"
    NOBODY = "personne"
    ME = "moi"

    def lookups(self, request, model_admin):
        others = officers().exclude(pk=request.user.pk)
        return [
            (self.ME, _("Par moi")),
            (self.NOBODY, _("Pas encore")),
            *((officer.pk, officer.name) for officer in others),
        ]

    def queryset(self, request, queryset):
        value = self.value() or ""
        if value == self.ME:
            return queryset.filter(closing_file__officer=request.user)
        if value == self.NOBODY:
            return queryset.filter(closing_file__officer__isnull=True)
        return queryset.filter(closing_file__officer=int(value)) if _is_number(value) else queryset


class IncidentCodeFilter(admin.SimpleListFilter):
    title = _("code de signalement")
    parameter_name = "code"

    def lookups(self, request, model_admin):
        codes = IncidentCode.objects.filter(active_from__isnull=False).order_by("rank", "code")
        return [(code, code) for code in dict.fromkeys(codes.values_list("code", flat=True))]

    def queryset(self, request, queryset):
        if self.value() not in dict(self.lookup_choices):
            return queryset
        reports = IncidentReport.objects.kept().filter(
            candidate__session=OuterRef("pk"), code__code=self.value()
        )
        return queryset.filter(Exists(reports))


class LateFilter(admin.SimpleListFilter):
    """Those that the list flags « En retard », and those that wait though their 48 hours are over."""

    title = _("échéance")
    parameter_name = "echeance"
    LATE = "retard"

    def lookups(self, request, model_admin):
        return [(self.LATE, _("48 heures dépassées"))]

    def queryset(self, request, queryset):
        if self.value() != self.LATE:
            return queryset
        was_late = Q(finalised_at__gt=F("ends_at") + FINALISE_WITHIN) & ~Q(closed_in_time())
        return queryset.filter(late(timezone.now()) | was_late)


def _is_number(value):
    return value.isascii() and value.isdigit() and len(value) <= 15
