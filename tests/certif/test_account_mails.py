"""A mail about an account that does not leave is tried again, and told to officers without its link."""

import smtplib
from datetime import timedelta

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.accounts import actions, tasks, tokens
from certif.audit.models import AuditEvent
from certif.lib.mails import PAUSES
from tests.factories import InvitationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

ADDRESS = "ada@exemple.test"
WHY = "Refusé par le serveur de messagerie (554)."
LAST = len(PAUSES) + 1


class Refuses(EmailBackend):
    """A relay that takes nothing, and quotes what it was given."""

    def send_messages(self, messages):
        raise smtplib.SMTPDataError(554, messages[0].body.encode())


@pytest.fixture(autouse=True)
def _tasks_in_the_database(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def relay(settings):
    """Refuses everything, until it is told to be back."""
    settings.EMAIL_BACKEND = f"{__name__}.Refuses"

    def is_back():
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    return is_back


@pytest.fixture
def invitation():
    return InvitationFactory(email=ADDRESS)


@pytest.fixture
def user():
    return UserFactory(email=ADDRESS, first_name="Ada", last_name="Petit")


def invite(invitation, **tries):
    tasks.send_invitation.call(invitation.pk, invitation.token_hash, **tries)


def ask_password(user, **tries):
    tasks.send_password_link.call(user.pk, user.email, **tries)


def say_unknown(_nobody=None, **tries):
    tasks.send_prepared_mail.call("Sujet", "Texte", [ADDRESS], **tries)


def asked_again():
    """What the queue holds: (task, arguments, which try, in how long)."""
    return [
        (
            row.task_name,
            row.args_kwargs["args"],
            row.args_kwargs["kwargs"],
            row.task_result.task.run_after - timezone.now(),
        )
        for row in DBTaskResult.objects.order_by("enqueued_at")
    ]


def told():
    return [(event.kind, event.data) for event in AuditEvent.objects.order_by("pk")]


def test_an_invitation_is_asked_again_later(relay, invitation):
    invite(invitation)

    ((name, args, kwargs, wait),) = asked_again()
    assert (name, args) == ("send_invitation", [invitation.pk, invitation.token_hash])
    assert kwargs == {"tries": 2}
    assert timedelta(seconds=50) < wait <= timedelta(minutes=1)


def test_a_password_link_is_asked_again_without_being_kept(relay, user):
    ask_password(user)

    ((name, args, kwargs, _wait),) = asked_again()
    assert (name, args, kwargs) == ("send_password_link", [user.pk, ADDRESS], {"tries": 2})


def test_a_prepared_mail_is_asked_again(relay):
    say_unknown()

    ((name, args, kwargs, _wait),) = asked_again()
    assert (name, args, kwargs) == (
        "send_prepared_mail",
        ["Sujet", "Texte", [ADDRESS]],
        {"tries": 2},
    )


@pytest.mark.parametrize("tries", range(1, LAST))
def test_each_pause_is_that_of_its_try(relay, user, tries):
    ask_password(user, tries=tries)

    ((*_what, wait),) = asked_again()
    assert timedelta() <= PAUSES[tries - 1] - wait < timedelta(minutes=1)


def test_after_the_last_try_it_is_given_up(relay, user):
    ask_password(user, tries=LAST)

    assert asked_again() == []
    assert told() == [("password_mail.given_up", {"person": user.pk, "tries": LAST, "why": WHY})]


def test_the_retry_sends_it_once_the_relay_is_back(relay, invitation, mailoutbox):
    invite(invitation)
    relay()

    ((_name, args, kwargs, _wait),) = asked_again()
    tasks.send_invitation.call(*args, **kwargs)

    assert [mail.to for mail in mailoutbox] == [[ADDRESS]]
    assert tokens.token_of(invitation.seed) in mailoutbox[0].body
    assert len(asked_again()) == 1


def test_an_invitation_withdrawn_between_two_tries_is_not_sent(relay, mailoutbox):
    manager = MembershipFactory()
    invitation = InvitationFactory(centre=manager.centre)
    invite(invitation)
    actions.withdraw_invitation(invitation, by=manager.user)
    relay()

    invite(invitation, tries=2)

    assert mailoutbox == []


def test_a_mail_that_leaves_is_told_to_nobody(user, mailoutbox):
    ask_password(user)

    assert len(mailoutbox) == 1
    assert told() == asked_again() == []


def test_neither_the_line_nor_the_queue_holds_the_link(relay, user):
    ask_password(user)

    (row,) = DBTaskResult.objects.values("args_kwargs", "traceback", "return_value")
    assert "mot-de-passe" not in f"{row}{told()}"
    assert told() == [("password_mail.not_sent", {"person": user.pk, "tries": 1, "why": WHY})]


# --- Officers -------------------------------------------------------------------------------------

CASES = [
    (invite, "invitation", f"Courriel d’invitation d’{ADDRESS}"),
    (ask_password, "user", "Courriel de nouveau mot de passe d’Ada PETIT"),
    (say_unknown, None, "Courriel sur un compte, ou son absence"),
]


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


@pytest.mark.parametrize(("send", "about", "what"), CASES, ids=["invitation", "password", "none"])
def test_officers_read_what_did_not_leave_and_why(
    client, officer, relay, request, soup, send, about, what
):
    about = about and request.getfixturevalue(about)
    send(about)
    send(about, tries=LAST)

    page = client.get(reverse("admin:audit_auditevent_changelist"), {"nature": "courriels"})

    assert [" ".join(cell.text.split()) for cell in soup(page).select(".field-told")] == [
        f"{what} non parti après 6 essais, abandonné : {WHY}",
        f"{what} non parti, essai 1 sur 6 : {WHY}",
    ]


def test_the_first_page_tells_those_given_up(client, officer, relay, user, soup):
    ask_password(user)
    ask_password(user, tries=LAST)

    flag = soup(client.get(reverse("admin:index")), "#account-mails")

    assert "1 courriel de compte abandonné depuis 7 jours" in flag.text
    assert flag["href"].endswith("?nature=courriels")


def test_the_first_page_says_nothing_when_none_is(client, officer, relay, user, soup):
    ask_password(user)

    assert not soup(client.get(reverse("admin:index"))).select("#account-mails")
