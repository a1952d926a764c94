"""The browsers of candidates: logged in, holding a test or not."""

from django.core import signing
from django.test import Client

from exam import seat

HTMX = {"HTTP_HX_REQUEST": "true"}


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def holding(attempt):
    """The browser in which this test was opened."""
    client = browser(attempt.candidate.user)
    name = f"seat-{attempt.candidate_id}"
    client.cookies[name] = signing.get_cookie_signer(salt=name + seat.SALT).sign(attempt.seat_key)
    return client
