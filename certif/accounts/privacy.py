"""Accounts, and what the packages in front of them keep: logins, administration, tasks."""

import json
from datetime import UTC, datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q, TextField
from django.db.models.functions import Cast, Coalesce
from django_tasks_db.models import DBTaskResult

from certif.accounts.models import (
    ERASED_ADDRESS,
    Centre,
    Invitation,
    Membership,
    SecretTries,
    User,
)
from certif.lib.privacy import Category, personal, rows_deleted

PERSONAL = {
    User: personal(Category.IDENTITY, "accounts", "first_name last_name")
    | personal(Category.CONTACT, "accounts", "email")
    | personal(Category.SECRET, "accounts", "password")
    | personal(Category.CONNECTION, "accounts", "last_login"),
    Invitation: personal(Category.CONTACT, "invitations", "email")
    | personal(Category.SECRET, "invitations", "token_hash seed"),
    SecretTries: personal(Category.CONNECTION, "tries", "key"),
}
OURS = {
    Centre: "name kind external_id address postcode city time_zone",
    Membership: "role",
    Invitation: "role",
}
WITH_ROW = {
    User: "is_superuser is_staff is_active date_joined",
    Membership: "user centre is_active created_at",
    Invitation: "centre invited_by created_at expires_at accepted_at accepted_by withdrawn_at",
    SecretTries: "failures last_at blocked_until",
}


def erase_accounts(users):
    """The row stays, which others name as their author: without a name, an address, nor a way in."""
    ids = [user.pk for user in users]
    addresses = [user.email for user in users]
    for user in users:
        user.groups.clear()
        user.user_permissions.clear()
        User.objects.filter(pk=user.pk).update(
            email=ERASED_ADDRESS.format(user.pk),
            first_name="",
            last_name="",
            password=make_password(None),
            last_login=None,
            is_active=False,
            is_staff=False,
            is_superuser=False,
        )
    EmailAddress.objects.filter(user__in=ids).delete()
    Authenticator.objects.filter(user__in=ids).delete()
    Membership.objects.filter(user__in=ids).update(is_active=False)
    Invitation.objects.filter(email__in=addresses).delete()
    _forget_journal(users)
    _forget_tasks(addresses)


def _forget_journal(users):
    """The lines about them, and those about their centre that name them."""
    about = ContentType.objects.get_for_model(User)
    theirs = Q(content_type=about, object_id__in=[str(user.pk) for user in users])
    for said in {said for user in users for said in (user.name, user.email)}:
        theirs |= Q(object_repr__icontains=said) | Q(change_message__icontains=_in_json(said))
    LogEntry.objects.filter(theirs).delete()


def _in_json(text):
    return json.dumps(text)[1:-1]


def _forget_tasks(addresses):
    """The queue keeps the address of a mail that left."""
    tasks = DBTaskResult.objects.alias(said=Cast("args_kwargs", TextField()))
    for address in addresses:
        tasks.filter(said__icontains=f'"{address}"').delete()


def unused_accounts(limit):
    used = User.objects.alias(used=Coalesce("last_login", "date_joined"))
    return used.filter(used__lt=limit).exclude(email__endswith=ERASED_ADDRESS.format(""))


def _over_invitations(limit):
    over = Invitation.objects.alias(over=Coalesce("accepted_at", "withdrawn_at", "expires_at"))
    return over.filter(over__lt=limit)


def _old_tries(limit):
    second = int(limit.timestamp())
    now = int(datetime.now(UTC).timestamp())
    return SecretTries.objects.filter(last_at__lt=second, blocked_until__lt=now)


RULES = [
    rows_deleted("invitations", "invitations", _over_invitations),
    rows_deleted("tries", "compteurs d’essais", _old_tries),
    rows_deleted(
        "logins", "connexions expirées", lambda limit: Session.objects.filter(expire_date__lt=limit)
    ),
    rows_deleted(
        "connections",
        "journal de l’administration",
        lambda limit: LogEntry.objects.filter(action_time__lt=limit),
    ),
    rows_deleted(
        "tasks",
        "tâches terminées ou interrompues",
        lambda limit: DBTaskResult.objects.alias(over=Coalesce("finished_at", "started_at")).filter(
            over__lt=limit
        ),
    ),
]
