"""What happened in a session or in a centre, and who opened the records of minors: on screen, and as files."""

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from certif.accounts.models import Role
from certif.accounts.views.scope import centre_in_scope
from certif.audit.models import record
from certif.lib.wallclock import zone_label
from sessions import queries
from sessions.documents.events import EVENT_FILES

PARTS = {"history": queries.history_for_centre, "openings": queries.openings}


@require_safe
def session_history(request, pk):
    session = queries.session_in_scope(request.user, pk)
    return _page(request, session, "history", is_manager=queries.is_manager(request.user, session))


@require_safe
def session_openings(request, pk):
    session = queries.session_in_scope(request.user, pk, Role.MANAGER)
    return _page(request, session, "openings", is_manager=True)


@require_safe
def history_file(request, pk, extension):
    return _file(request, queries.session_in_scope(request.user, pk), "history", extension)


@require_safe
def openings_file(request, pk, extension):
    session = queries.session_in_scope(request.user, pk, Role.MANAGER)
    return _file(request, session, "openings", extension)


@require_safe
def centre_history(request, centre_id):
    centre = centre_in_scope(request.user, centre_id, Role.MANAGER)
    events = queries.history_of_centre(centre)
    context = {
        "centre": centre,
        "page": queries.page_of_events(
            events, number=request.GET.get("page"), zone=ZoneInfo(centre.time_zone)
        ),
        "zone": zone_label(centre.time_zone),
    }
    return render(request, "sessions/centre_history.html", context)


def _page(request, session, part, *, is_manager):
    sort = request.GET.get("quoi", "") if part == "history" else ""
    events = queries.of_sort(PARTS[part](session), sort)
    number = request.GET.get("page")
    context = {
        **queries.session_page(session, current="sessions:session_history"),
        "page": queries.page_of_events(events, number=number, zone=session.zone),
        "sorts": [(key, label, key == sort) for key, label in queries.LABELS.items()],
        "sort": sort,
        "zone": zone_label(session.time_zone),
        "files": [
            (extension, reverse(f"sessions:{part}_{extension}", args=[session.pk]))
            for extension in reversed(EVENT_FILES)
        ],
        "is_manager": is_manager,
        "shows_openings": part == "openings",
    }
    return render(request, "sessions/session_history.html", context)


def _file(request, session, part, extension):
    """Noted in the history, of which it does not hold the line: names of minors leave the site."""
    written, content_type = EVENT_FILES[extension]
    content = written(session, queries.told(list(PARTS[part](session))))
    if request.method == "GET":
        record(f"{part}.downloaded", by=request.user, session=session, what=extension)
    name = {"history": "historique", "openings": "consultations"}[part]
    filename = f"{name}-session-{session.pk}.{extension}"
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
