from operator import itemgetter

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.html import format_html

from certif.audit.mails import NOT_SENT
from certif.audit.models import AuditEvent
from certif.audit.openings import OPENINGS
from certif.audit.sentences import SENTENCES, erased_in, names_in, outline, sentence
from certif.lib.admin import ReadOnlyAdmin


class KindFilter(admin.SimpleListFilter):
    title = "nature"
    parameter_name = "nature"
    OPENINGS = "consultations"
    MAILS = "courriels"

    def lookups(self, request, model_admin):
        return [
            (self.OPENINGS, "Consultations de dossiers"),
            (self.MAILS, "Courriels de compte non partis"),
            *sorted(((kind, outline(kind)) for kind in SENTENCES), key=itemgetter(1)),
        ]

    def queryset(self, request, queryset):
        if self.value() == self.OPENINGS:
            return queryset.filter(OPENINGS)
        if self.value() == self.MAILS:
            return queryset.filter(NOT_SENT)
        return queryset.filter(kind=self.value()) if self.value() in SENTENCES else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Read only. Candidates are told by their number here, by their name on the session's page."""

    list_display = ["moment", "told", "session"]
    list_display_links = ["moment"]
    list_filter = [("at", admin.DateFieldListFilter), KindFilter]
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    search_fields = ["session_id__exact"]
    search_help_text = "Numéro de session."
    fields = [
        "moment",
        "told",
        "kind",
        "session",
        "centre_id",
        "candidate_id",
        "data",
        "operation_id",
    ]
    readonly_fields = fields

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        people = get_user_model().objects.in_bulk(
            {event.actor_id for event in changelist.result_list} - {None}
        )
        names, erased = names_in(changelist.result_list), erased_in(changelist.result_list)
        for event in changelist.result_list:
            is_erased = (event.candidate_id, event.actor_id) in erased
            event.people, event.names = {} if is_erased else people, names
        return changelist

    @admin.display(description="date (heure de Paris)", ordering="at")
    def moment(self, event):
        return event.at

    @admin.display(description="événement")
    def told(self, event):
        people = getattr(event, "people", None)
        if people is None:
            is_hidden = (event.candidate_id, event.actor_id) in erased_in([event])
            shown = [event.actor_id] if event.actor_id and not is_hidden else []
            people = get_user_model().objects.in_bulk(shown)
        candidates = {event.candidate_id: f"le candidat n° {event.candidate_id}"}
        names = getattr(event, "names", None)
        return sentence(event, people=people, candidates=candidates, names=names)

    @admin.display(description="session", ordering="session_id", empty_value="–")
    def session(self, event):
        if event.session_id is None:
            return None
        address = reverse("admin:exam_sessions_examsession_change", args=[event.session_id])
        return format_html('<a href="{}">{}</a>', address, event.session_id)
