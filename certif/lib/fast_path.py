"""Polls answered before Django's middleware, by whoever holds a pass (docs/adr/0008).

A pass is a signed cookie that Django gave with a page: which page, whose, until when. It opens
nothing: the database is asked each time whether the login and the right stand. Whatever is not plain
(no pass, an old one, a right that ended, the database away) is Django's to answer.
"""

import hmac
import logging
import re
import time
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from http import HTTPStatus
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.template.context_processors import csrf
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.crypto import salted_hmac

from certif.lib import metrics
from certif.lib.compiled import SHELF, link
from certif.lib.csp import PolicyMiddleware

logger = logging.getLogger(__name__)

LASTS = 600
RENEWED_BEFORE = LASTS // 2
# While the database is away, it is not asked twice for each request.
RESTS_FOR = 5


@cache
def _key_of(secret):
    return salted_hmac("certif.fast_path", "", secret=secret, algorithm="sha256").digest()


def fingerprint(text, secret):
    return hmac.digest(_key_of(secret), text.encode(), "sha256").hex()[:20]


def secrets_in_use():
    """That of today, and those of before, which open until they are taken out of the settings."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


@dataclass(frozen=True)
class Holder:
    """What a pass says: the number of its page, the account, and the password it was given under.

    `secret` is the one that signed it.
    """

    page: int
    user: int
    epoch: str
    until: int
    secret: str = field(repr=False)

    def knows(self, password):
        return fingerprint(password, self.secret) == self.epoch


@dataclass(frozen=True)
class Pass:
    """The cookie of one kind of page. It holds for one login: its signature takes the session key."""

    name: str

    @property
    def cookie(self):
        return settings.COOKIE_PREFIX + self.name

    def write(self, page, user, session_key, *, until):
        secret = settings.SECRET_KEY
        said = f"{page}.{user.pk}.{fingerprint(user.password, secret)}.{until}"
        return f"{said}.{self._sign(said, session_key, secret)}"

    def read(self, value, session_key):
        """Raises ValueError unless this login was given it, less than ten minutes ago."""
        said, _, signature = value.rpartition(".")
        secret = self._signed_by(said, signature, session_key)
        page, user, epoch, until = said.split(".")
        if int(until) < time.time():
            raise ValueError
        return Holder(int(page), int(user), epoch, int(until), secret)

    def _signed_by(self, said, signature, session_key):
        for secret in secrets_in_use():
            signed = self._sign(said, session_key, secret)
            if hmac.compare_digest(signature.encode(), signed.encode()):
                return secret
        raise ValueError

    def _sign(self, said, session_key, secret):
        return fingerprint(f"{self.name}:{said}:{session_key}", secret)

    def give(self, response, request, page, path):
        """With a page, and again with the answers of Django when half of its life is over."""
        session_key, now = request.session.session_key, int(time.time())
        try:
            held = self.read(request.COOKIES.get(self.cookie, ""), session_key)
            ours = (page, request.user.pk, settings.SECRET_KEY)
            if (held.page, held.user, held.secret) == ours and held.until - now > RENEWED_BEFORE:
                return response
        except ValueError:
            pass
        response.set_cookie(
            self.cookie,
            self.write(page, request.user, session_key, until=now + LASTS),
            path=path,
            max_age=LASTS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
        return response


@dataclass(frozen=True)
class Asked:
    """What a plain request says."""

    holder: Holder
    session_key: str
    query: dict
    environ: dict
    cookies: dict

    @cached_property
    def request(self):
        return BareRequest(self.environ, self.cookies)

    def whole(self, name):
        """A whole number of the query. Raises ValueError."""
        value = self.query[name]
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            raise ValueError(name)
        return int(value)

    def csrf_token(self):
        """The secret of this browser, masked when it is read. Raises ValueError when it holds none."""
        CsrfViewMiddleware(HttpResponse).process_request(self.request)
        if self.request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            raise ValueError
        return csrf(self.request)["csrf_token"]


@dataclass(frozen=True)
class Answer:
    status: int
    text: str = ""
    headers: tuple = ()


NOTHING_NEW = Answer(HTTPStatus.NO_CONTENT)


@dataclass(frozen=True)
class Poll:
    """`path` has the number of the page as its one group. `answer(asked)`: None leaves it to Django."""

    path: re.Pattern
    badge: Pass
    answer: callable
    method: str = "GET"

    def asked(self, environ, number):
        """Raises ValueError, KeyError when the request is not a plain one."""
        cookies = cookies_of(environ)
        session_key = cookies[settings.SESSION_COOKIE_NAME]
        holder = self.badge.read(cookies[self.badge.cookie], session_key)
        if environ["REQUEST_METHOD"] != self.method or holder.page != int(number):
            raise ValueError
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        asked = Asked(holder, session_key, query, environ, cookies)
        if self.method != "GET" and (has_body(environ) or is_forged(asked.request)):
            raise ValueError
        return asked


class FastPath:
    """A WSGI application: the polls it can answer, and Django behind it for everything else."""

    def __init__(self, application, polls):
        self.application, self.polls = application, polls
        self.rests_until = 0

    def __call__(self, environ, start_response):
        began = time.perf_counter()
        answer = self.answer(environ)
        if answer is None:
            return self.application(environ, start_response)
        metrics.note(metrics.FAST, answer.status, time.perf_counter() - began)
        body = answer.text.encode()
        headers = [*headers_of(answer.status, is_secure(environ)), *answer.headers]
        headers.append(("Content-Length", str(len(body))))
        start_response(f"{answer.status} {answer.status.phrase}", headers)
        return [body] if body else []

    def answer(self, environ):
        path = environ.get("PATH_INFO", "")
        for poll in self.polls:
            if found := poll.path.fullmatch(path):
                return self.answer_of(poll, environ, found[1]) if is_served(environ) else None
        return None

    def answer_of(self, poll, environ, number):
        if time.monotonic() < self.rests_until:
            return None
        try:
            asked = poll.asked(environ, number)
            with link():
                return poll.answer(asked)
        except (ValueError, KeyError):
            return None
        except Error:
            self.rests_until = time.monotonic() + RESTS_FOR
            # The others at rest met the same end; found one by one, each would cost as long.
            SHELF.close()
            logger.warning("The fast path leaves its polls to Django: the database did not answer.")
            return None


# --- As Django's middleware would -----------------------------------------------------------------


def cookies_of(environ):
    pairs = (pair.partition("=") for pair in environ.get("HTTP_COOKIE", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


class BareRequest(HttpRequest):
    """What Django's checks read of a request: never its body."""

    def __init__(self, environ, cookies):
        super().__init__()
        self.META, self.COOKIES = {**environ}, cookies
        self.method = environ["REQUEST_METHOD"]

    def _get_scheme(self):
        return self.META["wsgi.url_scheme"]


