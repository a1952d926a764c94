from django.db import transaction
from django.utils import timezone

from certif.accounts import throttle
from certif.accounts.adapter import login_key, mails_key, second_factor_key
from certif.accounts.models import User
from certif.accounts.queries import logins_of
from certif.audit.models import record, replayed


@transaction.atomic
def rename(user, *, first_name, last_name, by, operation=None):
    """Change how a person is named on screen and in the history."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if replayed(operation, by=by) or (user.first_name, user.last_name) == (first_name, last_name):
        return user
    user.first_name, user.last_name = first_name, last_name
    user.save(update_fields=["first_name", "last_name"])
    record("account.renamed", by=by, operation=operation)
    return user


@transaction.atomic
def close_other_logins(user, *, but, operation=None):
    """Every login of the account ends but this one, at its next request, polls included."""
    if replayed(operation, by=user):
        return
    others = logins_of(user, timezone.now()).exclude(session_key=but)
    closed, _ = others.delete()
    if closed:
        record("account.logins_closed", by=user, operation=operation, n=closed)


@transaction.atomic
def unlock(user, *, by):
    """An officer ends the waits before this account's password, code, and link to a new password."""
    for key in (login_key(user.email), mails_key(user.email), second_factor_key(user)):
        throttle.clear_everywhere(key)
    record("account.unlocked", by=by, person=user.pk)
