"""How long a login stands without a gesture of its person, and at the longest (docs/adr/0012).

What the server sees of a gesture is a request that no timer of a page sends. The end of a login is the
one date that Django keeps with it: the polls answered in front of Django ask the same date.
"""

from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils import timezone

from certif.lib.shortage import note_who_reads

BEGAN = "login_began"

# Sent by pages that nobody touches.
POLLS = {
    "accounts:login_end",
    "exam:beat",
    "exam:problem_wait",
    "exam:waiting",
    "finalisation:live",
    "finalisation:sealed",
    "invigilation:board_live",
    "invigilation:code_asks",
}
# Regions of a page that ask its own address again by themselves: the person who opens it makes a gesture.
POLLED_REGIONS = {"import-state", "print-run", "publication"}
# Where one may look at a screen for hours without a touch, and must not be put out of it: the pages of
# one room or of one candidate, and what is done there. Neither the ways in, nor the way out.
OF_A_SITTING = {"exam", "invigilation"}
OF_ONE = {"session_id", "candidate_id"}
WAY_OUT = "invigilation:leave"


def is_gesture(request):
    if request.resolver_match.view_name in POLLS:
        return False
    return not (request.method == "GET" and request.htmx and request.htmx.target in POLLED_REGIONS)


def limits(*, sitting):
    """Without a gesture, and at the longest; those of a sitting are longer."""
    if sitting:
        return settings.LOGIN_SITTING, settings.LOGIN_LASTS + settings.LOGIN_SITTING
    return settings.LOGIN_IDLE, settings.LOGIN_LASTS


def end_after_a_gesture(session, *, sitting, now):
    idle, longest = limits(sitting=sitting)
    began = datetime.fromtimestamp(session.setdefault(BEGAN, int(now.timestamp())), now.tzinfo)
    return min(now + idle, began + longest)


def note_gesture(session, place):
    """Written when it adds a tenth of the limit without a gesture, so that a busy person costs little."""
    sitting = is_of_a_sitting(place)
    end = end_after_a_gesture(session, sitting=sitting, now=timezone.now())
    idle, _ = limits(sitting=sitting)
    if end - session.ends_at > idle / 10:
        note_who_reads(partial(session.stand_until, end))


def is_of_a_sitting(place):
    return (
        place is not None
        and place.view_name != WAY_OUT
        and not OF_A_SITTING.isdisjoint(place.app_names)
        and not OF_ONE.isdisjoint(place.kwargs)
    )


def place_before(request):
    """The page a form was sent from, if it is one of ours."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host():
        return None, ""
    try:
        return resolve(referer.path), referer.path
    except Resolver404:
        return None, ""


def leave_the_sitting(session):
    """Whoever left the room is idle as anywhere else."""
    session.stand_until(end_after_a_gesture(session, sitting=False, now=timezone.now()))


def note_beginning(request, **kwargs):
    request.session[BEGAN] = int(timezone.now().timestamp())
