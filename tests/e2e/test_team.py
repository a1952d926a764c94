"""Somebody is invited, signs up, joins, and is given the keys: by keyboard and on a phone."""

import pytest
from django.core import mail
from django.urls import reverse

from certif.accounts.models import Membership, Role
from tests.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = {"viewport": {"width": 320, "height": 640}}


@pytest.fixture
def manager(settings, live_server):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    settings.SITE_URL = live_server.url
    return MembershipFactory(user=UserFactory(email="claire@exemple.test"))


def link_in(message):
    return next(line for line in message.body.splitlines() if "/invitations/" in line)


def invites_by_keyboard(person, email):
    page = person.page
    page.locator("#invite").focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    person.look()
    page.keyboard.press("Tab")
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    person.reads("L’invitation part à l’adresse")


def signs_up(person, email):
    person.follow("Créer mon compte")
    person.look()
    page = person.page
    assert page.get_by_label("Adresse e-mail").input_value() == email
    page.get_by_label("Prénom").fill("Karim")
    page.get_by_label("Nom", exact=True).fill("Benali")
    page.get_by_label("Mot de passe").fill("une longue phrase secrète")
    person.press("Créer mon compte")


def test_somebody_invited_joins_and_may_be_removed(manager, somebody):
    claire = somebody(NARROW).logs_in(manager.user.email, PASSWORD)
    claire.go(reverse("accounts:team", args=[manager.centre_id]))
    invites_by_keyboard(claire, "karim@exemple.test")
    claire.look()

    karim = somebody().go(link_in(mail.outbox[-1]))
    karim.look()
    signs_up(karim, "karim@exemple.test")
    karim.look()
    karim.press("Rejoindre le centre")
    karim.reads("Vous faites partie de l’équipe")
    karim.follow("Équipe")
    karim.look()
    assert Membership.objects.get(user__email="karim@exemple.test").role == Role.MANAGER

    claire.page.reload()
    claire.follow("Retirer")
    claire.reads("Retirer Karim BENALI de l’équipe ?")
    claire.look()
    claire.press("Retirer de l’équipe")
    claire.reads("ne fait plus partie de l’équipe")
    claire.look()


def test_a_refused_invitation_says_where_and_gives_the_focus(manager, somebody):
    claire = somebody().logs_in(manager.user.email, PASSWORD)
    claire.go(reverse("accounts:team", args=[manager.centre_id]))
    invites_by_keyboard(claire, "karim@exemple.test")

    claire.follow("Inviter quelqu’un")
    claire.page.get_by_label("Adresse e-mail").fill("karim@exemple.test")
    claire.press("Envoyer l’invitation")
    claire.reads("Une invitation attend déjà une réponse")
    claire.look()
    claire.page.locator(".form-errors:focus").wait_for()

    claire.press("Renvoyer l’invitation")
    claire.reads("L’invitation part à l’adresse")
    assert len(mail.outbox) == 2
