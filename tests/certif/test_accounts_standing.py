"""A login stands at each request, or it does not: by its hour, its account and its password."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.urls import reverse

from certif.accounts.models import User
from tests.factories import PASSWORD, UserFactory

PAGE = "accounts:profile"


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def browser(client, user):
    client.force_login(user)
    return client


def is_let_in(browser):
    return browser.get(reverse(PAGE)).status_code == 200


def test_a_login_opens_the_pages(browser, user):
    response = browser.get(reverse(PAGE))

    assert response.wsgi_request.user == user
    assert is_let_in(browser)


def test_the_account_is_read_again_at_each_request(browser, user):
    assert is_let_in(browser)
    User.objects.filter(pk=user.pk).update(last_name="Autre")

    assert browser.get(reverse(PAGE)).wsgi_request.user.last_name == "Autre"


def test_a_closed_account_is_out_at_its_next_request(browser, user):
    assert is_let_in(browser)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert not is_let_in(browser)


def test_a_deleted_account_is_out_at_its_next_request(browser, user):
    user.delete()

    assert not is_let_in(browser)


def test_a_password_changed_elsewhere_ends_the_login(browser, user):
    assert is_let_in(browser)
    user.set_password(f"{PASSWORD}-nouveau")
    user.save()

    assert not is_let_in(browser)


def test_a_login_that_was_ended_does_not_stand(browser):
    Session.objects.all().delete()

    assert not is_let_in(browser)


def test_a_key_that_nobody_was_given_opens_nothing(browser):
    browser.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32

    assert not is_let_in(browser)
