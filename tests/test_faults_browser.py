"""What a browser is made to do by others: texts that are markup, forms sent from elsewhere, links that lead away."""

import json

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse

from tests import test_access
from tests.factories import PASSWORD, UserFactory
from tests.finalisation.pages import dismiss
from tests.fuzz.ground import undone
from tests.fuzz.visits import written
from tests.test_access import ACCESS, NOBODY, OURS_BY_GET, PERSONAL, PUBLIC, SOMEBODY
from tests.test_headers import opener

pytestmark = pytest.mark.django_db

# The whole cast, made once for this module.
rooms, both, world = test_access.rooms, test_access.both, test_access.world

# --- Texts that are markup ------------------------------------------------------------------------

TRAP = """'"><i data-trap hx-post=/x hx-trigger=load></i><script>trap()</script>{{ 7 }}"""
# Not typed, or held by a constraint to a state that these rows are not in.
NO_TEXT = {
    *("password", "search_key", "identity_key", "link", "error", "failure"),
    *("neutralised_why", "discarded_why", "resolution", "word", "refusal"),
}
OURS = {"accounts", "exam_sessions", "exam", "invigilation", "finalisation"}


def is_typed(field):
    """A text that somebody writes, where the trap fits."""
    is_free = isinstance(field, models.CharField | models.TextField) and not field.choices
    is_an_address = isinstance(field, models.EmailField)
    fits = field.max_length is None or field.max_length >= len(TRAP)
    return is_free and fits and not is_an_address and field.name not in NO_TEXT


def lay_traps():
    for model in apps.get_models():
        typed = [field.name for field in model._meta.concrete_fields if is_typed(field)]
        if model._meta.app_label in OURS and typed:
            model.objects.update(**dict.fromkeys(typed, TRAP))


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_what_anybody_types_is_markup_on_no_page(world, headers):
    lay_traps()

    pages = {name: page_of(world, name, headers) for name in OURS_BY_GET}

    assert sum(b"data-trap" in page for page in pages.values()) > 40
    assert [name for name, page in pages.items() if b"<i data-trap" in page] == []


def page_of(world, name, headers):
    response = world.client(opener(name)).get(world.url(name), headers=headers)
    page = b"" if response.streaming else response.content
    dismiss(response)
    return page.lower() if response["Content-Type"].startswith("text/html") else b""


# --- Forms sent from elsewhere --------------------------------------------------------------------

POSTED = [name for name, (methods, _) in ACCESS.items() if "post" in methods]
ENTRANCE = ["account_login", "account_signup", "account_reset_password"]


def sender(name):
    if name in ACCESS:
        return opener(name)
    return SOMEBODY if name in PERSONAL else NOBODY


def forged(world, name, **headers):
    """(status, what it wrote)."""
    client = Client(enforce_csrf_checks=True)
    client.cookies.update(world.cookies.get(sender(name), {}))
    with undone(), written() as statements:
        response = client.post(world.url(name), {"n": 1}, headers=headers)
    dismiss(response)
    return response.status_code, [sql for sql in statements if "django_session" not in sql]


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://ailleurs.example"}], ids=["no token", "another site"]
)
def test_each_form_sent_without_our_token_is_refused_and_writes_nothing(world, headers):
    names = [*POSTED, *ENTRANCE, "account_logout", "account_change_password"]

    answers = {name: forged(world, name, **headers) for name in names}

    assert len(names) > 60
    assert {name: found for name, found in answers.items() if found != (403, [])} == {}


# --- Links that lead away -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "away",
    [
        "https://ailleurs.example/",
        "http://ailleurs.example/",
        "//ailleurs.example",
        "///ailleurs.example",
        "/\\ailleurs.example",
        "\\\\ailleurs.example",
        "https:ailleurs.example",
        "https:/ailleurs.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "\thttps://ailleurs.example",
        "https://testserver@ailleurs.example/",
        "https://testserver.ailleurs.example/",
        "//ailleurs.example/%2e%2e",
        "\x00//ailleurs.example",
    ],
)
def test_a_login_leads_to_no_other_site(client, away):
    form = {"login": UserFactory().email, "password": PASSWORD, "next": away}

    response = client.post(reverse("account_login"), form)

    assert response.status_code == 422 or response.url == reverse("accounts:landing")


# --- What htmx may do -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["account_login", "sessions:session_detail", "invigilation:board", "exam:test"]
)
def test_htmx_waits_ten_seconds_keeps_no_page_and_runs_nothing_that_comes(world, name):
    role = NOBODY if name in PUBLIC else opener(name)
    page = BeautifulSoup(world.client(role).get(world.url(name)).content, "html.parser")

    config = json.loads(page.select_one("meta[name=htmx-config]")["content"])

    assert config["timeout"] == 10_000
    assert config["historyCacheSize"] == 0
    assert config["selfRequestsOnly"]
    assert not config["allowEval"]
    assert not config["allowScriptTags"]
