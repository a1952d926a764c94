"""The browsers where an account proved itself: the tries of strangers do not keep it out of them.

OWASP's device cookie. It opens nothing and names nobody: a number drawn at random, whose signature takes
the account and its password, so that a new password ends it. One a browser, of the last who proved
himself there; a logout leaves it.
"""

import secrets

from django.conf import settings

from certif.accounts.models import User

SALT = "certif.accounts.device"


def note_proof(request, user, **kwargs):
    """A login, or a new password: the answer keeps it (DeviceMiddleware)."""
    request.proved = user


def keep(request, response):
    user = request.proved
    account = user.pk, user.password
    response.set_signed_cookie(
        settings.DEVICE_COOKIE_NAME,
        _device(request, *account) or secrets.token_urlsafe(12),
        salt=_salt(*account),
        max_age=settings.DEVICE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def device_of(request, email):
    """The browser's number, if the account of this address is the one it is known by."""
    if settings.DEVICE_COOKIE_NAME not in request.COOKIES:
        return ""
    account = User.objects.filter(email=email.lower()).values_list("pk", "password").first()
    return _device(request, *account) if account else ""


def _device(request, *account):
    return request.get_signed_cookie(
        settings.DEVICE_COOKIE_NAME,
        default="",
        salt=_salt(*account),
        max_age=settings.DEVICE_COOKIE_AGE,
    )


def _salt(user_id, password):
    return f"{SALT}:{user_id}:{password}"
