from django.conf import settings
from django.contrib import admin
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certif.lib.admin import ReadOnlyAdmin
from finalisation.actions.publications import MOST_SESSIONS
from finalisation.admin import jury, seals, views
from finalisation.admin.filters import (
    CentreFilter,
    CentreKindFilter,
    IncidentCodeFilter,
    LateFilter,
    OfficerFilter,
    PileFilter,
)
from finalisation.admin.statistics import statistics_page
from finalisation.admin.steps import STEPS
from finalisation.piles import Pile, for_review, reasons, short_reasons
from sessions.models import ExamSession

NAME = "exam_sessions_examsession"
CANDIDATE = "<int:session_id>/candidats/<int:candidate_id>/"


@admin.register(ExamSession)
class ExamSessionAdmin(ReadOnlyAdmin):
    """Officers read everything, and move a session only through the actions of the domain."""

    list_display = [
        "number",
        "centre",
        "day",
        "state_label",
        "finalised",
        "candidates",
        "reports",
        "motives",
        "officer",
    ]
    list_display_links = ["number"]
    list_filter = [
        PileFilter,
        LateFilter,
        OfficerFilter,
        IncidentCodeFilter,
        CentreKindFilter,
        CentreFilter,
    ]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    date_hierarchy = "date"
    search_fields = ["id__exact", "centre__name"]
    search_help_text = gettext_lazy("Numéro de session, ou nom du centre.")
    actions = ["publish_selected"]

    def get_urls(self):
        """Only what an officer does: nothing adds, deletes or edits a session."""
        wrap = self.admin_site.admin_view
        steps = [
            path(
                f"<int:session_id>/{step.slug}/",
                wrap(views.take_step),
                {"step": step},
                name=f"{NAME}_{step.name}",
            )
            for step in STEPS
        ]
        return [
            path("", wrap(self.changelist_view), name=f"{NAME}_changelist"),
            path("statistiques/", wrap(statistics_page), name=f"{NAME}_statistics"),
            path("<int:session_id>/change/", wrap(views.session_page), name=f"{NAME}_change"),
            path(
                "<int:session_id>/signalements/<int:report_id>/",
                wrap(views.resolve_report),
                name=f"{NAME}_resolve",
            ),
            path(
                "<int:session_id>/documents/<int:document_id>/",
                wrap(views.document),
                name=f"{NAME}_document",
            ),
            path(
                "<int:session_id>/pv-scelle/<int:record_id>/",
                wrap(seals.sealed_record),
                name=f"{NAME}_sealed",
            ),
            path(
                "<int:session_id>/pv-scelle/reessayer/",
                wrap(seals.seal_again),
                name=f"{NAME}_seal_again",
            ),
            path(
                CANDIDATE,
                wrap(views.candidate_page),
                name=f"{NAME}_candidate",
            ),
            path(
                f"{CANDIDATE}certification/",
                wrap(jury.decide_certification),
                name=f"{NAME}_certification",
            ),
            path(f"{CANDIDATE}identite/", wrap(jury.correct_identity), name=f"{NAME}_identity"),
            path(
                f"{CANDIDATE}questions/<int:number>/neutraliser/",
                wrap(jury.rule_on_question),
                {"neutralised": True},
                name=f"{NAME}_neutralise",
            ),
            path(
                f"{CANDIDATE}questions/<int:number>/retablir/",
                wrap(jury.rule_on_question),
                {"neutralised": False},
                name=f"{NAME}_restore",
            ),
            *steps,
        ]

    def get_queryset(self, request):
        return for_review()

    def get_ordering(self, request):
        """Who waits longest comes first; what was published last comes first."""
        return {
            Pile.PUBLISHED: ["-published_at", "-pk"],
            Pile.OPEN: ["starts_at", "pk"],
        }.get(request.GET.get("pile"), ["finalised_at", "pk"])

    def changelist_view(self, request, extra_context=None):
        context = {"title": _("Sessions à examiner et à publier"), **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.display(description=gettext_lazy("session"), ordering="pk")
    def number(self, session):
        return session.pk

    @admin.display(description=gettext_lazy("date"), ordering="starts_at")
    def day(self, session):
        return f"{session.date:%d/%m/%Y}"

    @admin.display(description=gettext_lazy("état"), ordering="state")
    def state_label(self, session):
        return session.get_state_display()

    @admin.display(
        description=gettext_lazy("finalisée le"), ordering="finalised_at", empty_value="–"
    )
    def finalised(self, session):
        """When, by the clock of the centre, and whether the 48 hours were over."""
        when = _moment(session) if session.finalised_at else ""
        if not session.is_late:
            return when
        return format_html('{} <strong class="flag">{}</strong>', when, _("En retard"))

    @admin.display(description=gettext_lazy("candidats"), ordering="candidate_count")
    def candidates(self, session):
        return session.candidate_count

    @admin.display(description=gettext_lazy("à traiter"), ordering="reports_to_resolve")
    def reports(self, session):
        return session.reports_to_resolve

    @admin.display(description=gettext_lazy("motif"))
    def motives(self, session):
        return ", ".join(short_reasons(session)).capitalize()

    @admin.display(description=gettext_lazy("prise en charge"), empty_value="–")
    def officer(self, session):
        closing_file = getattr(session, "closing_file", None)
        return closing_file and closing_file.officer

    @admin.action(description=gettext_lazy("Publier les résultats"))
    def publish_selected(self, request, queryset):
        """Asks first: only what is decided is proposed; the others are told, with why."""
        sessions = list(queryset)
        ready = [session for session in sessions if session.pile == Pile.READY]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publier les résultats\u00a0?"),
            "opts": self.opts,
            "ready": ready[:MOST_SESSIONS],
            "ready_count": len(ready),
            "most": MOST_SESSIONS,
            "set_aside": [
                (session, _why_aside(session)) for session in sessions if session.pile != Pile.READY
            ],
            "back": request.get_full_path(),
        }
        return render(request, "admin/review/publish_selected.html", context)


def _why_aside(session):
    return [_("Déjà publiée.")] if session.pile == Pile.PUBLISHED else reasons(session)


def _moment(session):
    local = session.finalised_at.astimezone(session.zone)
    text = f"{local:%d/%m/%Y} à {local.hour}\u00a0h\u00a0{local:%M}"
    if session.time_zone == settings.TIME_ZONE:
        return text
    place = session.time_zone.rpartition("/")[2].replace("_", " ")
    return f"{text} ({place})"
