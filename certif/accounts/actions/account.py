from django.db import transaction

from certif.accounts.models import User
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
