from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task

from certif.accounts.models import Invitation, User
from certif.accounts.tokens import token_of
from certif.lib.wallclock import zone_label


@task()
def send_prepared_mail(subject, body, recipients):
    send_mail(subject, body, None, recipients)


@task()
def send_password_link(user_id, email):
    """The link is made here: the queue never holds it."""
    user = User.objects.get(pk=user_id)
    uid, key = user_pk_to_url_str(user), PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    context = {"password_reset_url": settings.SITE_URL + path}
    subject = render_to_string("account/email/password_reset_key_subject.txt", context)
    body = render_to_string("account/email/password_reset_key_message.txt", context)
    send_mail(subject.strip(), body, None, [email])


@task()
def send_invitation(invitation_id, token_hash):
    """The link is made here: the queue never holds it. A link that is already dead is not sent."""
    invitation = (
        Invitation.objects.open()
        .filter(pk=invitation_id, token_hash=token_hash)
        .select_related("centre", "invited_by")
        .first()
    )
    if invitation is None:
        return
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
