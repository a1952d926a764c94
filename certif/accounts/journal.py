"""Logins told to the log, by ids alone: what was typed is not written, an address least of all."""

import logging

logger = logging.getLogger("certif.logins")


def tell_login(request, user, **kwargs):
    # The line of this request names whoever it let in (certif.lib.requests).
    request._cached_user = user
    logger.info("logged in", extra={"fields": {"user": user.pk}})


def tell_refused(**kwargs):
    """Which account was tried is not asked: a known address would take longer than another."""
    logger.warning("password refused")


def tell_code_refused(user, **kwargs):
    logger.warning("code refused", extra={"fields": {"user": user.pk}})


def tell_logout(user, **kwargs):
    if user:
        logger.info("logged out", extra={"fields": {"user": user.pk}})
