"""Whoever logs out of a shared screen leaves nothing in it.

A page that a browser keeps in memory, whatever it says of storing it (Cache-Control), comes back empty
and is asked of the server again (static/js/app.js). The browser is not told to clear its cache as well:
on a real profile some take many seconds to do it, and the answer waits for them.
"""

from functools import wraps

from django.contrib import messages
from django.middleware.csrf import rotate_token

# Never the cookies: the seat of a test is one, and whoever logs out by mistake comes back to it.
CLEARED = '"storage"'


def leaving_nothing(view):
    """A logout: sentences not shown yet are of the person who leaves."""

    @wraps(view)
    def answered(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if request.method != "POST" or request.user.is_authenticated:
            return response
        list(messages.get_messages(request))
        rotate_token(request)
        response["Clear-Site-Data"] = CLEARED
        return response

    return answered
