"""What people do to their account and to the team of a centre. Every write of this app is here."""

from certif.accounts.actions.account import close_other_logins, rename, unlock
from certif.accounts.actions.invitations import (
    accept_invitation,
    find_invitation,
    invite_member,
    resend_invitation,
    withdraw_invitation,
)
from certif.accounts.actions.refusals import (
    AlreadyInvited,
    AlreadyMember,
    InvitationOver,
    InvitationUnusable,
    LastManager,
    NoLongerMember,
    NotForThisAccount,
    NotManager,
)
from certif.accounts.actions.team import change_role, leave_centre, remove_member

__all__ = [
    "AlreadyInvited",
    "AlreadyMember",
    "InvitationOver",
    "InvitationUnusable",
    "LastManager",
    "NoLongerMember",
    "NotForThisAccount",
    "NotManager",
    "accept_invitation",
    "change_role",
    "close_other_logins",
    "find_invitation",
    "invite_member",
    "leave_centre",
    "remove_member",
    "rename",
    "resend_invitation",
    "unlock",
    "withdraw_invitation",
]
