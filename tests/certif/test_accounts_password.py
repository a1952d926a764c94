import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.accounts import tasks
from tests.factories import PASSWORD, UserFactory

FORGOTTEN = "/mot-de-passe/oublie/"
NEW = "une-autre-phrase"


@pytest.fixture(autouse=True)
def _mails_at_once(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


def link_in_mail():
    return re.search(rf"{settings.SITE_URL}(/\S+)", mail.outbox[0].body)[1]


def ask_link(client, email):
    return client.post(FORGOTTEN, {"email": email})


def choose(client, password=NEW):
    page = client.get(link_in_mail(), follow=True)
    return client.post(
        page.request["PATH_INFO"], {"password1": password, "password2": password}, follow=True
    )


def test_mail_task_is_known():
    assert tasks.send_prepared_mail.name == "send_prepared_mail"


def test_link_by_mail_changes_the_password(client, db):
    user = UserFactory()
    ask_link(client, user.email)

    assert "Votre mot de passe est changé" in choose(client).text
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_the_queue_never_holds_the_link(client, db, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    user = UserFactory()

    ask_link(client, user.email)

    assert DBTaskResult.objects.get().args_kwargs["args"] == [user.email]


@pytest.mark.parametrize("has_account", [True, False])
def test_nobody_floods_an_address_with_mails(client, db, has_account):
    UserFactory(email="ada@exemple.test" if has_account else "autre@exemple.test")

    responses = [ask_link(client, "Ada@exemple.test") for _ in range(5)]

    assert {response.status_code for response in responses} == {302}
    assert len(mail.outbox) == 3


def test_mails_to_one_address_delay_no_other(client, db):
    for _ in range(4):
        ask_link(client, "ada@exemple.test")

    ask_link(client, "autre@exemple.test")

    assert mail.outbox[-1].to == ["autre@exemple.test"]


def test_link_serves_once(client, db):
    ask_link(client, UserFactory().email)
    assert choose(client).redirect_chain

    assert "Ce lien ne sert plus" in client.get(link_in_mail(), follow=True).text


@pytest.mark.parametrize(
    ("minutes", "says"), [(59, "Choisissez un nouveau mot de passe"), (61, "Ce lien ne sert plus")]
)
def test_link_serves_for_an_hour(client, db, minutes, says):
    ask_link(client, UserFactory().email)

    # The zone of this machine, which Django reads the age of a link in.
    with time_machine.travel(timezone.localtime() + timedelta(minutes=minutes), tick=False):
        assert says in client.get(link_in_mail(), follow=True).text


def test_unknown_address_gets_the_same_page(client, db):
    known = ask_link(client, UserFactory().email)
    unknown = ask_link(client, "personne@exemple.test")

    assert known.status_code == unknown.status_code == 302
    assert known.url == unknown.url


def test_unknown_address_is_told_so_by_mail(client, db):
    ask_link(client, "personne@exemple.test")

    assert mail.outbox[0].to == ["personne@exemple.test"]
    assert "n’a pas de compte" in mail.outbox[0].body


def test_weak_password_is_refused(client, db):
    user = UserFactory()
    ask_link(client, user.email)

    assert choose(client, "12345").status_code == 422
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_new_password_ends_the_wait(client, db):
    user = UserFactory()
    for _ in range(5):
        client.post("/connexion/", {"login": user.email, "password": "faux"})
    ask_link(client, user.email)
    choose(client)

    response = client.post("/connexion/", {"login": user.email, "password": NEW})

    assert response.status_code == 302


def test_an_address_that_is_none_is_said_in_our_words(client, db):
    response = ask_link(client, "ada")

    assert response.status_code == 422
    assert "Vérifiez l’adresse e-mail, par exemple prenom.nom@exemple.fr." in response.text


def test_change_asks_for_the_present_password(client, db):
    client.force_login(UserFactory())
    form = {"oldpassword": "faux", "password1": NEW, "password2": NEW}

    response = client.post("/compte/mot-de-passe/", form)

    assert response.status_code == 422
    assert "Ce n’est pas votre mot de passe actuel." in response.text


def test_change_keeps_the_person_logged_in(client, db):
    user = UserFactory()
    client.force_login(user)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}

    response = client.post("/compte/mot-de-passe/", form, follow=True)

    assert response.redirect_chain == [("/compte/", 302)]
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_present_password_cannot_be_guessed_at_leisure(client, db):
    client.force_login(UserFactory())
    form = {"oldpassword": "faux", "password1": NEW, "password2": NEW}
    for _ in range(5):
        client.post("/compte/mot-de-passe/", form)

    assert client.post("/compte/mot-de-passe/", form).status_code == 429