def has_body(environ):
    """Django would look for the token there first."""
    return environ.get("CONTENT_LENGTH") not in (None, "", "0")


class ForgeryCheck(CsrfViewMiddleware):
    def _reject(self, request, reason):
        """Django will tell it."""
        return reason


FORGERY_CHECK = ForgeryCheck(HttpResponse)


def is_forged(request):
    return FORGERY_CHECK.process_view(request, None, (), {}) is not None


def is_secure(environ):
    if header := settings.SECURE_PROXY_SSL_HEADER:
        name, value = header
        if name in environ:
            return environ[name].split(",", 1)[0].strip() == value
    return environ.get("wsgi.url_scheme") == "https"


def is_served(environ):
    """Django would send another host away, and bare http to https."""
    if settings.SECURE_SSL_REDIRECT and not is_secure(environ):
        return False
    return _is_our_host(environ.get("HTTP_HOST", ""))


@lru_cache(maxsize=100)
def _is_our_host(host):
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


@cache
def headers_of(status, secure):
    """Those of an answer of Django's, made by Django's own middleware."""
    scheme = "https" if secure else "http"
    request = BareRequest({"REQUEST_METHOD": "GET", "wsgi.url_scheme": scheme}, {})
    response = HttpResponse(status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    add_never_cache_headers(response)
    for middleware in (XFrameOptionsMiddleware, PolicyMiddleware, SecurityMiddleware):
        response = middleware(HttpResponse).process_response(request, response)
    return tuple(response.items())
