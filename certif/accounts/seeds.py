"""The seeds of second factors: unreadable to whoever has the database and not the key of the site.

Sealed by SECRET_KEY, read by those of before too, until they are taken out of the settings. One that
was kept before seeds were sealed is read as it is, until `manage.py seal_seeds`.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.utils.crypto import salted_hmac

from certif.lib.fast_path import secrets_in_use

SALT = "certif.accounts.seeds"
MARK = "sealed:"


class Unreadable(Exception):
    """Sealed by a key that is no longer in the settings."""


def seal(seed):
    return MARK + _keys().encrypt(seed.encode()).decode()


def unseal(kept):
    if not kept.startswith(MARK):
        return kept
    try:
        return _keys().decrypt(kept.removeprefix(MARK)).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _keys():
    return MultiFernet([_key_of(secret) for secret in secrets_in_use()])


@cache
def _key_of(secret):
    digest = salted_hmac(SALT, "", secret=secret, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))
