import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from certif.accounts.models import Centre
from tests.factories import PASSWORD, UserFactory
from tests.second_factor import code_of

CODE_PAGE, AGAIN = "/compte/securite/code/", "/compte/securite/confirmer/"


@pytest.fixture
def officer(db):
    return UserFactory(officer=True)


@pytest.fixture
def secret(officer):
    secret = generate_totp_secret()
    TOTP.activate(officer, secret)
    return secret


def log_in(client, user):
    return client.post("/connexion/", {"login": user.email, "password": PASSWORD})


def test_officer_without_second_factor_is_sent_to_set_it_up(client, officer, settings):
    settings.OFFICER_SECOND_FACTOR = True
    client.force_login(officer)

    response = client.get("/admin/")

    assert response.url == "/compte/securite/activer/"


def test_officer_who_gave_a_code_enters_the_admin(client, officer, secret, settings):
    settings.OFFICER_SECOND_FACTOR = True
    log_in(client, officer)
    client.post(CODE_PAGE, {"code": code_of(secret)})

    assert client.get("/admin/").status_code == 200


def test_a_login_opened_before_by_the_password_alone_does_not_enter_it(
    client, officer, secret, settings
):
    settings.OFFICER_SECOND_FACTOR = True
    client.force_login(officer)

    asked = client.get("/admin/accounts/centre/?q=lycee")

    assert asked.url == f"{AGAIN}?next=%2Fadmin%2Faccounts%2Fcentre%2F%3Fq%3Dlycee"


def test_a_form_of_the_admin_is_not_taken_without_a_code(client, officer, secret, settings):
    settings.OFFICER_SECOND_FACTOR = True
    client.force_login(officer)

    asked = client.post("/admin/accounts/centre/add/", {"name": "Lycée"})

    assert asked.url == f"{AGAIN}?next=%2Fadmin%2F"
    assert not Centre.objects.exists()


def test_the_password_again_is_no_code(client, officer, secret, settings):
    settings.OFFICER_SECOND_FACTOR = True
    client.force_login(officer)
    client.post("/compte/confirmer/", {"password": PASSWORD})

    assert client.get("/admin/").status_code == 302


def test_a_code_given_again_opens_the_page_that_was_asked(client, officer, secret, settings):
    settings.OFFICER_SECOND_FACTOR = True
    client.force_login(officer)
    asked = client.get("/admin/accounts/centre/").url

    page = client.post(asked, {"code": code_of(secret)}, follow=True)

    assert page.redirect_chain == [("/admin/accounts/centre/", 302)]
    assert page.status_code == 200


def test_a_factor_that_was_taken_off_opens_nothing_more(client, officer, secret, settings):
    settings.OFFICER_SECOND_FACTOR = True
    log_in(client, officer)
    client.post(CODE_PAGE, {"code": code_of(secret)})
    Authenticator.objects.all().delete()

    assert client.get("/admin/").url == "/compte/securite/activer/"


@pytest.fixture
def activate(transactional_db, client, officer, soup):
    """What follows an activation follows its commit."""

    def act():
        client.force_login(officer)
        asked = client.get("/compte/securite/activer/").url
        page = client.post(asked, {"password": PASSWORD}, follow=True)
        code = code_of(soup(page, ".key").text)
        client.post("/compte/securite/activer/", {"code": code})

    return act


def test_the_code_that_activates_opens_the_admin(client, activate, settings):
    settings.OFFICER_SECOND_FACTOR = True

    activate()

    assert client.get("/admin/").status_code == 200


def test_activation_closes_the_other_logins_of_the_account_alone(client, officer, activate):
    elsewhere, other = Client(), Client()
    elsewhere.force_login(officer)
    other.force_login(UserFactory())

    activate()

    assert elsewhere.get("/compte/").status_code == 302
    assert client.get("/compte/").status_code == 200
    assert other.get("/compte/").status_code == 200


def test_other_pages_do_not_ask_for_it(client, officer, settings):
    settings.OFFICER_SECOND_FACTOR = True
    client.force_login(officer)

    assert client.get("/compte/").status_code == 200


