import time_machine
from django.urls import reverse

from certif.accounts.adapter import login_key
from certif.accounts.models import SecretTries
from tests.factories import PASSWORD, UserFactory

LOGIN = "/connexion/"


def try_password(client, email, password="pas-le-bon"):
    return client.post(LOGIN, {"login": email, "password": password})


def block(client, email):
    for _ in range(5):
        try_password(client, email)


def test_page_has_the_words_of_the_guide(client, db, soup):
    page = soup(client.get(LOGIN)).text

    assert "Connectez-vous" in page
    assert "L’accès à Pix Certif est limité aux centres de certification Pix." in page
    assert "Adresse e-mail" in page
    assert "Mot de passe" in page
    assert "Je me connecte" in page
    assert "Créer un compte" in page


def test_right_password_leads_to_the_landing_page(client, db):
    user = UserFactory()

    response = try_password(client, user.email.upper(), PASSWORD)

    assert response.status_code == 302
    assert response.url == reverse("accounts:landing")


def test_wrong_password_is_422_and_keeps_the_address(client, db, soup):
    user = UserFactory()

    response = try_password(client, user.email)

    assert response.status_code == 422
    assert soup(response, "#id_login")["value"] == user.email
    assert not soup(response, "#id_password").has_attr("value")


def test_unknown_address_reads_like_a_wrong_password(client, db, soup):
    known = soup(try_password(client, UserFactory().email), ".form-errors").text
    unknown = soup(try_password(client, "personne@exemple.test"), ".form-errors").text

    assert unknown == known


def test_sixth_try_is_told_to_wait_even_with_the_right_password(client, db, soup):
    user = UserFactory()
    block(client, user.email)

    response = try_password(client, user.email, PASSWORD)

    assert response.status_code == 429
    assert "Réessayez dans 1 minute" in soup(response, ".form-errors").text


def test_another_account_from_the_same_address_is_not_blocked(client, db):
    block(client, UserFactory().email)

    assert try_password(client, UserFactory().email, PASSWORD).status_code == 302


def test_after_the_wait_the_right_password_opens_and_clears(client, db):
    user = UserFactory()
    with time_machine.travel("2026-11-20 08:00Z", tick=False):
        block(client, user.email)
    with time_machine.travel("2026-11-20 08:02Z", tick=False):
        assert try_password(client, user.email, PASSWORD).status_code == 302

    assert not SecretTries.objects.filter(key=login_key(user.email)).exists()


def test_counter_does_not_hold_the_address(client, db):
    try_password(client, "ada.lovelace@exemple.test")

    assert "lovelace" not in SecretTries.objects.get().key


def test_very_long_address_is_refused_without_breaking(client, db):
    assert try_password(client, "a" * 5000 + "@exemple.test").status_code in {422, 429}


def test_inactive_account_is_told_so(client, db):
    user = UserFactory(is_active=False)

    response = client.post(LOGIN, {"login": user.email, "password": PASSWORD}, follow=True)

    assert "Ce compte est désactivé" in response.text


def test_next_page_of_another_site_is_not_followed(client, db):
    user = UserFactory()
    form = {"login": user.email, "password": PASSWORD, "next": "https://ailleurs.example/"}

    assert client.post(LOGIN, form).url == reverse("accounts:landing")


def test_next_page_of_this_site_is_followed(client, db):
    user = UserFactory()
    form = {"login": user.email, "password": PASSWORD, "next": "/compte/"}

    assert client.post(LOGIN, form).url == "/compte/"


def test_a_candidate_is_shown_the_way(client, db, soup):
    link = soup(client.get(LOGIN), "#candidate")

    assert "Vous venez passer votre certification" in link.parent.text
    assert link["href"] == f"{LOGIN}?next={reverse('exam:join')}"


def test_the_candidates_login_does_not_speak_of_centres(client, db, soup):
    page = soup(client.get(LOGIN, {"next": reverse("exam:join")}))

    assert "limité aux centres" not in page.text
    assert "Vous venez passer votre certification" in page.text
    assert not page.select("#candidate")


def test_the_candidates_way_is_kept_by_a_wrong_password(client, db, soup):
    form = {"login": "a@exemple.test", "password": "pas-le-bon", "next": reverse("exam:join")}

    page = soup(client.post(LOGIN, form))

    assert "Vous venez passer votre certification" in page.text
    assert page.select_one("[name=next]")["value"] == reverse("exam:join")


def test_the_candidates_way_is_kept_through_the_sign_up(client, db, soup):
    entrance = client.get(LOGIN, {"next": reverse("exam:join")})
    link = soup(entrance).find("a", string="Créer un compte")
    page = soup(client.get(link["href"]))
    person = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@exemple.test",
        "password1": "un-long-mot-de-passe",
        "next": page.select_one("[name=next]")["value"],
    }

    assert "passer votre certification" in page.text
    assert client.post(link["href"], person).url == reverse("exam:join")


def test_logout_needs_a_post(client, db):
    client.force_login(UserFactory())

    client.get("/deconnexion/")
    assert client.get("/compte/").status_code == 200
    assert client.post("/deconnexion/").url == LOGIN
    assert client.get("/compte/").status_code == 302


def test_pages_of_allauth_that_are_not_used_do_not_exist(client, db):
    client.force_login(UserFactory())

    assert client.get("/accounts/login/").status_code == 404
    assert client.get("/compte/email/").status_code == 404
