"""The team of a centre: its members read it, its managers change it."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certif.accounts import actions, queries
from certif.accounts.forms import InvitationForm, RoleForm
from certif.accounts.models import Role
from certif.accounts.views.scope import (
    centre_in_scope,
    form_page,
    invitation_in_scope,
    member_in_scope,
)
from certif.audit.operations import done_already, operation_of
from certif.lib.forms import submit
from certif.lib.refusals import Refusal, status_of
from certif.lib.typography import de
from certif.lib.wallclock import zone_label


@require_safe
def team(request, centre_id):
    centre = centre_in_scope(request.user, centre_id)
    members = queries.team_of(centre)
    mine = next(member for member in members if member.user_id == request.user.pk)
    context = {
        "centre": centre,
        "members": members,
        "mine": mine,
        "is_manager": mine.role == Role.MANAGER,
        "invitations": queries.invitations_of(centre),
        "zone": zone_label(centre.time_zone),
        "lacks_second_factor": mine.role == Role.MANAGER and not mine.has_second_factor,
    }
    return render(request, "accounts/team.html", context)


@form_page
def invite(request, centre_id):
    centre = centre_in_scope(request.user, centre_id, Role.MANAGER)
    form = InvitationForm(request.POST or None, initial={"role": Role.MEMBER})
    refusal = None
    if request.method == "POST":
        send = partial(
            actions.invite_member, centre, by=request.user, operation=operation_of(request)
        )
        try:
            if invitation := submit(form, send):
                return _sent(request, invitation)
        except Refusal as error:
            refusal = error
    context = {
        "centre": centre,
        "form": form,
        "refusal": refusal,
        "waiting": getattr(refusal, "invitation", None),
    }
    status = 422 if form.errors else _status(refusal)
    return render(request, "accounts/invite.html", context, status=status)


@require_POST
def invitation_resend(request, centre_id, invitation_id):
    centre = centre_in_scope(request.user, centre_id, Role.MANAGER)
    invitation = invitation_in_scope(centre, invitation_id)
    actions.resend_invitation(invitation, by=request.user, operation=operation_of(request))
    return _sent(request, invitation)


def _sent(request, invitation):
    sentence = _("L’invitation part à l’adresse %(email)s. Elle vaut sept jours.")
    if settings.DEMO:
        sentence += " " + _("Dans cette démonstration, le message s’affiche sur le terminal.")
    messages.success(request, sentence % {"email": invitation.email})
    return redirect("accounts:team", invitation.centre_id)


@form_page
def invitation_withdraw(request, centre_id, invitation_id):
    centre = centre_in_scope(request.user, centre_id, Role.MANAGER)
    invitation = invitation_in_scope(centre, invitation_id)
    if request.method == "POST":
        actions.withdraw_invitation(invitation, by=request.user, operation=operation_of(request))
        messages.success(request, _("L’invitation est retirée : son lien ne sert plus."))
        return redirect("accounts:team", centre.pk)
    context = {"centre": centre, "invitation": invitation}
    return render(request, "accounts/invitation_withdraw.html", context)


@form_page
def member_role(request, centre_id, membership_id):
    centre = centre_in_scope(request.user, centre_id, Role.MANAGER)
    member = member_in_scope(centre, membership_id)
    form = RoleForm(request.POST or None, initial={"role": member.role})
    refusal = None
    if request.method == "POST":
        change = partial(
            actions.change_role, member, by=request.user, operation=operation_of(request)
        )
        try:
            if submit(form, change):
                messages.success(
                    request,
                    _("Le rôle %(of_name)s est enregistré.") % {"of_name": de(member.user.name)},
                )
                return redirect("accounts:team", centre.pk)
        except Refusal as error:
            refusal = error
    context = {"centre": centre, "member": member, "form": form, "refusal": refusal}
    status = 422 if form.errors else _status(refusal)
    return render(request, "accounts/member_role.html", context, status=status)


@form_page
def member_remove(request, centre_id, membership_id):
    centre = centre_in_scope(request.user, centre_id, Role.MANAGER)
    if done_already(request, "membership.removed"):
        return redirect("accounts:team", centre.pk)
    member = member_in_scope(centre, membership_id)
    remove = partial(
        actions.remove_member, member, by=request.user, operation=operation_of(request)
    )
    refusal = _refusal_of(remove) if request.method == "POST" else None
    if request.method == "POST" and refusal is None:
        messages.success(
            request, _("%(name)s ne fait plus partie de l’équipe.") % {"name": member.user.name}
        )
        return redirect("accounts:team", centre.pk)
    context = {"centre": centre, "member": member, "refusal": refusal}
    return render(request, "accounts/member_remove.html", context, status=_status(refusal))


@form_page
def centre_leave(request, centre_id):
    if done_already(request, "membership.left"):
        return redirect("accounts:landing")
    centre = centre_in_scope(request.user, centre_id)
    mine = request.user.memberships.get(centre=centre)
    leave = partial(actions.leave_centre, mine, by=request.user, operation=operation_of(request))
    refusal = _refusal_of(leave) if request.method == "POST" else None
    if request.method == "POST" and refusal is None:
        messages.success(request, _("Vous avez quitté : %(centre)s.") % {"centre": centre.name})
        return redirect("accounts:landing")
    context = {"centre": centre, "refusal": refusal}
    return render(request, "accounts/centre_leave.html", context, status=_status(refusal))


def _refusal_of(act):
    try:
        act()
    except Refusal as refusal:
        return refusal
    return None


def _status(refusal):
    return status_of(refusal) if refusal else 200
