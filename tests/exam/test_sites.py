import pytest
from django.urls import reverse

from exam import bank
from tests.exam.browsers import browser
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", sorted(bank.site_slugs()))
def test_a_site_of_the_bank_is_shown(slug):
    response = browser(UserFactory()).get(reverse("exam:site", args=[slug]))

    assert response.status_code == 200
    assert "Site fictif" in response.content.decode()


@pytest.mark.parametrize("slug", ["inconnu", "base"])
def test_there_is_no_other_site(slug):
    assert browser(UserFactory()).get(reverse("exam:site", args=[slug])).status_code == 404


def test_a_site_is_for_people_who_are_logged_in(client):
    assert client.get(reverse("exam:site", args=["velodune"])).status_code == 302
