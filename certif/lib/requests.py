"""One line and one count a request. The polls answered in front of Django are counted, not written."""

import logging
import re
from secrets import token_hex
from time import perf_counter
from uuid import UUID

from django.conf import settings
from django.db import connection

from certif.lib import metrics
from certif.lib.logs import REQUEST

logger = logging.getLogger("certif.request")

SANE = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
# Asked by machines, every few seconds.
PROBES = ("/healthz", "/readyz", "/metrics")


def id_of(request):
    """What the proxy in front calls this request, when it may be written; our own word otherwise."""
    given = request.headers.get("X-Request-ID", "")
    return given if SANE.fullmatch(given) else token_hex(16)


class RequestMiddleware:
    """The first of all: what the others refuse or break is told too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = id_of(request)
        token = REQUEST.set(request.id)
        try:
            return self.told(request)
        finally:
            REQUEST.reset(token)

    def told(self, request):
        began = perf_counter()
        response = self.get_response(request)
        seconds = perf_counter() - began
        response["X-Request-ID"] = request.id
        if request.path not in PROBES:
            kind = kind_of(request)
            metrics.note(kind, response.status_code, seconds)
            metrics.note_pool(connection)
            if kind != metrics.STATIC:
                logger.info("answered", extra={"fields": fields(request, response, seconds)})
        return response


def kind_of(request):
    if request.path.startswith(settings.STATIC_URL):
        return metrics.STATIC
    return metrics.READ if request.method in ("GET", "HEAD", "OPTIONS") else metrics.WRITE


def fields(request, response, seconds):
    """Ids only: neither the address, which may open something, nor what was typed."""
    match, user = request.resolver_match, getattr(request, "_cached_user", None)
    return {
        "method": request.method,
        "route": match.view_name if match else None,
        "ids": {
            name: str(value)
            for name, value in (match.kwargs if match else {}).items()
            if isinstance(value, int | UUID)
        },
        "user": user.pk if user else None,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }
