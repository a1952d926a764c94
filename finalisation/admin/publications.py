"""« Publications groupées »: asked for from the list of sessions, followed on a page of their own."""

from datetime import timedelta

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from certif.audit.operations import operation_of
from certif.lib.admin import ReadOnlyAdmin
from certif.lib.refusals import InvalidInput
from finalisation import actions
from finalisation.admin.pages import render_page, told
from finalisation.models import PublicationRun

NAME = "finalisation_publicationrun"
SILENT_AFTER = timedelta(minutes=1)
# The longer nothing comes, the less often the page asks, in seconds.
PACES = [(SILENT_AFTER, 1), (timedelta(hours=1), 10), (timedelta.max, 60)]


def with_counts(runs):
    settled = Q(lines__settled_at__isnull=False)
    return runs.select_related("asked_by").annotate(
        asked=Count("lines"),
        waiting=Count("lines", filter=~settled),
        published=Count("lines", filter=settled & Q(lines__refusal="")),
        refused=Count("lines", filter=~Q(lines__refusal="")),
    )


@require_POST
def ask(request):
    asked = request.POST.getlist("session")
    pks = {int(pk) for pk in asked if pk.isascii() and pk.isdigit() and len(pk) < 19}
    try:
        run = actions.ask_publication(pks, by=request.user, operation=operation_of(request))
    except InvalidInput as refusal:
        messages.error(request, refusal.sentence)
        return redirect("admin:exam_sessions_examsession_changelist")
    return redirect(f"admin:{NAME}_change", run.pk)


@require_safe
def follow(request, run_id):
    """How far it is. Asks again by itself until each session is published or refused."""
    run = get_object_or_404(with_counts(PublicationRun.objects), pk=run_id)
    lines = list(run.lines.select_related("session__centre"))
    now = timezone.now()
    silence = now - _last_sign(run, lines, now)
    again_at = actions.next_try(run, now) if run.waiting else None
    pace = next(seconds for lasting, seconds in PACES if silence < lasting)
    version = f"{run.waiting}-{pace}-{again_at:%H%M%S}" if again_at else f"{run.waiting}-{pace}"
    if request.htmx and request.GET.get("v") == version:
        return HttpResponse(status=204)
    context = {
        "run": run,
        "lines": lines,
        "done": run.asked - run.waiting,
        "again_at": again_at,
        "is_silent": silence >= SILENT_AFTER,
        "pace": pace,
        "version": version,
    }
    template = "publication_polled" if request.htmx else "publication"
    title = _("Publication des résultats")
    return render_page(request, f"admin/review/{template}.html", title, context)


def _last_sign(run, lines, now):
    """When a session was settled, or a try was due: something is to come soon after."""
    due = actions.last_due(run, now)
    return max([due, *(line.settled_at for line in lines if line.settled_at)])


@admin.register(PublicationRun)
class PublicationRunAdmin(ReadOnlyAdmin):
    """Read only: what was asked, and what became of it."""

    list_display = ["moment", "asked_by", "asked", "published", "refused", "waiting"]
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request):
        return with_counts(super().get_queryset(request))

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name=f"{NAME}_changelist"),
            path("demander/", wrap(ask), name=f"{NAME}_ask"),
            path("<uuid:run_id>/", wrap(follow), name=f"{NAME}_change"),
        ]

    @admin.display(description=gettext_lazy("demandée le"), ordering="asked_at")
    def moment(self, run):
        return told(run.asked_at)

    @admin.display(description=gettext_lazy("sessions"))
    def asked(self, run):
        return run.asked

    @admin.display(description=gettext_lazy("publiées"))
    def published(self, run):
        return run.published

    @admin.display(description=gettext_lazy("refusées"))
    def refused(self, run):
        return format_html('<strong class="flag">{}</strong>', run.refused) if run.refused else 0

    @admin.display(description=gettext_lazy("en attente"))
    def waiting(self, run):
        return run.waiting
