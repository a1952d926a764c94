"""What every answer allows the browser to do with it: one walk of all the addresses of the site."""

import json
import os
import subprocess
import sys

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from certif.accounts.models import Role
from certif.lib.fast_path import headers_of
from tests import test_access
from tests.factories import MembershipFactory
from tests.finalisation.pages import dismiss
from tests.test_access import ACCESS, NOBODY, ROLES, URLS

pytestmark = pytest.mark.django_db

# The whole cast, made once for this module.
rooms, both, world = test_access.rooms, test_access.both, test_access.world

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": {"same-origin", "strict-origin"},
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Content-Security-Policy": "default-src 'none'",
}
OF_DJANGO = EVERYWHERE | {"Cache-Control": "no-store", "Vary": "HX-Request"}


def holds(said, wanted):
    return said in wanted if isinstance(wanted, set) else wanted in said


def lacking(headers, wanted=OF_DJANGO):
    """Those that an answer does not say, or says otherwise."""
    return {
        name: headers.get(name)
        for name, value in wanted.items()
        if not holds(headers.get(name, ""), value)
    }


def answers(client, address):
    """A page, a fragment, a method that nobody uses; what they did is undone."""
    with transaction.atomic():
        found = [
            client.get(address),
            client.get(address, headers={"HX-Request": "true"}),
            client.put(address),
        ]
        transaction.set_rollback(True)
    for response in found:
        dismiss(response)
    return found


def lacking_at(client, address):
    return [lack for response in answers(client, address) if (lack := lacking(response))]


def test_each_address_says_all_of_it_to_whom_it_opens(world):
    clients = {role: world.client(role) for role in ROLES}

    found = {name: lacking_at(clients[opener(name)], world.url(name)) for name in URLS}

    assert {name: lacks for name, lacks in found.items() if lacks} == {}


def opener(name):
    """The first who may open it."""
    return next(role for role in ROLES[1:] if role in ACCESS.get(name, (0, ROLES))[1])


def test_each_address_says_all_of_it_to_nobody(world):
    client = world.client(NOBODY)

    found = {name: lacking(client.get(world.url(name))) for name in URLS}

    assert {name: lack for name, lack in found.items() if lack} == {}


def addresses_of_the_admin(ids):
    """Its lists, its forms and its own pages; those of a thing are asked for a thing that is not."""
    for pattern in admin.site.get_urls():
        for inner in getattr(pattern, "url_patterns", [pattern]):
            names = inner.pattern.regex.groupindex
            values = {name: ids.get(name, 1) for name in names}
            try:
                yield reverse(f"admin:{inner.name}", kwargs=values)
            except NoReverseMatch:
                continue


def seen(client, address):
    response = client.get(address)
    dismiss(response)
    return response


@pytest.mark.ignore_template_errors  # of Django's own templates
def test_each_address_of_the_admin_says_all_of_it(world):
    client = world.client(test_access.OFFICER)
    addresses = set(addresses_of_the_admin(world.ids | {"app_label": "accounts"}))

    found = {address: lack for address in addresses if (lack := lacking(seen(client, address)))}

    assert len(addresses) > 50
    assert found == {}


# --- What no view answers -------------------------------------------------------------------------


def breaks(execute, sql, params, many, context):
    raise ZeroDivisionError


def test_an_address_that_is_not_says_all_of_it(client):
    response = client.get("/nulle-part/")

    assert (response.status_code, lacking(response)) == (404, {})


def test_a_forged_form_says_all_of_it(db):
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"))

    assert (response.status_code, lacking(response)) == (403, {})


def test_a_fault_of_the_server_says_all_of_it(client):
    client.force_login(MembershipFactory(role=Role.MEMBER).user)
    client.raise_request_exception = False
    with connection.execute_wrapper(breaks):
        response = client.get(reverse("accounts:landing"))

    assert (response.status_code, lacking(response)) == (500, {})


def test_another_host_is_refused_with_all_that_concerns_a_browser(client):
    response = client.get("/", headers={"host": "ailleurs.example"})

    assert (response.status_code, lacking(response, EVERYWHERE)) == (400, {})


def test_a_static_file_says_all_that_concerns_a_browser(settings):
    settings.WHITENOISE_USE_FINDERS = True
    response = Client().get("/static/css/tokens.css")

    dismiss(response)
    assert (response.status_code, lacking(response, EVERYWHERE)) == (200, {})


@pytest.mark.parametrize("status", [200, 204])
def test_a_poll_answered_in_front_of_django_says_all_of_it(status):
    headers = dict(headers_of(status, secure=True))

    assert lacking(headers) == {}


# --- Cookies, and what production adds ------------------------------------------------------------

IN_PRODUCTION = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
from django.urls import reverse
from certif.lib.fast_path import headers_of
page = Client().get(reverse("account_login"), secure=True, headers={"host": "certif.example"})
bare = Client().get(reverse("account_login"), headers={"host": "certif.example"})
print(json.dumps({
    "page": dict(page.headers),
    "bare": [bare.status_code, bare["Location"]],
    "poll": dict(headers_of(204, True)),
    "cookies": page.cookies.output(header=""),
    "names": [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.COOKIE_PREFIX],
    "session": [settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY],
    "samesite": settings.SESSION_COOKIE_SAMESITE,
}))
"""


def in_production(*command):
    # The second is of the browser tests, which may share this process.
    not_there = ("DJANGO_DEMO", "DJANGO_ALLOW_ASYNC_UNSAFE")
    environment = {name: os.environ[name] for name in os.environ if name not in not_there} | {
        "DJANGO_SETTINGS_MODULE": "certif.settings",
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "ALLOWED_HOSTS": "certif.example",
    }
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=60
    )


def test_django_finds_nothing_to_say_about_production():
    checked = in_production("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert checked.returncode == 0, checked.stderr


def test_production_speaks_https_alone_with_cookies_of_this_host_alone():
    ran = in_production("-c", IN_PRODUCTION)
    told = json.loads(ran.stdout)

    assert lacking(told["page"]) == lacking(told["poll"]) == {}
    lasting = "max-age=31536000; includeSubDomains; preload"
    assert told["page"]["Strict-Transport-Security"] == lasting
    assert told["poll"]["Strict-Transport-Security"] == lasting
    assert told["bare"] == [301, "https://certif.example/connexion/"]
    assert told["names"] == ["__Host-sessionid", "__Host-csrftoken", "__Secure-"]
    assert (told["session"], told["samesite"]) == ([True, True], "Lax")
    flags = {part.strip() for part in told["cookies"].split(";")}
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=Lax"} <= flags
