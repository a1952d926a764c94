from urllib.parse import quote

import pytest
from django.urls import reverse

from sessions.models import InvigilatorAccess
from tests import situations
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    UserFactory,
)
from tests.invigilation.pages import words

pytestmark = pytest.mark.django_db

JOIN = reverse("invigilation:join")
WRONG = "Le numéro de session et/ou le mot de passe saisis sont incorrects."


@pytest.fixture
def user(client):
    user = UserFactory()
    client.force_login(user)
    return user


def test_the_right_number_and_password_open_the_board(client, user):
    session = ExamSessionFactory(password="C-4KXQ7")

    response = client.post(JOIN, {"number": session.pk, "password": "4kxq7"})

    assert response.url == reverse("invigilation:board", args=[session.pk])
    assert InvigilatorAccess.objects.open().filter(session=session, user=user).exists()


def test_the_password_may_be_typed_with_its_prefix_and_spaces(client, user):
    session = ExamSessionFactory(password="C-4KXQ7")

    response = client.post(JOIN, {"number": f" {session.pk} ", "password": "c - 4kx q7"})

    assert response.status_code == 302


@pytest.mark.parametrize("shift", [0, 1000], ids=["wrong password", "unknown session"])
def test_a_wrong_password_and_an_unknown_session_read_the_same(client, user, soup, shift):
    session = ExamSessionFactory()

    response = client.post(JOIN, {"number": session.pk + shift, "password": "C-22222"})

    assert response.status_code == 422
    assert WRONG in words(soup(response, ".form-errors"))
    assert soup(response, "#id_number")["value"] == str(session.pk + shift)


def test_empty_fields_are_named(client, user):
    response = client.post(JOIN, {})

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"number", "password"}


def test_the_sixth_try_waits(client, user, soup):
    session = ExamSessionFactory()
    wrong = {"number": session.pk, "password": "C-22222"}
    for _ in range(5):
        client.post(JOIN, wrong)

    response = client.post(JOIN, {"number": session.pk, "password": session.password})

    assert response.status_code == 429
    assert "Retry-After" in response
    assert "Trop d’essais. Réessayez dans" in words(soup(response, ".form-errors"))


def test_tries_of_somebody_else_delay_nobody(client):
    session = ExamSessionFactory()
    client.force_login(UserFactory())
    for _ in range(5):
        client.post(JOIN, {"number": session.pk, "password": "C-22222"})
    client.force_login(UserFactory())

    response = client.post(JOIN, {"number": session.pk, "password": session.password})

    assert response.status_code == 302


def test_a_candidate_of_the_session_cannot_watch_it(client, user, soup):
    session = ExamSessionFactory()
    candidate = CandidateFactory(session=session, joined=True)
    client.force_login(candidate.user)

    response = client.post(JOIN, {"number": session.pk, "password": session.password})

    assert response.status_code == 409
    assert "Vous êtes candidat de cette session" in words(soup(response, ".form-errors"))


def test_the_number_may_come_from_the_address(client, user, soup):
    assert soup(client.get(JOIN, {"session": "668"}), "#id_number")["value"] == "668"


def test_sessions_already_watched_are_one_tap_away(client, user, soup):
    session = InvigilatorAccessFactory(user=user).session
    InvigilatorAccessFactory()

    assert [a["href"] for a in soup(client.get(JOIN)).select(".lines a")] == [
        reverse("invigilation:board", args=[session.pk])
    ]


def test_a_finalised_session_is_watched_no_more(client, user, soup, bank):
    session = InvigilatorAccessFactory(user=user).session
    situations.finalised(session)

    assert "Vous surveillez déjà" not in words(soup(client.get(JOIN), "main"))


def test_the_words_of_the_guide(client, user, soup):
    page = words(soup(client.get(JOIN), "main"))

    assert "Espace surveillant Surveiller une session" in page
    assert "Tous les champs sont obligatoires." in page
    assert "Numéro de la session" in page
    assert "Mot de passe de la session Exemple : C-12345" in page
    assert (
        "Le mot de passe de la session à surveiller vous a été communiqué par un administrateur "
        "Pix Certif." in page
    )


@pytest.mark.parametrize(("given", "shown"), [("296", "296"), ("29x", None), ("'\"><b>", None)])
def test_number_of_the_qr_code_is_already_typed(client, user, soup, given, shown):
    response = client.get(JOIN, {"session": given})

    assert soup(response, "[name=number]").get("value") == shown


def test_number_of_the_qr_code_survives_the_login(client):
    response = client.get(JOIN, {"session": "296"})

    assert response.url.endswith(quote("?session=296"))
