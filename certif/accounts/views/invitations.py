"""The page an invitation leads to. Opening it accepts nothing; a button does."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from certif.accounts import actions
from certif.accounts.actions.invitations import UNKNOWN
from certif.audit.operations import operation_of
from certif.lib.wallclock import zone_label


def secret_address(view):
    """The address holds the token: it is kept by no cache and told to no other page."""

    @login_not_required
    @never_cache
    @wraps(view)
    def answered(request, token):
        try:
            response = view(request, token)
        except actions.InvitationUnusable as unusable:
            response = _unusable(request, unusable.reason)
        # « no-referrer » would blank the Origin that the protection of forms reads.
        response["Referrer-Policy"] = "strict-origin"
        return response

    return answered


def _unusable(request, reason):
    """Gone, and why; what never was is not found."""
    status = 404 if reason == UNKNOWN else 410
    return render(request, "accounts/invitation_over.html", {"reason": reason}, status=status)


@secret_address
@require_safe
def invitation(request, token):
    return _page(request, token)


@secret_address
@require_POST
def invitation_accept(request, token):
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("accounts:invitation", args=[token]))
    try:
        centre = actions.accept_invitation(token, by=request.user, operation=operation_of(request))
    except actions.NotForThisAccount:
        return _page(request, token, status=409)
    messages.success(request, _("Vous faites partie de l’équipe : %(c)s.") % {"c": centre.name})
    return redirect("sessions:session_list", centre.pk)


def _page(request, token, status=200):
    invitation = actions.find_invitation(token)
    context = {
        "invitation": invitation,
        "token": token,
        "zone": zone_label(invitation.centre.time_zone),
        "is_theirs": request.user.is_authenticated and request.user.email == invitation.email,
    }
    return render(request, "accounts/invitation.html", context, status=status)
