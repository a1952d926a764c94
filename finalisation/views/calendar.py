from django.http import HttpResponse
from django.views.decorators.http import require_safe

from finalisation.deadline import calendar_event
from sessions.queries import session_in_scope


@require_safe
def deadline(request, pk):
    """The last moment of the finalisation, for a calendar."""
    session = session_in_scope(request.user, pk)
    return HttpResponse(
        calendar_event(session),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="finalisation-{session.pk}.ics"'},
    )
