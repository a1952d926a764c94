"""Who may open which page of a centre, and what its forms have in common."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from certif.accounts.models import Centre
from sessions import actions

form_page = require_http_methods(["GET", "HEAD", "POST"])


def centre_in_scope(user, pk):
    return get_object_or_404(Centre.objects.for_member(user), pk=pk)


def require_open(session):
    if not session.is_open:
        raise actions.SessionClosed


def version_of_form(request, current):
    """The version a form was made from: the present one when it is being made."""
    return request.POST.get("version", "") if request.method == "POST" else current
