"""The way in of somebody invited: the address comes from the invitation, never from the URL."""

from django.urls import Resolver404, resolve

from certif.accounts.actions import InvitationUnusable, find_invitation


def invited_address(request):
    """The address an invitation is for, when the page after the login is that invitation."""
    try:
        match = resolve(request.GET.get("next", ""))
    except Resolver404:
        return ""
    if match.view_name != "accounts:invitation":
        return ""
    try:
        return find_invitation(match.kwargs["token"]).email
    except InvitationUnusable:
        return ""
