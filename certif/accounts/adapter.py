import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certif.accounts import devices, seeds, throttle
from certif.accounts.tasks import answer_forgotten, send_notice, send_prepared_mail
from certif.lib.refusals import TooManyTries

TOO_MANY_TRIES = "too_many_tries"
MAILS_PER_HOUR = 3
A_DAY = 24 * 3600


def login_key(email):
    """The counter of one account's password. No address in clear, whatever its length."""
    return "login:" + _digest(email)


def mails_key(email):
    return "mails:" + _digest(email)


def second_factor_key(user):
    return f"second-factor:{user.pk}"


def of_browser(key, request, email):
    """A browser that the account is known by counts apart: strangers do not use up its tries."""
    device = devices.device_of(request, email)
    return f"{key}:{device}" if device else key


def _digest(email):
    return hashlib.sha256(email.lower().encode()).hexdigest()


def take_try(key):
    """Count a try on a secret typed in a form, which says how long to wait."""
    try:
        throttle.take_try(key)
    except TooManyTries as refusal:
        raise ValidationError(refusal.sentence, code=TOO_MANY_TRIES) from refusal


def _may_write(key, *, limit=MAILS_PER_HOUR, seconds=3600):
    """Anybody may ask for a mail to any address: a few an hour. The page never says it."""
    try:
        throttle.take_place(key, limit=limit, seconds=seconds, sentence="")
    except TooManyTries:
        return False
    return True


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "enter_current_password": _("Ce n’est pas votre mot de passe actuel."),
    }

    def authenticate(self, request, **credentials):
        email = credentials["email"]
        key = of_browser(login_key(email), request, email)
        take_try(key)
        user = super().authenticate(request, **credentials)
        if user:
            throttle.clear(key)
        return user

    def set_password(self, user, password):
        super().set_password(user, password)
        throttle.clear(login_key(user.email))
        devices.note_proof(self.request, user)

    def answer_forgotten(self, email):
        if _may_write(of_browser(mails_key(email), self.request, email)):
            answer_forgotten.enqueue(email)

    def tell_owner(self, email):
        """Somebody wanted an account at an address that has one: who reads it learns it, once a day."""
        if _may_write("notices:" + _digest(email), limit=1, seconds=A_DAY):
            pages = {"login": "account_login", "reset": "account_reset_password"}
            send_notice("account_already_exists", email, **pages)

    def send_mail(self, template_prefix, email, context):
        if _may_write(mails_key(email)):
            message = self.render_mail(template_prefix, email, context)
            send_prepared_mail.enqueue(message.subject, message.body, message.to)

    def get_from_email(self):
        return None

    def format_email_subject(self, subject):
        return subject.strip()

    def get_password_change_redirect_url(self, request):
        return reverse("accounts:profile")


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text):
        return seeds.seal(text)

    def decrypt(self, encrypted_text):
        return seeds.unseal(encrypted_text)
