"""Who may open which page of a team, and what its forms have in common."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from certif.accounts.models import Centre, Invitation, Membership

form_page = require_http_methods(["GET", "HEAD", "POST"])


def centre_in_scope(user, pk, *roles):
    return get_object_or_404(Centre.objects.for_member(user, *roles), pk=pk)


def member_in_scope(centre, pk):
    members = Membership.objects.filter(centre=centre, is_active=True)
    return get_object_or_404(members.select_related("centre", "user"), pk=pk)


def invitation_in_scope(centre, pk):
    return get_object_or_404(Invitation.objects.filter(centre=centre), pk=pk)
