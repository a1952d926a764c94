"""The secret key is changed under everybody’s feet: what was signed with the one of before still opens."""

import pytest
from django.conf import settings as site
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from certif.lib.fast_path import Pass
from exam import seat
from tests import situations
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

PASS = Pass("candidate")
LATER = 2**40


def test_nobody_is_logged_out(client, rotate):
    client.force_login(UserFactory())
    rotate()

    assert client.get("/compte/").status_code == 200
    assert client.get("/compte/").status_code == 200


def test_a_login_goes_over_to_the_new_key(client, rotate):
    client.force_login(UserFactory())
    rotate()
    client.get("/compte/")
    rotate(forget=True)

    assert client.get("/compte/").status_code == 200


def test_a_key_that_is_forgotten_ends_the_logins_that_did_not_come_back(client, rotate):
    client.force_login(UserFactory())
    rotate(forget=True)

    assert client.get("/compte/").status_code == 302


def test_a_pass_of_the_polls_still_opens(rotate):
    user = UserFactory()
    given = PASS.write(1, user, "login", until=LATER)
    rotate()

    holder = PASS.read(given, "login")

    assert (holder.page, holder.user) == (1, user.pk)
    assert holder.knows(user.password)
    assert not holder.knows("another password")


def test_a_pass_signed_with_the_new_key_is_read_with_it(rotate):
    user = UserFactory()
    rotate()

    assert PASS.read(PASS.write(1, user, "login", until=LATER), "login").secret == site.SECRET_KEY


def test_a_pass_of_a_forgotten_key_opens_nothing(rotate):
    given = PASS.write(1, UserFactory(), "login", until=LATER)
    rotate(forget=True)

    with pytest.raises(ValueError, match=r"^$"):
        PASS.read(given, "login")


def test_a_pass_goes_over_to_the_new_key_with_the_next_answer_of_django(client, rotate, bank):
    attempt = situations.started()
    client.force_login(attempt.candidate.user)
    client.cookies.update(seat.keep(HttpResponse(), attempt).cookies)
    page = reverse("exam:test", args=[attempt.candidate_id])
    client.get(page)
    client.get(page)
    old = client.cookies["candidate"].value
    rotate()
    client.get(page)

    assert client.cookies["candidate"].value != old


def test_a_seat_is_kept(rotate, bank):
    attempt = situations.started()
    cookies = seat.keep(HttpResponse(), attempt).cookies
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in cookies.items()}
    rotate()

    assert seat.holds(request, attempt)


def test_a_link_to_a_new_password_still_opens(rotate):
    user = UserFactory()
    link = default_token_generator.make_token(user)
    rotate()

    assert default_token_generator.check_token(user, link)


def test_a_link_to_the_results_still_opens(rotate):
    link = signing.dumps(7, salt="results")
    rotate()

    assert signing.loads(link, salt="results") == 7
