"""A morning on which people are logged in, and its clock is moved on."""

from datetime import UTC, datetime, timedelta

from django.test import Client

MORNING = datetime(2026, 12, 14, 8, 0, tzinfo=UTC)
LIMITS = ("LOGIN_IDLE", "LOGIN_LASTS", "LOGIN_SITTING", "LOGIN_WARNING")


def at(clock, **later):
    clock.move_to(MORNING + timedelta(**later))


def logged_in(user):
    browser = Client()
    browser.force_login(user)
    return browser
