from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import DayField, LineField, TextField
from exam.enums import QuestionKind
from exam.models import PROBLEM_TEXT_MAX_LENGTH
from exam.scoring import as_number
from sessions.forms.fields import SessionNumberField

YOUNGEST, OLDEST = 5, 110
ANSWER_MAX_LENGTH = 200


def required(sentence):
    return {"required": sentence}


class JoinForm(forms.Form):
    """« Passer ma certification »: what finds one row of one candidate list."""

    session_number = SessionNumberField(
        label=_("Numéro de session"),
        help_text=_("Votre surveillant vous le donne."),
        error_messages=required(_("Indiquez le numéro de session.")),
    )
    first_name = LineField(
        label=_("Prénom"), max_length=100, error_messages=required(_("Indiquez votre prénom."))
    )
    birth_name = LineField(
        label=_("Nom de naissance"),
        max_length=100,
        error_messages=required(_("Indiquez votre nom de naissance.")),
    )
    birth_date = DayField(
        label=_("Date de naissance"),
        help_text=_("Sous la forme jj/mm/aaaa, par exemple 09/03/2010."),
        error_messages=required(_("Indiquez votre date de naissance.")),
        widget=forms.DateInput(attrs={"inputmode": "numeric"}),
    )
    birth_city = LineField(
        label=_("Commune de naissance"),
        max_length=100,
        error_messages=required(_("Indiquez votre commune de naissance.")),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._ask_city("birth_city" in self.data)
        for field in self.fields.values():
            # Several pupils use this computer: the browser does not propose the previous one.
            field.widget.attrs["autocomplete"] = "off"

    def clean_birth_date(self):
        birth_date = self.cleaned_data["birth_date"]
        if not YOUNGEST <= _age(birth_date) <= OLDEST:
            raise ValidationError(_("Vérifiez la date de naissance : jour, mois et année."))
        return birth_date

    def _ask_city(self, asks):
        """Only when two rows carry the same name and birth date."""
        self.asks_city = self.fields["birth_city"].required = asks

    def refuse(self, refusal):
        self._ask_city(self.asks_city or refusal.field == "birth_city")
        self.add_error(refusal.field, refusal.sentence)


def _age(birth_date):
    today = timezone.localdate()
    return today.year - birth_date.year - (today < _birthday(birth_date, today.year))


def _birthday(birth_date, year):
    """Somebody born on 29 February is a year older on 1 March."""
    if (birth_date.month, birth_date.day) == (2, 29):
        return date(year, 3, 1)
    return birth_date.replace(year=year)


class AccessCodeForm(forms.Form):
    code = LineField(
        label=_("Code d’accès communiqué par le surveillant"),
        max_length=40,
        error_messages=required(_("Tapez le code d’accès donné par votre surveillant.")),
        widget=forms.TextInput(
            attrs={
                "class": "code-input",
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )


class NumberField(LineField):
    def to_python(self, value):
        value = super().to_python(value)
        if value and as_number(value) is None:
            raise ValidationError(
                _("Écrivez un nombre, avec des chiffres : par exemple 12 ou 3,5.")
            )
        return value


class AnswerForm(forms.Form):
    """One question: ranks for the choices, a text otherwise. Whether it may be empty, the action says."""

    def __init__(self, question, data=None):
        super().__init__(data)
        self.kind = question.kind
        self.fields["value"] = _answer_field(question)

    def clean_value(self):
        value = self.cleaned_data["value"]
        if self.kind == QuestionKind.SINGLE:
            return [] if value is None else [value]
        return sorted(set(value)) if self.kind == QuestionKind.MULTIPLE else value


def _answer_field(question):
    if question.kind in {QuestionKind.TEXT, QuestionKind.NUMBER}:
        return _written_field(question.kind)
    several = question.kind == QuestionKind.MULTIPLE
    field = forms.TypedMultipleChoiceField if several else forms.TypedChoiceField
    return field(
        label=_("Plusieurs réponses sont possibles") if several else _("Une seule réponse"),
        choices=list(enumerate(question.choices)),
        coerce=int,
        empty_value=[] if several else None,
        required=False,
        widget=forms.CheckboxSelectMultiple if several else forms.RadioSelect,
        error_messages={"invalid_choice": _("Cette proposition n’existe pas : choisissez-en une.")},
    )


def _written_field(kind):
    is_number = kind == QuestionKind.NUMBER
    attributes = {"autocomplete": "off", "spellcheck": "false"}
    if is_number:
        attributes["inputmode"] = "decimal"
    return (NumberField if is_number else LineField)(
        label=_("Votre réponse (un nombre)") if is_number else _("Votre réponse"),
        max_length=ANSWER_MAX_LENGTH,
        required=False,
        widget=forms.TextInput(attrs=attributes),
    )


class ProblemForm(forms.Form):
    """« Signaler un problème »: what happens, in the candidate's words."""

    use_required_attribute = False

    text = TextField(
        label=_("Que se passe-t-il ?"),
        max_length=PROBLEM_TEXT_MAX_LENGTH,
        help_text=_("Votre surveillant peut vous aider à l’écrire."),
        error_messages=required(_("Écrivez ce qui se passe."))
        | {
            "max_length": _(
                "Ce texte est limité à %(limit_value)d caractères (%(show_value)d écrits)."
            )
        },
        widget=forms.Textarea(attrs={"rows": 4, "data-counter": "text-counter"}),
    )
