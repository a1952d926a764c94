"""Form fields that clean what people type, and say it in French."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from certif.lib import text
from certif.lib.refusals import InvalidInput

FORBIDDEN = _("Ce champ contient un caractère non autorisé. Effacez-le et tapez-le à nouveau.")
BARE_DAY = re.compile(r"^(\d\d)(\d\d)((?:19|20)\d\d)$", re.ASCII)
NOT_AN_ADDRESS = _("Vérifiez l’adresse e-mail, par exemple prenom.nom@exemple.fr.")
_AN_ADDRESS = EmailValidator(NOT_AN_ADDRESS)
NO_SUCH_DATE = _("Cette date n’existe pas. Écrivez-la sous la forme jj/mm/aaaa.")


class LineField(forms.CharField):
    """One line of text, cleaned (certif.lib.text.clean_line)."""

    default_error_messages = {
        "max_length": _(
            "Ce texte est trop long\u00a0: %(limit_value)d caractères au plus (%(show_value)d ici)."
        )
    }
    clean_function = staticmethod(text.clean_line)

    def __init__(self, **kwargs):
        super().__init__(strip=False, **kwargs)
        # Ours answers first, in French: Django's own speaks of « octet nul ».
        self.validators = [v for v in self.validators if "Null" not in type(v).__name__]

    def to_python(self, value):
        value = super().to_python(value)
        try:
            return self.clean_function(value)
        except text.ForbiddenCharacter as error:
            raise ValidationError(FORBIDDEN, code="forbidden_character") from error


class EmailField(LineField):
    """An address, in lower case: the one way this site writes them."""

    widget = forms.EmailInput

    def __init__(self, **kwargs):
        super().__init__(max_length=254, **kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value):
        return super().to_python(value).lower()

    def run_validators(self, value):
        super().run_validators(value)
        if value not in self.empty_values:
            _AN_ADDRESS(value)


class TextField(LineField):
    """Several lines of text, cleaned (certif.lib.text.clean_text)."""

    widget = forms.Textarea
    clean_function = staticmethod(text.clean_text)


class WholeNumberField(LineField):
    """Digits only, as a person writes them: spaces and full-width digits are understood."""

    def __init__(self, *, min_value=None, max_value=None, **kwargs):
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "numeric")

    def to_python(self, value):
        digits = "".join(unicodedata.normalize("NFKC", super().to_python(value)).split())
        if not digits:
            return None
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
            raise ValidationError(_("Indiquez un nombre, avec des chiffres uniquement."))
        number = int(digits)
        if self.min_value is not None and number < self.min_value:
            raise ValidationError(_("Indiquez au moins %(limit)s.") % {"limit": self.min_value})
        if self.max_value is not None and number > self.max_value:
            raise ValidationError(_("Indiquez au plus %(limit)s.") % {"limit": self.max_value})
        return number

    def run_validators(self, value):
        """Length validators of text do not apply to a number."""

    def validate(self, value):
        if value is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")


class DayField(forms.DateField):
    """A day, typed jj/mm/aaaa or picked in the browser's calendar (aaaa-mm-jj).

    Or jjmmaaaa: the keypad that a telephone shows for digits may hold no stroke.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("error_messages", {}).setdefault("invalid", NO_SUCH_DATE)
        super().__init__(input_formats=["%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"], **kwargs)

    def to_python(self, value):
        if isinstance(value, str):
            value = BARE_DAY.sub(r"\1/\2/\3", unicodedata.normalize("NFKC", value).strip())
        return super().to_python(value)


def submit(form, action):
    """What the action returns; None when something typed is to correct, said at its field."""
    if not form.is_valid():
        return None
    try:
        return action(**form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return None
