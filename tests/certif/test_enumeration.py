"""Nobody learns by trying which addresses have an account; and a whole school is one address."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

LOGIN, FORGOTTEN = "/connexion/", "/mot-de-passe/oublie/"
NOBODY = "personne@exemple.test"


class Counted(MD5PasswordHasher):
    """The slow part of a login, counted: what a watch would tell."""

    algorithm = "counted"
    works = 0

    def encode(self, password, salt):
        Counted.works += 1
        return super().encode(password, salt)


@pytest.fixture
def hashed(settings):
    """How often a password is hashed meanwhile."""
    settings.PASSWORD_HASHERS = ["tests.certif.test_enumeration.Counted"]

    def count(act):
        before = Counted.works
        act()
        return Counted.works - before

    return count


def log_in(client, email, password="pas-le-bon", **extra):
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def said(soup, response):
    return response.status_code, soup(response, ".form-errors").get_text()


@pytest.mark.parametrize("active", [True, False], ids=["known", "disabled"])
def test_a_wrong_password_reads_like_an_unknown_address(client, soup, active):
    known = log_in(client, UserFactory(is_active=active).email)

    assert said(soup, known) == said(soup, log_in(client, NOBODY))


def test_an_unknown_address_waits_like_a_known_one(client, soup):
    known = UserFactory().email
    for email in [known, NOBODY] * 5:
        log_in(client, email)

    assert said(soup, log_in(client, known)) == said(soup, log_in(client, NOBODY))
    assert log_in(client, NOBODY).status_code == 429


@pytest.mark.parametrize("active", [True, False], ids=["known", "disabled"])
def test_a_wrong_password_is_hashed_once_whether_the_address_is_known_or_not(
    client, hashed, active
):
    known = UserFactory(is_active=active).email

    assert hashed(lambda: log_in(client, known)) == hashed(lambda: log_in(client, NOBODY)) == 1


def test_a_forgotten_password_asks_the_database_the_same_of_any_address(client, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    known = UserFactory().email

    with CaptureQueriesContext(connection) as of_known:
        client.post(FORGOTTEN, {"email": known})
    with CaptureQueriesContext(connection) as of_unknown:
        client.post(FORGOTTEN, {"email": NOBODY})

    assert "accounts_user" not in " ".join(query["sql"] for query in of_known)
    assert len(of_known) == len(of_unknown)


def test_a_forgotten_password_leads_to_the_same_page(client, soup):
    known = client.post(FORGOTTEN, {"email": UserFactory().email}, follow=True)
    unknown = client.post(FORGOTTEN, {"email": NOBODY}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert soup(known).get_text() == soup(unknown).get_text()


def test_a_school_behind_one_address_is_never_slowed(client):
    pupils = UserFactory.create_batch(200)
    school = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1"}
    typos = [log_in(client, pupil.email, **school).status_code for pupil in pupils[::20]]
    entries = [
        (log_in(client, pupil.email, PASSWORD, **school).status_code, client.logout())[0]
        for pupil in pupils
    ]

    assert typos == [422] * 10
    assert entries == [302] * 200


# --- The sign-up ----------------------------------------------------------------------------------
# Whoever signs up is let in at once, on the morning of a test: it tells that an address is taken
# (docs/security.md), and its owner hears of it.

TAKEN = "prise@exemple.test"


@pytest.fixture
def owner(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    return UserFactory(email=TAKEN, first_name="Louise", last_name="Michel")


def sign_up(client, email=TAKEN):
    return client.post(reverse("account_signup"), {"email": email})


def test_an_address_typed_at_the_sign_up_is_the_only_thing_it_tells(client, owner):
    response = sign_up(client)

    assert response.status_code == 422
    assert "Louise" not in response.content.decode()


def test_the_owner_of_an_address_tried_at_the_sign_up_is_told(client, owner, mailoutbox):
    sign_up(client, TAKEN.title())

    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([TAKEN], "Vous avez déjà un compte")
    assert reverse("account_reset_password") in mail.body


def test_the_owner_is_told_once_a_day_and_may_still_ask_for_a_password(client, owner, mailoutbox):
    for _ in range(5):
        sign_up(client)
    client.post(FORGOTTEN, {"email": TAKEN})

    assert len(mailoutbox) == 2


def test_an_address_that_is_free_is_sent_nothing(client, owner, mailoutbox):
    sign_up(client, NOBODY)

    assert mailoutbox == []
