"""Who acts for a centre. Every change is made under the centre's lock: a manager always remains."""

from django.db import transaction

from certif.accounts.actions.refusals import LastManager, NoLongerMember, NotManager
from certif.accounts.models import Centre, Membership, Role
from certif.audit.models import record, replayed


def lock_as_manager(centre, by):
    """The centre, locked, if this person still manages it."""
    centre = Centre.objects.locked().get(pk=centre.pk)
    if not active_managers(centre).filter(user=by).exists():
        raise NotManager
    return centre


def active_managers(centre):
    return Membership.objects.filter(
        centre=centre, role=Role.MANAGER, is_active=True, user__is_active=True
    )


@transaction.atomic
def change_role(membership, *, role, by, operation=None):
    """Give a member this role. Raises NotManager, NoLongerMember, LastManager."""
    centre = lock_as_manager(membership.centre, by)
    membership = _active(membership)
    if replayed(operation, by=by) or membership.role == role:
        return membership
    if role != Role.MANAGER:
        _keep_a_manager(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    record(
        "membership.role_changed",
        by=by,
        operation=operation,
        centre=centre,
        person=membership.user_id,
        role=str(Role(role).label),
    )
    return membership


@transaction.atomic
def remove_member(membership, *, by, operation=None):
    """End somebody's membership; the row is kept, since it says who could act.

    Raises NotManager, LastManager. Repeating it changes nothing.
    """
    centre = lock_as_manager(membership.centre, by)
    _end("membership.removed", membership, by, operation, centre)


@transaction.atomic
def leave_centre(membership, *, by, operation=None):
    """End one's own membership. Raises LastManager. Repeating it changes nothing."""
    centre = Centre.objects.locked().get(pk=membership.centre_id)
    _end("membership.left", membership, by, operation, centre)


def _end(kind, membership, by, operation, centre):
    membership = Membership.objects.select_related("user").get(pk=membership.pk)
    if replayed(operation, by=by) or not membership.is_active:
        return
    _keep_a_manager(membership)
    membership.is_active = False
    membership.save(update_fields=["is_active"])
    record(kind, by=by, operation=operation, centre=centre, person=membership.user_id)


def _active(membership):
    membership = Membership.objects.select_related("user").get(pk=membership.pk)
    if not membership.is_active:
        raise NoLongerMember
    return membership


def _keep_a_manager(membership):
    """Call it before a manager is taken from the centre."""
    others = active_managers(membership.centre_id).exclude(pk=membership.pk)
    if membership.role == Role.MANAGER and not others.exists():
        raise LastManager
