"""What the database keeps of a second factor opens nothing without the key of the site."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import CommandError, call_command
from django.db import connection

from tests.factories import PASSWORD, UserFactory
from tests.second_factor import code_of

pytestmark = pytest.mark.django_db

CODE_PAGE = "/compte/securite/code/"


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def secret(user):
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def enters(client, user, secret):
    client.post("/connexion/", {"login": user.email, "password": PASSWORD})
    return client.post(CODE_PAGE, {"code": code_of(secret)})


def kept():
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        return " ".join(str(row[0]) for row in cursor.fetchall())


def keep_in_clear(secret):
    Authenticator.objects.filter(type="totp").update(data={"secret": secret})


def test_no_seed_is_kept_as_it_is(user, secret):
    codes = RecoveryCodes.activate(user)

    assert secret not in kept()
    assert codes.get_unused_codes()[0] not in kept()
    assert kept().count("sealed:") == 2


def test_a_code_of_a_sealed_seed_opens(client, user, secret):
    assert enters(client, user, secret).status_code == 302


def test_a_code_of_a_seed_kept_before_they_were_sealed_opens(client, user, secret):
    keep_in_clear(secret)

    assert enters(client, user, secret).status_code == 302


def test_a_code_still_opens_once_the_key_is_changed(client, user, secret, rotate):
    rotate()

    assert enters(client, user, secret).status_code == 302


def test_sealed_again_by_the_new_key_it_needs_no_other(client, user, secret, rotate, capsys):
    codes = RecoveryCodes.activate(user).get_unused_codes()
    rotate()
    call_command("seal_seeds")
    rotate(forget=True)

    assert enters(client, user, secret).status_code == 302
    assert RecoveryCodes.activate(user).get_unused_codes() == codes
    assert capsys.readouterr().out.split()[0] == "2"


def test_one_kept_in_clear_is_sealed(user, secret):
    keep_in_clear(secret)

    call_command("seal_seeds")

    assert secret not in kept()


def test_a_key_taken_out_too_early_lets_nobody_in_and_is_told(client, user, secret, rotate, soup):
    rotate(forget=True)

    response = enters(client, user, secret)

    assert response.status_code == 422
    assert "ne peut plus être vérifié" in soup(response).text
    with pytest.raises(CommandError, match="2 illisibles"):
        call_command("seal_seeds")


def test_no_code_opens_what_cannot_be_read(client, user, secret, rotate):
    rotate(forget=True)

    assert enters(client, user, "").status_code == 422
