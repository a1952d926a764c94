import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from finalisation.models import PublicationRun
from tests import situations
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

PAGES = ["changelist", "change", "publish", "reopen", "candidate", "document"]


def address(name, session):
    extra = {"changelist": [], "candidate": [session.pk, 1], "document": [session.pk, 1]}
    return reverse(f"admin:exam_sessions_examsession_{name}", args=extra.get(name, [session.pk]))


def allowed(codename):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(
        Permission.objects.get(content_type__app_label="exam_sessions", codename=codename)
    )
    return user


@pytest.mark.parametrize("name", PAGES)
def test_nobody_enters_without_an_account(client, name):
    response = client.get(address(name, situations.finalised()))

    assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", PAGES)
def test_the_centre_does_not_enter(client, name):
    client.force_login(UserFactory())

    response = client.get(address(name, situations.finalised()), follow=True)

    assert response.status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_an_officer_without_permission_reads_nothing(client, name):
    client.force_login(UserFactory(is_staff=True))

    assert client.get(address(name, situations.finalised())).status_code == 403


def test_an_officer_who_may_only_read_is_given_no_action(client, soup):
    session = situations.finalised()
    client.force_login(allowed("view_examsession"))

    response = client.get(address("change", session))

    assert response.status_code == 200
    assert soup(response).select(".steps a") == []


@pytest.mark.parametrize("name", ["publish", "reopen"])
def test_an_officer_who_may_only_read_moves_nothing(client, name):
    session = situations.finalised()
    client.force_login(allowed("view_examsession"))

    response = client.post(address(name, session), {"why": "parce que"})

    session.refresh_from_db()
    assert response.status_code == 403
    assert session.state == "finalised"


def test_an_officer_who_may_only_read_publishes_no_selection(client):
    session = situations.finalised()
    client.force_login(allowed("view_examsession"))

    response = client.post(
        reverse("admin:finalisation_publicationrun_ask"), {"session": [session.pk]}
    )

    assert response.status_code == 403
    assert not PublicationRun.objects.exists()


@pytest.mark.parametrize("name", ["changelist", "change"])
def test_who_may_read_no_session_reads_no_publication(client, name):
    run = PublicationRun.objects.create(asked_by=UserFactory(officer=True))
    client.force_login(UserFactory(is_staff=True))

    page = reverse(
        f"admin:finalisation_publicationrun_{name}", args=[run.pk] if name == "change" else []
    )

    assert client.get(page).status_code == 403
