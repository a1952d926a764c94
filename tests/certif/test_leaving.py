"""What a logout, and the « Quitter » of an invigilator, leave in a shared browser."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from certif.accounts.models import Role
from tests import situations
from tests.factories import ExamSessionFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
LOGIN = settings.SESSION_COOKIE_NAME


@pytest.fixture
def session():
    return ExamSessionFactory()


@pytest.fixture
def tablet(session):
    """An invigilator on the board."""
    browser = Client()
    browser.force_login(situations.invigilator_of(session))
    browser.get(reverse("invigilation:board", args=[session.pk]))
    return browser


def leave(tablet, session):
    return tablet.post(reverse("invigilation:leave", args=[session.pk]))


@pytest.mark.parametrize("way_out", ["account_logout", "admin:logout"])
def test_a_logout_clears_what_the_browser_keeps(client, way_out):
    client.force_login(UserFactory(officer=True))

    response = client.post(reverse(way_out))

    assert response["Clear-Site-Data"] == '"cache", "storage"'


def test_a_logout_changes_both_cookies(client):
    client.force_login(UserFactory())
    token = client.get("/compte/").cookies["csrftoken"].value

    left = client.post(reverse("account_logout")).cookies

    assert left[LOGIN]["max-age"] == 0
    assert left["csrftoken"].value not in {"", token}


def test_the_login_is_no_more_for_whoever_kept_its_cookie(client):
    client.force_login(UserFactory())
    kept = client.cookies[LOGIN].value
    client.post(reverse("account_logout"))

    client.cookies[LOGIN] = kept

    assert client.get("/compte/").status_code == 302
    assert not Session.objects.filter(pk=kept).exists()


def test_a_sentence_not_shown_yet_is_not_shown_to_the_next_person(client):
    member = MembershipFactory(role=Role.MANAGER)
    client.force_login(member.user)
    leaver = MembershipFactory(centre=member.centre, role=Role.MEMBER)
    removed = reverse("accounts:member_remove", args=[member.centre_id, leaver.pk])
    client.post(removed)
    client.post(reverse("account_logout"))

    assert leaver.user.name not in client.get(reverse("account_login")).content.decode()


def test_asking_whether_to_log_out_clears_nothing(client):
    client.force_login(UserFactory())

    assert "Clear-Site-Data" not in client.get(reverse("account_logout"))


def test_leaving_a_room_clears_the_pages_and_keeps_the_settings_of_the_tablet(tablet, session):
    assert leave(tablet, session)["Clear-Site-Data"] == '"cache"'


def test_leaving_a_room_gives_the_login_another_key(tablet, session):
    before = tablet.cookies[LOGIN].value

    leave(tablet, session)

    assert tablet.cookies[LOGIN].value != before
    assert tablet.get("/compte/").status_code == 200
    assert not Session.objects.filter(pk=before).exists()


def test_joining_a_room_gives_the_login_another_key(client, session):
    client.force_login(UserFactory())
    before = client.cookies[LOGIN].value

    client.post(reverse("invigilation:join"), {"number": session.pk, "password": session.password})

    assert client.cookies[LOGIN].value != before
    assert client.get(reverse("invigilation:board", args=[session.pk])).status_code == 200


def test_logging_in_gives_another_key(client):
    user = UserFactory()
    client.get(reverse("account_login"))
    client.session.save()
    before = client.cookies[LOGIN].value

    client.force_login(user)

    assert client.cookies[LOGIN].value != before