def test_admin_has_no_login_of_its_own(client, officer):
    response = client.get("/admin/login/?next=/admin/")

    assert response.url == "/connexion/?next=%2Fadmin%2F"


def test_somebody_who_is_no_officer_is_refused_by_the_admin(client, db):
    client.force_login(UserFactory())

    assert client.get("/admin/login/").status_code == 403


def test_password_alone_does_not_open(client, officer, secret):
    assert log_in(client, officer).url.startswith(CODE_PAGE)
    assert client.get("/compte/").status_code == 302


def test_code_of_the_application_opens(client, officer, secret):
    log_in(client, officer)

    assert client.post(CODE_PAGE, {"code": code_of(secret)}).url == "/accueil/"
    assert client.get("/compte/").status_code == 200


def test_recovery_code_opens_once(client, officer, secret):
    code = RecoveryCodes.activate(officer).get_unused_codes()[0]
    log_in(client, officer)
    assert client.post(CODE_PAGE, {"code": code}).status_code == 302
    client.post("/deconnexion/")
    log_in(client, officer)

    assert client.post(CODE_PAGE, {"code": code}).status_code == 422


def test_wrong_code_is_told(client, officer, secret):
    log_in(client, officer)

    assert client.post(CODE_PAGE, {"code": "000000"}).status_code == 422


def test_codes_cannot_be_guessed_at_leisure(client, officer, secret):
    log_in(client, officer)
    for _ in range(5):
        client.post(CODE_PAGE, {"code": "000000"})

    response = client.post(CODE_PAGE, {"code": code_of(secret)})

    assert response.status_code == 429
    assert "Réessayez dans 1 minute" in response.text


def test_another_account_can_be_taken_instead(client, officer, secret):
    log_in(client, officer)
    client.post("/deconnexion/")

    assert "Connectez-vous" in client.get("/connexion/").text


def test_activation_asks_for_the_password_then_shows_the_picture(client, officer, soup):
    client.force_login(officer)
    response = client.get("/compte/securite/activer/")
    assert response.url.startswith("/compte/confirmer/")

    page = client.post(response.url, {"password": PASSWORD}, follow=True)

    assert soup(page, "img.qr")["src"].startswith("data:image/svg+xml")
    assert "img-src 'self' data:" in page["Content-Security-Policy"]


def test_activation_gives_recovery_codes(client, officer, soup):
    client.force_login(officer)
    asked = client.get("/compte/securite/activer/").url
    page = client.post(asked, {"password": PASSWORD}, follow=True)
    secret = soup(page, ".key").text

    codes = client.post("/compte/securite/activer/", {"code": code_of(secret)}, follow=True)

    assert len(soup(codes).select(".recovery-codes .code")) == 10


def test_second_factor_can_be_taken_off(client, officer, secret, soup):
    client.force_login(officer)
    asked = client.get("/compte/securite/desactiver/").url
    page = client.post(asked, {"password": PASSWORD}, follow=True)
    assert "Désactiver le second facteur" in soup(page, "h1").text

    client.post("/compte/securite/desactiver/")

    assert "Pas encore activée" in client.get("/compte/securite/").text


def test_it_can_be_confirmed_by_a_code_of_the_application(client, officer, secret):
    client.force_login(officer)

    response = client.post("/compte/securite/confirmer/", {"code": code_of(secret)})

    assert response.url == "/accueil/"


def test_recovery_codes_are_renewed(client, officer, secret, soup):
    old = RecoveryCodes.activate(officer).get_unused_codes()
    client.force_login(officer)
    asked = client.post("/compte/securite/codes/nouveaux/").url
    client.post(asked, {"password": PASSWORD})

    page = client.post("/compte/securite/codes/nouveaux/", follow=True)

    codes = {code.text for code in soup(page).select(".recovery-codes .code")}
    assert len(codes) == 10
    assert not codes & set(old)


def test_wrong_password_at_the_confirmation_is_told(client, officer):
    client.force_login(officer)

    response = client.post("/compte/confirmer/", {"password": "faux"})

    assert response.status_code == 422
