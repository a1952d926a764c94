from allauth.mfa.models import Authenticator
from django.db import transaction

from certif.accounts.seeds import Unreadable, seal, unseal

# Where allauth keeps them: that of the application of codes, that of the recovery codes.
FIELDS = ("secret", "seed")


def seal_seeds():
    """Each by the present key. Gives how many are, and how many no key of the settings reads."""
    sealed = [_seal(pk) for pk in Authenticator.objects.values_list("pk", flat=True)]
    return sealed.count(True), sealed.count(False)


@transaction.atomic
def _seal(pk):
    """None for one that was taken off meanwhile."""
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if factor is None:
        return None
    try:
        factor.data |= {
            name: seal(unseal(factor.data[name])) for name in FIELDS if name in factor.data
        }
    except Unreadable:
        return False
    factor.save(update_fields=["data"])
    return True
