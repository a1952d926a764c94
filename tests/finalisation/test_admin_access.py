import pytest
from django.urls import reverse

from tests import situations
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

PAGES = ["changelist", "change", "publish", "reopen", "candidate", "document"]


def address(name, session):
    extra = {"changelist": [], "candidate": [session.pk, 1], "document": [session.pk, 1]}
    return reverse(f"admin:exam_sessions_examsession_{name}", args=extra.get(name, [session.pk]))


@pytest.mark.parametrize("name", PAGES)
def test_nobody_enters_without_an_account(client, name):
    response = client.get(address(name, situations.finalised()))

    assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", PAGES)
def test_the_centre_does_not_enter(client, name):
    client.force_login(UserFactory())

    response = client.get(address(name, situations.finalised()), follow=True)

    assert response.status_code == 403


@pytest.mark.parametrize("name", [name for name in PAGES if name != "document"])
def test_an_officer_needs_no_more_than_to_be_one(client, name):
    session = situations.finalised()
    candidate = session.candidates.get()
    client.force_login(UserFactory(is_staff=True))

    page = address(name, session).replace("candidats/1/", f"candidats/{candidate.pk}/")

    assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    "model",
    [
        "exam_question",
        "invigilation_incidentcode",
        "accounts_centre",
        "accounts_user",
        "audit_auditevent",
    ],
)
def test_what_officers_keep_is_open_to_each_of_them(client, model):
    client.force_login(UserFactory(is_staff=True))

    assert client.get(reverse(f"admin:{model}_changelist")).status_code == 200


def test_the_administration_says_whom_to_ask(client, soup):
    client.force_login(UserFactory(officer=True))

    footer = soup(client.get(reverse("admin:index")), "footer")

    assert "Des questions ? certif@pix.fr" in " ".join(footer.text.split())
