"""What the room reads and never writes: the steps of the day, who did what."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from invigilation.views.room import or_the_door
from invigilation.views.scope import enrolled, seen_ago, watched_session
from sessions.openings import note_candidate_opened
from sessions.queries import history_of


@require_safe
@or_the_door
def steps(request, session_id):
    """The steps of the day, as the guides of the invigilator give them (000, 001, 004)."""
    session = watched_session(request, session_id)
    return render(request, "invigilation/steps.html", {"session": session})


@require_safe
def history(request, session_id, candidate_id):
    """Who did what about a candidate, from his enrolment on."""
    session = watched_session(request, session_id)
    candidate = enrolled(session, candidate_id)
    note_candidate_opened(request, candidate)
    context = {
        "session": session,
        "candidate": candidate,
        "seen_ago": seen_ago(candidate),
        "events": history_of(candidate),
    }
    return render(request, "invigilation/history.html", context)
