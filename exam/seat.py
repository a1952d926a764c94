"""The browser that holds a test: a signed cookie with the attempt's key, and nothing about the person.

It ends with the browser, as the login does: whoever comes back asks the invigilator (domain.md § 4).
"""

import secrets
from datetime import timedelta

from django.conf import settings

LASTS = timedelta(hours=12)
PATH = "/certifications/"
SALT = "exam.seat"


def key_of(request, candidate_id):
    return request.get_signed_cookie(
        _name(candidate_id), default="", salt=SALT, max_age=LASTS.total_seconds()
    )


def holds(request, attempt):
    key = key_of(request, attempt.candidate_id)
    return bool(key) and secrets.compare_digest(key, attempt.seat_key)


def keep(response, attempt):
    response.set_signed_cookie(
        _name(attempt.candidate_id),
        attempt.seat_key,
        salt=SALT,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def _name(candidate_id):
    return f"{settings.COOKIE_PREFIX}seat-{candidate_id}"
