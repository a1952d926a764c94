"""The link of an invitation: drawn from a seed and the key of the site, so that neither the
database, nor its copies, nor the queue of mails can open a centre."""

import hashlib
import uuid

from django.utils.crypto import salted_hmac

SALT = "certif.accounts.invitation"


def token_of(seed):
    return salted_hmac(SALT, seed.hex, algorithm="sha256").hexdigest()


def digest(token):
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def draw():
    """A new seed and the digest of its token."""
    seed = uuid.uuid4()
    return {"seed": seed, "token_hash": digest(token_of(seed))}
