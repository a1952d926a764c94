"""What a logout, and the « Quitter » of an invigilator, leave in a shared browser."""

from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from certif.accounts.models import Role
from tests import situations
from tests.factories import ExamSessionFactory, MembershipFactory, UserFactory
from tests.in_front import cookies_of

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

    assert response["Clear-Site-Data"] == '"storage"'


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


def test_leaving_a_room_keeps_the_settings_of_the_tablet(tablet, session):
    assert "Clear-Site-Data" not in leave(tablet, session)


@pytest.fixture
def entering(client, session):
    """An invigilator about to join, and how he does."""
    client.force_login(UserFactory())
    form = {"number": session.pk, "password": session.password}
    return lambda: client.post(reverse("invigilation:join"), form)


def test_joining_twice_with_the_login_of_before_opens_the_list(client, session, entering):
    before = client.cookies[LOGIN].value
    entering()
    client.cookies[LOGIN] = before

    assert entering().url == reverse("invigilation:board", args=[session.pk])


def test_leaving_twice_with_the_login_of_before_is_leaving_once(tablet, session):
    before = tablet.cookies[LOGIN].value
    operation = {"operation": str(uuid4())}
    tablet.post(reverse("invigilation:leave", args=[session.pk]), operation)
    tablet.cookies[LOGIN] = before

    again = tablet.post(reverse("invigilation:leave", args=[session.pk]), operation)

    assert again.url == reverse("invigilation:join")
    assert tablet.get("/compte/").status_code == 200


def test_after_leaving_a_room_the_cookies_of_before_open_nothing(tablet, session):
    """The login stands; the right to the room does not. The pass of its polls: test_fast_path."""
    before = cookies_of(tablet)
    live = f"{reverse('invigilation:board_live', args=[session.pk])}?v=0&n=0"
    leave(tablet, session)
    tablet.cookies.load(before)

    assert tablet.get(reverse("invigilation:board", args=[session.pk])).status_code == 404
    assert tablet.get(live).status_code == 404


def test_logging_in_gives_another_key(client):
    user = UserFactory()
    client.get(reverse("account_login"))
    client.session.save()
    before = client.cookies[LOGIN].value

    client.force_login(user)

    assert client.cookies[LOGIN].value != before
