"""allauth's forms, with our words, and our way of slowing down who guesses."""

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.core import context as allauth
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from certif.accounts import throttle
from certif.accounts.adapter import login_key, of_browser, second_factor_key, take_try
from certif.accounts.entrance import invited_address
from certif.accounts.models import Role, User
from certif.accounts.seeds import Unreadable
from certif.lib.forms import NOT_AN_ADDRESS, EmailField, LineField

EMAIL_MAX_LENGTH = User._meta.get_field("email").max_length
PASSWORD_MAX_LENGTH = 128
PASSWORD_HINT = _(
    "10 caractères au moins. Évitez votre nom, votre adresse et les mots trop courants."
)

ROLES = [
    (Role.MEMBER, _("Membre : prépare les sessions, inscrit les candidats, finalise")),
    (Role.MANAGER, _("Administrateur : fait tout cela, et gère l’équipe et les mots de passe")),
]


class OurWords:
    """A label and a hint for each field; what allauth writes inside the boxes goes."""

    labels = {}
    hints = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field, forms.EmailField):
                field.error_messages["invalid"] = NOT_AN_ADDRESS
            if isinstance(field.widget, forms.PasswordInput):
                field.widget.attrs["maxlength"] = PASSWORD_MAX_LENGTH


class LoginForm(OurWords, account_forms.LoginForm):
    labels = {"login": _("Adresse e-mail"), "password": _("Mot de passe")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].initial = invited_address(self.request)


class SignupForm(OurWords, account_forms.SignupForm):
    first_name = LineField(label=_("Prénom"), max_length=100)
    last_name = LineField(label=_("Nom"), max_length=100)
    field_order = ["first_name", "last_name", "email", "password1"]
    labels = {"email": _("Adresse e-mail"), "password1": _("Mot de passe")}
    hints = {"password1": PASSWORD_HINT}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        self.fields["email"].initial = invited_address(allauth.request)

    def clean_email(self):
        email = super().clean_email()
        if len(email) > EMAIL_MAX_LENGTH:
            raise forms.ValidationError(_("Cette adresse e-mail est trop longue."))
        return email

    def validate_unique_email(self, value):
        try:
            return super().validate_unique_email(value)
        except forms.ValidationError:
            get_adapter().tell_owner(value.lower())
            raise


class ResetPasswordForm(OurWords, account_forms.ResetPasswordForm):
    """Asks nobody whether the address has an account (certif.accounts.tasks)."""

    labels = {"email": _("Adresse e-mail")}

    def clean_email(self):
        return get_adapter().clean_email(self.cleaned_data["email"].lower())

    def save(self, request, **kwargs):
        get_adapter().answer_forgotten(self.cleaned_data["email"])
        return self.cleaned_data["email"]


class ResetPasswordKeyForm(OurWords, account_forms.ResetPasswordKeyForm):
    labels = {
        "password1": _("Nouveau mot de passe"),
        "password2": _("Nouveau mot de passe, une seconde fois"),
    }
    hints = {"password1": PASSWORD_HINT}


class ChangePasswordForm(OurWords, account_forms.ChangePasswordForm):
    labels = {"oldpassword": _("Mot de passe actuel"), **ResetPasswordKeyForm.labels}
    hints = {"password1": PASSWORD_HINT}

    def clean_oldpassword(self):
        email = self.user.email
        key = of_browser(login_key(email), allauth.request, email)
        take_try(key)
        password = super().clean_oldpassword()
        throttle.clear(key)
        return password


class ReauthenticateForm(OurWords, account_forms.ReauthenticateForm):
    labels = {"password": _("Mot de passe")}


class SecondFactor(OurWords):
    """Six digits are guessed fast: the tries of one account are counted."""

    labels = {"code": _("Code à six chiffres")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["class"] = "short"

    def clean_code(self):
        key = second_factor_key(self.user)
        take_try(key)
        try:
            code = super().clean_code()
        except Unreadable as error:
            sentence = _("Votre second facteur ne peut plus être vérifié : écrivez à l’assistance.")
            raise forms.ValidationError(sentence) from error
        throttle.clear(key)
        return code


class SecondFactorForm(SecondFactor, mfa_forms.AuthenticateForm):
    labels = {"code": _("Code à six chiffres, ou code de secours")}


class SecondFactorAgainForm(SecondFactor, mfa_forms.ReauthenticateForm):
    labels = SecondFactorForm.labels


class ActivateSecondFactorForm(SecondFactor, totp_forms.ActivateTOTPForm):
    pass


class ProfileForm(forms.Form):
    first_name = LineField(label=_("Prénom"), max_length=100)
    last_name = LineField(label=_("Nom"), max_length=100)


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Rôle"),
        choices=ROLES,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choisissez un des rôles proposés.")},
    )


class InvitationForm(RoleForm):
    email = EmailField(
        label=_("Adresse e-mail"),
        help_text=_(
            "L’adresse du compte avec lequel cette personne se connecte, ou se connectera."
        ),
    )
    field_order = ["email", "role"]
