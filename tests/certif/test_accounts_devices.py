"""The browsers where an account proved itself: strangers do not keep it out of them."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certif.accounts.adapter import login_key, mails_key, second_factor_key
from certif.accounts.models import SecretTries
from certif.audit.models import AuditEvent
from tests.certif.logins import MORNING
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

LOGIN, FORGOTTEN = "/connexion/", "/mot-de-passe/oublie/"
NEW = "une-autre-phrase"


@pytest.fixture
def person():
    return UserFactory(email="ada.lovelace@exemple.test", last_name="Lovelace")


@pytest.fixture
def browser(person):
    """Where the person has logged in, and out."""
    browser = Client()
    log_in(browser, person)
    browser.post("/deconnexion/")
    return browser


def log_in(browser, user, password=PASSWORD):
    return browser.post(LOGIN, {"login": user.email, "password": password})


def block(browser, user):
    for _ in range(5):
        log_in(browser, user, "pas-le-bon")


def ask_link(browser, user):
    browser.post(FORGOTTEN, {"email": user.email})


@pytest.fixture(autouse=True)
def _mails_at_once(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


# --- The login ------------------------------------------------------------------------------------


def test_the_tries_of_strangers_keep_nobody_out_of_a_browser_of_his_own(person, browser):
    block(Client(), person)

    assert log_in(browser, person).status_code == 302


def test_strangers_wait_while_the_person_comes_and_goes(person, browser):
    stranger = Client()
    block(stranger, person)
    log_in(browser, person)

    assert log_in(stranger, person).status_code == 429


def test_the_wrong_tries_of_such_a_browser_make_it_wait(person, browser):
    block(browser, person)

    assert log_in(browser, person).status_code == 429


def test_its_wait_is_its_own(person, browser):
    block(browser, person)

    assert log_in(Client(), person).status_code == 302


def test_it_opens_nothing_by_itself(person, browser):
    assert browser.get("/compte/").status_code == 302
    assert log_in(browser, person, "pas-le-bon").status_code == 422


def test_it_is_worth_nothing_for_another_account(browser):
    other = UserFactory()
    block(Client(), other)

    assert log_in(browser, other).status_code == 429


def test_a_password_changed_elsewhere_ends_it(person, browser):
    person.set_password(NEW)
    person.save()
    block(Client(), person)

    assert log_in(browser, person, NEW).status_code == 429


def test_it_outlives_a_change_of_password_made_there(person, browser):
    log_in(browser, person)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    browser.post("/compte/mot-de-passe/", form)
    browser.post("/deconnexion/")
    block(Client(), person)

    assert log_in(browser, person, NEW).status_code == 302


def test_strangers_do_not_keep_from_a_change_of_password(person, browser):
    log_in(browser, person)
    block(Client(), person)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}

    assert browser.post("/compte/mot-de-passe/", form).status_code == 302


def test_whoever_chose_a_password_by_his_mails_is_known(person):
    browser = Client()
    ask_link(browser, person)
    (link,) = (word for word in mail.outbox[0].body.split() if "/mot-de-passe/nouveau/" in word)
    page = browser.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
    browser.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    block(Client(), person)

    assert log_in(browser, person, NEW).status_code == 302


def test_it_is_forgotten_after_a_year(person):
    browser = Client()
    with time_machine.travel(MORNING, tick=False) as clock:
        log_in(browser, person)
        browser.post("/deconnexion/")
        kept = browser.cookies["device"].value
        clock.shift(timedelta(days=366))
        browser.cookies["device"] = kept
        block(Client(), person)

        assert log_in(browser, person).status_code == 429


def test_a_cookie_that_was_touched_is_worth_nothing(person, browser):
    browser.cookies["device"] = "x" + browser.cookies["device"].value
    block(Client(), person)

    assert log_in(browser, person).status_code == 429


def test_it_goes_over_to_a_new_key_of_the_site(person, browser, rotate):
    rotate()
    block(Client(), person)
    assert log_in(browser, person).status_code == 302
    rotate(forget=True)
    browser.post("/deconnexion/")

    assert log_in(browser, person).status_code == 302


def test_a_browser_keeps_its_count_from_one_login_to_the_next(person, browser):
    number = browser.cookies["device"].value.partition(":")[0]
    log_in(browser, person)

    assert browser.cookies["device"].value.partition(":")[0] == number


def test_the_cookie_is_for_the_server_alone_and_lasts_a_year(person, settings):
    settings.SESSION_COOKIE_SECURE = True

    cookie = log_in(Client(), person).cookies["device"]

    assert cookie["httponly"]
    assert cookie["secure"]
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Lax", "/", 365 * 24 * 3600)


def test_the_cookie_of_a_shared_tablet_names_nobody(person):
    """Nor is it found by drawing what each address would give: two browsers have nothing in common."""
    with time_machine.travel(MORNING, tick=False):
        number, when, signature = log_in(Client(), person).cookies["device"].value.split(":")
        another = log_in(Client(), person).cookies["device"].value.split(":")

    assert another[0] != number
    assert another[1] == when
    assert another[2] != signature


def test_a_known_browser_tells_nothing_of_an_address(person, browser):
    """The same work and the same words, whether another address has an account."""
    told = []
    for email in (UserFactory().email, "personne@exemple.test"):
        with CaptureQueriesContext(connection) as asked:
            page = browser.post(LOGIN, {"login": email, "password": "pas-le-bon"})
        told.append((page.status_code, len(asked)))

    assert told[0] == told[1]


# --- Mails ----------------------------------------------------------------------------------------


def test_strangers_do_not_use_up_the_mails_of_a_browser_that_is_known(person, browser):
    for _ in range(5):
        ask_link(Client(), person)
    assert len(mail.outbox) == 3

    ask_link(browser, person)

    assert len(mail.outbox) == 4


def test_a_browser_that_is_known_floods_nobody(person, browser):
    for _ in range(5):
        ask_link(browser, person)

    assert len(mail.outbox) == 3


# --- manage.py unlock -----------------------------------------------------------------------------


def unlock(account, by):
    call_command("unlock", account, by=by, stdout=StringIO())


def test_an_officer_ends_every_wait_of_an_account(person, browser):
    block(Client(), person)
    block(browser, person)
    SecretTries.objects.create(
        key=second_factor_key(person), failures=9, last_at=1, blocked_until=1
    )
    SecretTries.objects.create(key=mails_key(person.email), failures=3, last_at=1, blocked_until=1)

    unlock(person.pk, UserFactory(officer=True).pk)

    assert not SecretTries.objects.exists()


def test_it_ends_the_wait_of_no_other_account(person):
    other = UserFactory()
    block(Client(), other)

    unlock(person.pk, UserFactory(officer=True).pk)

    assert SecretTries.objects.get().key == login_key(other.email)


def test_it_is_noted_in_the_history(person):
    officer = UserFactory(officer=True)

    unlock(person.pk, officer.pk)

    event = AuditEvent.objects.get()
    assert (event.kind, event.actor_id) == ("account.unlocked", officer.pk)
    assert event.data == {"person": person.pk}


def test_nobody_else_is_let_to(person):
    with pytest.raises(CommandError, match="de l’équipe Pix"):
        unlock(person.pk, person.pk)
