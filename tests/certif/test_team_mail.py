from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail

from certif.accounts import actions, tokens
from certif.accounts.models import Role
from certif.accounts.tasks import send_invitation
from tests.factories import CentreFactory, InvitationFactory, MembershipFactory, UserFactory

NINE = datetime(2026, 12, 7, 9, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def sent(invitation):
    send_invitation.call(invitation.pk, invitation.token_hash)
    (message,) = mail.outbox
    return message


def test_the_mail_tells_who_invites_where_in_which_role_and_until_when():
    centre = CentreFactory(name="Lycée de l’Île & Cie", city="Nouméa", time_zone="Pacific/Noumea")
    inviter = UserFactory(first_name="Claire", last_name="Fontaine", email="claire@exemple.test")
    with time_machine.travel(NINE, tick=False):
        invitation = InvitationFactory(centre=centre, invited_by=inviter, role=Role.MANAGER)

    message = sent(invitation)

    assert message.to == [invitation.email]
    assert message.subject == "Invitation à rejoindre l’équipe : Lycée de l’Île & Cie"
    assert "Claire FONTAINE (claire@exemple.test)" in message.body
    assert "Centre : Lycée de l’Île & Cie, Nouméa" in message.body
    assert "Votre rôle : administrateur" in message.body
    assert "jusqu’au lundi 14 décembre 2026 à 20 h 02 (heure de Nouméa)" in message.body


def test_the_mail_holds_the_link_that_opens_the_page(client, settings):
    settings.SITE_URL = "https://certif.exemple.test"
    invitation = InvitationFactory()

    (link,) = [
        line for line in sent(invitation).body.splitlines() if line.startswith(settings.SITE_URL)
    ]

    assert client.get(link.removeprefix(settings.SITE_URL)).status_code == 200


def test_a_centre_named_on_two_lines_makes_no_other_header():
    invitation = InvitationFactory(centre=CentreFactory(name="Collège\nBcc: a@b.test"))

    assert sent(invitation).subject.endswith("Collège Bcc: a@b.test")


def test_a_link_replaced_before_its_mail_left_is_not_sent():
    manager = MembershipFactory()
    invitation = InvitationFactory(centre=manager.centre)
    actions.resend_invitation(invitation, by=manager.user)

    send_invitation.call(invitation.pk, invitation.token_hash)

    assert mail.outbox == []


def test_an_invitation_withdrawn_before_its_mail_left_is_not_sent():
    manager = MembershipFactory()
    invitation = InvitationFactory(centre=manager.centre)
    actions.withdraw_invitation(invitation, by=manager.user)

    send_invitation.call(invitation.pk, invitation.token_hash)

    assert mail.outbox == []


def test_the_mail_sent_by_the_worker_is_asked_for_by_the_action(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    manager = MembershipFactory()

    invitation = actions.invite_member(
        manager.centre, email="paul@exemple.test", role=Role.MEMBER, by=manager.user
    )

    (message,) = mail.outbox
    assert tokens.token_of(invitation.seed) in message.body
