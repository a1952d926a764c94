"""In which login a code was given: a password alone opened the others."""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled

from certif.accounts.actions import close_other_logins

BY_CODE = "mfa"


def gave_a_code(request):
    """Of a second factor that is still there."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == BY_CODE for record in records) and is_mfa_enabled(request.user)


def note_activation(request, user, authenticator, **kwargs):
    """Its first code was given here; whoever else holds a login of this account gave none."""
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(request, user, BY_CODE, id=authenticator.pk, type=authenticator.type)
        close_other_logins(user, but=request.session.session_key)
