"""Mails about accounts: tried again as those of a session are, each failure told to officers.

What the queue and the history hold opens nothing: a link is made when its mail leaves.
"""

from contextlib import contextmanager

from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from certif.accounts.models import Invitation, User
from certif.accounts.tokens import token_of
from certif.audit.models import record
from certif.lib.mails import PAUSES, TRIES, reason_of
from certif.lib.wallclock import zone_label


@contextmanager
def _tried_again(task, *args, tries, kind, **about):
    """What fails inside is told to officers, and asked of the queue again, later and later."""
    try:
        yield
    except Exception as error:
        with transaction.atomic():
            ending = "not_sent" if tries < TRIES else "given_up"
            record(f"{kind}.{ending}", by=None, tries=tries, why=reason_of(error), **about)
            if tries < TRIES:
                at = timezone.now() + PAUSES[tries - 1]
                task.using(run_after=at).enqueue(*args, tries=tries + 1)


@task()
def send_prepared_mail(subject, body, recipients, tries=1):
    again = send_prepared_mail, subject, body, recipients
    with _tried_again(*again, tries=tries, kind="account_mail"):
        send_mail(subject, body, None, recipients)


@task()
def answer_forgotten(email):
    """Whether the address has an account is asked here: the page takes as long for one as for another."""
    users = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
    if users:
        send_password_link.enqueue(users[0].pk, email)
        return
    send_notice("unknown_account", email, signup="account_signup")


def send_notice(name, email, **pages):
    """A mail that opens nothing: the queue may hold it."""
    context = {f"{key}_url": settings.SITE_URL + reverse(page) for key, page in pages.items()}
    subject = render_to_string(f"account/email/{name}_subject.txt", context)
    body = render_to_string(f"account/email/{name}_message.txt", context)
    send_prepared_mail.enqueue(subject.strip(), body, [email])


@task()
def send_password_link(user_id, email, tries=1):
    """The link is made here: the queue never holds it."""
    user = User.objects.get(pk=user_id)
    again = send_password_link, user_id, email
    with _tried_again(*again, tries=tries, kind="password_mail", person=user_id):
        _send_password_link(user, email)


def _send_password_link(user, email):
    uid, key = user_pk_to_url_str(user), PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    context = {"password_reset_url": settings.SITE_URL + path}
    subject = render_to_string("account/email/password_reset_key_subject.txt", context)
    body = render_to_string("account/email/password_reset_key_message.txt", context)
    send_mail(subject.strip(), body, None, [email])


@task()
def send_invitation(invitation_id, token_hash, tries=1):
    """The link is made here: the queue never holds it. A link that is already dead is not sent."""
    invitation = (
        Invitation.objects.open()
        .filter(pk=invitation_id, token_hash=token_hash)
        .select_related("centre", "invited_by")
        .first()
    )
    if invitation is None:
        return
    again = send_invitation, invitation_id, token_hash
    about = {"invitation": invitation_id, "centre": invitation.centre}
    with _tried_again(*again, tries=tries, kind="invitation_mail", **about):
        _send_invitation(invitation)


def _send_invitation(invitation):
    context = {
        "invitation": invitation,
        "centre": ", ".join(filter(None, [invitation.centre.name, invitation.centre.city])),
        "token": token_of(invitation.seed),
        "zone": zone_label(invitation.centre.time_zone),
        "site_url": settings.SITE_URL,
        "support_email": settings.SUPPORT_EMAIL,
    }
    subject = render_to_string("accounts/mails/invitation_subject.txt", context)
    body = render_to_string("accounts/mails/invitation.txt", context)
    send_mail(" ".join(subject.split()), body, None, [invitation.email])
