"""The logins of an account that stand: listed on its page, and closed by one press."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certif.audit.models import AuditEvent
from tests.certif.logins import logged_in
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

PROFILE, CLOSE = "/compte/", "/compte/connexions/fermer/"


def key_of(browser):
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def here(user):
    return logged_in(user)


@pytest.fixture
def elsewhere(user):
    return logged_in(user)


def listed(browser, soup):
    section = soup(browser.get(PROFILE), "[aria-labelledby=logins]")
    return [line.strong.text for line in section.select("li")]


def is_let_in(browser):
    return browser.get(PROFILE).status_code == 200


def test_the_logins_that_stand_are_listed_that_of_this_screen_first(here, elsewhere, soup):
    assert listed(here, soup) == ["Sur cet écran", "Sur un autre écran"]


def test_the_hour_of_a_login_says_its_zone(here, soup):
    section = soup(here.get(PROFILE), "[aria-labelledby=logins]")

    assert "(heure de Paris)" in section.li.small.text


def test_a_login_alone_has_nothing_to_close(here, soup):
    assert listed(here, soup) == ["Sur cet écran"]
    assert not soup(here.get(PROFILE)).select(f"form[action='{CLOSE}']")


def test_one_press_closes_the_others_and_keeps_this_one(here, elsewhere, soup):
    response = here.post(CLOSE, follow=True)

    assert "Vos autres connexions sont fermées." in response.text
    assert listed(here, soup) == ["Sur cet écran"]
    assert not is_let_in(elsewhere)


def test_a_login_made_by_the_form_is_closed_too(here, user):
    elsewhere = Client()
    elsewhere.post("/connexion/", {"login": user.email, "password": PASSWORD})
    assert is_let_in(elsewhere)

    here.post(CLOSE)

    assert not is_let_in(elsewhere)


def test_a_login_whose_password_changed_on_its_screen_is_closed_too(here, elsewhere, user):
    new = "une-autre-phrase-longue"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    here.post("/compte/mot-de-passe/", fields)
    other = Client()
    other.post("/connexion/", {"login": user.email, "password": new})
    assert is_let_in(here)

    other.post(CLOSE)

    assert not is_let_in(here)


def test_nobody_else_is_put_out(here, user):
    others = [logged_in(UserFactory(pk=user.pk * 36 + n)) for n in range(36)]

    here.post(CLOSE)

    assert all(is_let_in(other) for other in others)


def test_a_login_that_is_over_is_not_listed(here, elsewhere, soup):
    Session.objects.filter(session_key=key_of(elsewhere)).update(expire_date=timezone.now())

    assert listed(here, soup) == ["Sur cet écran"]


def test_it_is_told_in_the_history(here, elsewhere, user):
    here.post(CLOSE)
    here.post(CLOSE)

    event = AuditEvent.objects.get()
    assert (event.kind, event.actor_id, event.data) == ("account.logins_closed", user.pk, {"n": 1})


def test_a_key_begins_by_its_account_and_the_rest_is_drawn(here, elsewhere):
    begins, drawn = key_of(here).split("-")
    begins_too, drawn_too = key_of(elsewhere).split("-")

    assert begins == begins_too
    assert drawn != drawn_too
    assert len(drawn) == len(drawn_too) == 32


def test_the_page_asks_as_much_for_one_login_as_for_many(here, user):
    with CaptureQueriesContext(connection) as one:
        here.get(PROFILE)
    for _ in range(24):
        logged_in(user)
    with CaptureQueriesContext(connection) as many:
        here.get(PROFILE)

    assert len(one) == len(many)
