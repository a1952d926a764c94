"""Whoever leaves a shared screen leaves nothing in it.

A browser may keep whole pages in memory, whatever they say of storing them (Cache-Control): it lets
them go when it is told to clear its cache, and when a cookie that scripts cannot read has changed.
"""

from functools import wraps

from django.contrib import messages
from django.middleware.csrf import rotate_token

CACHE, STORAGE = "cache", "storage"


def clear(response, *kinds):
    """Never the cookies: the seat of a test is one, and whoever logs out by mistake comes back to it."""
    response["Clear-Site-Data"] = ", ".join(f'"{kind}"' for kind in kinds)
    return response


def leaving_nothing(view):
    """A logout: sentences not shown yet are of the person who leaves."""

    @wraps(view)
    def answered(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if request.method != "POST" or request.user.is_authenticated:
            return response
        list(messages.get_messages(request))
        rotate_token(request)
        return clear(response, CACHE, STORAGE)

    return answered
