from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from certif.accounts.models import User
from tests.factories import UserFactory
from tests.races.harness import run_rounds
from tests.races.seams import read_together_then_write

SIGNUP = "/inscription/"
FORM = {
    "first_name": "Louise",
    "last_name": "Michel",
    "email": "Louise.Michel@Exemple.test",
    "password1": "une-phrase-longue",
}


def test_account_is_made_and_opened_at_once(client, db):
    response = client.post(SIGNUP, FORM)

    assert response.url == reverse("accounts:landing")
    user = User.objects.get()
    assert (user.email, user.name) == ("louise.michel@exemple.test", "Louise MICHEL")
    assert client.get("/compte/").status_code == 200


def test_names_are_cleaned(client, db):
    client.post(SIGNUP, FORM | {"first_name": "  Jean\u00a0 Paul\u200b "})

    assert User.objects.get().first_name == "Jean Paul"


def test_every_missing_field_is_told_at_once(client, db, soup):
    response = client.post(SIGNUP, {})

    assert response.status_code == 422
    assert len(soup(response).select("[aria-invalid=true]")) == 4


def test_what_was_typed_is_kept_but_the_password(client, db, soup):
    response = client.post(SIGNUP, FORM | {"password1": "court"})

    assert response.status_code == 422
    assert soup(response, "#id_last_name")["value"] == "Michel"
    assert not soup(response, "#id_password1").has_attr("value")
    assert not User.objects.exists()


def test_control_character_in_a_name_is_refused(client, db):
    response = client.post(SIGNUP, FORM | {"last_name": "Mi\x00chel"})

    assert response.status_code == 422
    assert "caractère non autorisé" in response.text


def test_five_thousand_characters_are_refused(client, db):
    assert client.post(SIGNUP, FORM | {"last_name": "x" * 5000}).status_code == 422
    assert client.post(SIGNUP, FORM | {"email": "x" * 300 + "@a.test"}).status_code == 422
    assert not User.objects.exists()


def test_address_already_taken_is_refused(client, db):
    UserFactory(email="louise.michel@exemple.test")

    assert client.post(SIGNUP, FORM).status_code == 422
    assert User.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_address_taken_at_the_same_moment_is_refused_as_one_already_taken():
    seam = read_together_then_write

    assert run_rounds(2, UserFactory, sign_up_twice, one_is_refused, seam=seam) == 0


def sign_up_twice(other):
    form = FORM | {"email": f"louise-{other.pk}@exemple.test"}
    return [partial(Client(raise_request_exception=False).post, SIGNUP, form) for _ in range(2)]


def one_is_refused(outcome):
    accounts = User.objects.filter(email=f"louise-{outcome.scene.pk}@exemple.test")
    made, refused = sorted(outcome.answers, key=lambda answer: answer.status_code)
    return (
        made.status_code == 302
        and refused.status_code == 422
        and refused.context["form"].has_error("email", "email_taken")
        and accounts.count() == 1
    )


def test_reading_the_form_asks_the_database_nothing(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get(SIGNUP).status_code == 200


def test_next_page_is_kept_from_the_login_page(client, db, soup):
    page = soup(client.get("/connexion/?next=/certifications/"))

    assert page.find("a", string="Créer un compte")["href"] == f"{SIGNUP}?next=%2Fcertifications%2F"
