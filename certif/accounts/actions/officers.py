"""What follows from an officer's edit in the admin: the edit itself is written by the admin's form."""

from allauth.account.models import EmailAddress

from certif.accounts.models import Role
from certif.audit.models import record

_following = []


def tell_zone_followed(follow):
    """`follow(centre, by=…)` when its zone changes: gives the sentences for the officer. From `ready`."""
    _following.append(follow)


def follow_zone(centre, *, by):
    return [sentence for follow in _following for sentence in follow(centre, by=by)]


def keep_one_address(user):
    """An address that was replaced no longer logs in, nor receives a link to a new password."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()


def tell_centre_edited(centre, *, is_new, labels, by):
    if is_new:
        record("centre.created", by=by, centre=centre)
    elif labels:
        record("centre.edited", by=by, centre=centre, changes=", ".join(labels))


def tell_membership_edited(membership, *, changed, by):
    """`changed` names the fields that moved; a new membership moved from inactive."""
    if not membership.is_active:
        kind = "membership.removed" if "is_active" in changed else ""
    else:
        kind = "membership.granted" if "is_active" in changed else "membership.role_changed"
    if kind:
        record(
            kind,
            by=by,
            centre=membership.centre,
            person=membership.user_id,
            role=str(Role(membership.role).label),
        )
