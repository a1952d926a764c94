"""An invitation is answered once, by the account of its address, within seven days."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.accounts import throttle, tokens
from certif.accounts.actions.refusals import (
    AlreadyInvited,
    AlreadyMember,
    InvitationOver,
    InvitationUnusable,
    NotForThisAccount,
)
from certif.accounts.actions.team import lock_as_manager
from certif.accounts.models import Centre, Invitation, Membership, Role
from certif.accounts.tasks import send_invitation
from certif.audit.models import record, replayed

VALID_FOR = timedelta(days=7)
INVITATIONS_PER_HOUR = 30

UNKNOWN, ACCEPTED, WITHDRAWN, EXPIRED = "unknown", "accepted", "withdrawn", "expired"


@transaction.atomic
def invite_member(centre, *, email, role, by, operation=None):
    """Offer a place in the centre to the account, existing or not, of an address.

    Raises NotManager, AlreadyMember, AlreadyInvited, TooManyTries.
    """
    centre = lock_as_manager(centre, by)
    if event := replayed(operation, by=by):
        return Invitation.objects.get(pk=event.data["invitation"])
    email = email.lower()
    if Membership.objects.filter(centre=centre, is_active=True, user__email=email).exists():
        raise AlreadyMember(field="email")
    if invitation := Invitation.objects.open().filter(centre=centre, email=email).first():
        raise AlreadyInvited(invitation)
    invitation = Invitation.objects.create(
        centre=centre,
        email=email,
        role=role,
        invited_by=by,
        expires_at=timezone.now() + VALID_FOR,
        **tokens.draw(),
    )
    _send("invitation.sent", invitation, by, operation, role=str(Role(role).label))
    return invitation


@transaction.atomic
def resend_invitation(invitation, *, by, operation=None):
    """A new link for seven more days; the old one dies. Raises NotManager, InvitationOver."""
    lock_as_manager(invitation.centre, by)
    invitation = Invitation.objects.select_related("centre").get(pk=invitation.pk)
    if replayed(operation, by=by):
        return invitation
    if not invitation.is_open:
        raise InvitationOver
    drawn = tokens.draw()
    invitation.seed, invitation.token_hash = drawn["seed"], drawn["token_hash"]
    invitation.expires_at = timezone.now() + VALID_FOR
    invitation.save(update_fields=["seed", "token_hash", "expires_at"])
    _send("invitation.sent_again", invitation, by, operation)
    return invitation


@transaction.atomic
def withdraw_invitation(invitation, *, by, operation=None):
    """The link dies at once. Raises NotManager, InvitationOver. Repeating it changes nothing."""
    centre = lock_as_manager(invitation.centre, by)
    invitation = Invitation.objects.get(pk=invitation.pk)
    if replayed(operation, by=by) or invitation.withdrawn_at:
        return
    if not invitation.is_open:
        raise InvitationOver
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    record(
        "invitation.withdrawn",
        by=by,
        operation=operation,
        centre=centre,
        invitation=invitation.pk,
    )


def find_invitation(token):
    """The invitation this link still opens. Raises InvitationUnusable."""
    invitation = (
        Invitation.objects.filter(token_hash=tokens.digest(token))
        .select_related("centre", "invited_by")
        .first()
    )
    if invitation is None:
        raise InvitationUnusable(UNKNOWN)
    if invitation.accepted_at:
        raise InvitationUnusable(ACCEPTED)
    if invitation.withdrawn_at:
        raise InvitationUnusable(WITHDRAWN)
    if invitation.is_expired:
        raise InvitationUnusable(EXPIRED)
    return invitation


@transaction.atomic
def accept_invitation(token, *, by, operation=None):
    """Join the centre: the answer and the membership are written together.

    Raises InvitationUnusable, NotForThisAccount. Repeating it with the same form changes nothing.
    """
    invitation = Invitation.objects.filter(token_hash=tokens.digest(token)).first()
    if invitation is None:
        raise InvitationUnusable(UNKNOWN)
    centre = Centre.objects.locked().get(pk=invitation.centre_id)
    if replayed(operation, by=by):
        return centre
    invitation = find_invitation(token)
    if invitation.email != by.email:
        raise NotForThisAccount
    invitation.accepted_at, invitation.accepted_by = timezone.now(), by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    membership = _join(centre, by, invitation.role)
    record(
        "invitation.accepted",
        by=by,
        operation=operation,
        centre=centre,
        role=str(Role(membership.role).label),
    )
    return centre


def _join(centre, user, role):
    """Whoever came back meanwhile keeps the role given since."""
    membership = Membership.objects.filter(centre=centre, user=user).first()
    if membership is None:
        return Membership.objects.create(centre=centre, user=user, role=role)
    if not membership.is_active:
        membership.is_active, membership.role = True, role
        membership.created_at = timezone.now()
        membership.save(update_fields=["is_active", "role", "created_at"])
    return membership


def _send(kind, invitation, by, operation, **data):
    """The mail leaves with the transaction. What is refused is not counted."""
    throttle.take_place(
        f"invitations:{invitation.centre_id}",
        limit=INVITATIONS_PER_HOUR,
        seconds=3600,
        sentence=_("Ce centre a déjà envoyé 30 invitations en une heure."),
    )
    record(
        kind,
        by=by,
        operation=operation,
        centre=invitation.centre,
        invitation=invitation.pk,
        **data,
    )
    send_invitation.enqueue(invitation.pk, invitation.token_hash)
