"""« Courriels non partis »: what officers see of the mails, and the one thing they do about it."""

from django.contrib import admin, messages
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certif.lib.admin import ReadOnlyAdmin
from certif.lib.refusals import Refusal
from finalisation import mailings
from finalisation.admin.pages import told
from finalisation.models import Mailing

SENT, ALL = "partis", "tous"


class SentFilter(admin.SimpleListFilter):
    """« Non partis » unless the others are asked for."""

    title = gettext_lazy("départ")
    parameter_name = "depart"

    def lookups(self, request, model_admin):
        return [(SENT, _("Partis")), (ALL, _("Tous"))]

    def choices(self, changelist):
        for value, label in [(None, _("Non partis")), *self.lookup_choices]:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string(
                    {self.parameter_name: value} if value else {}, [self.parameter_name]
                ),
                "display": label,
            }

    def queryset(self, request, queryset):
        if self.value() == SENT:
            return queryset.filter(sent_at__isnull=False)
        return queryset if self.value() == ALL else queryset & mailings.not_sent()


@admin.register(Mailing)
class MailingAdmin(ReadOnlyAdmin):
    """Read only; « Renvoyer » goes through the action of the domain."""

    list_display = ["nature", "exam_session", "recipient", "state", "error", "tries", "tried"]
    list_display_links = None
    list_filter = [SentFilter, "kind"]
    list_select_related = ["session__centre"]
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    search_fields = ["session_id__exact", "recipient"]
    search_help_text = gettext_lazy("Numéro de session, ou adresse.")
    actions = ["send_again"]
    empty_value_display = "–"

    def get_urls(self):
        """A list: there is nothing more to read of a mail."""
        listed = self.admin_site.admin_view(self.changelist_view)
        return [path("", listed, name="finalisation_mailing_changelist")]

    @admin.display(description=gettext_lazy("nature"), ordering="kind")
    def nature(self, mailing):
        return mailing.get_kind_display()

    @admin.display(description=gettext_lazy("session"), ordering="session_id")
    def exam_session(self, mailing):
        address = reverse("admin:exam_sessions_examsession_change", args=[mailing.session_id])
        return format_html(
            '<a href="{}">{}</a> · {}', address, mailing.session_id, mailing.session.centre
        )

    @admin.display(description=gettext_lazy("état"))
    def state(self, mailing):
        return mailings.state_of(mailing)

    @admin.display(description=gettext_lazy("dernier essai"), ordering="tried_at")
    def tried(self, mailing):
        return mailing.tried_at and told(mailing.tried_at)

    @admin.action(description=gettext_lazy("Renvoyer"))
    def send_again(self, request, queryset):
        asked = 0
        for mailing in queryset:
            try:
                mailings.send_again(mailing, by=request.user)
            except Refusal as refusal:
                words = {"to": mailing.recipient, "why": refusal.sentence}
                self.message_user(request, _("%(to)s\u00a0: %(why)s") % words, messages.ERROR)
            else:
                asked += 1
        if asked:
            done = ngettext(
                "%(n)s courriel repart\u00a0: il quitte cette liste une fois parti.",
                "%(n)s courriels repartent\u00a0: ils quittent cette liste une fois partis.",
                asked,
            )
            self.message_user(request, done % {"n": asked}, messages.SUCCESS)
