"""How long the login of this page still stands, and the button that prolongs it."""

from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from certif.accounts.logins import note_gesture, place_before


@require_safe
def login_end(request):
    """Asked by the pages, not by their person: it prolongs nothing."""
    return _told(request)


@require_POST
def stay(request):
    """A gesture where the page is; without JavaScript, back to it."""
    place, path = place_before(request)
    note_gesture(request.session, place)
    if "application/json" in request.headers.get("Accept", ""):
        return _told(request)
    return redirect(path or "root")


def _told(request):
    """With the token of now: a login renewed in another tab has changed that of the page."""
    told = {"seconds": request.session.seconds_left, "account": request.user.pk}
    return JsonResponse(told | {"token": get_token(request)})
