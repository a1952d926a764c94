import re
import unicodedata

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import DayField, LineField, TextField, WholeNumberField
from certif.lib.refusals import InvalidInput
from sessions.enums import Sex
from sessions.models import Candidate

FIRST_YEAR, LAST_YEAR = 2000, 2100
YOUNGEST, OLDEST = 5, 110
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ISO_HOUR = re.compile(r"\d{2}:\d{2}(:\d{2})?")
INSEE_CODE = re.compile(r"\d[\dAB]\d{3}")
FRENCH_POSTCODE = re.compile(r"\d{5}")


class PickerMixin:
    """The browser's picker; a plain line when what was typed is nothing a picker can show."""

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        if not shown or self.shape.fullmatch(shown):
            context["widget"]["type"] = self.picker
        return context


class DayInput(PickerMixin, forms.DateInput):
    picker, shape = "date", ISO_DAY

    def __init__(self):
        super().__init__(attrs={"class": "short"}, format="%Y-%m-%d")


class HourInput(PickerMixin, forms.TimeInput):
    picker, shape = "time", ISO_HOUR

    def __init__(self):
        super().__init__(attrs={"class": "short"}, format="%H:%M")


class HourField(forms.TimeField):
    """An hour, picked or typed: 9:02, 9h02, 9 h."""

    widget = HourInput

    def __init__(self, **kwargs):
        messages = {"invalid": _("Cette heure n’existe pas. Écrivez-la sous la forme 9:30.")}
        super().__init__(input_formats=["%H:%M", "%H:%M:%S"], error_messages=messages, **kwargs)

    def to_python(self, value):
        if isinstance(value, str):
            value = "".join(unicodedata.normalize("NFKC", value).lower().split()).replace("h", ":")
            value = f"{value}00" if value.endswith(":") else value
        return super().to_python(value)


class SessionForm(forms.Form):
    site = LineField(label=_("Nom du site"), max_length=150)
    room = LineField(label=_("Salle"), max_length=100)
    date = DayField(label=_("Date"), widget=DayInput)
    start_time = HourField(label=_("Heure de début"))
    end_time = HourField(label=_("Heure de fin"), required=False)
    invigilators = LineField(
        label=_("Surveillant(s)"),
        max_length=500,
        help_text=_("Prénom et nom, séparés par des virgules."),
    )
    observations = TextField(
        label=_("Observations"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, with_schedule=True, **kwargs):
        super().__init__(*args, **kwargs)
        if not with_schedule:
            for name in ("date", "start_time", "end_time"):
                del self.fields[name]

    def clean_date(self):
        date = self.cleaned_data["date"]
        if not FIRST_YEAR <= date.year <= LAST_YEAR:
            raise forms.ValidationError(_("Vérifiez l’année : entre 2000 et 2100."))
        return date

    @classmethod
    def of(cls, session, data=None, **kwargs):
        values = {name: getattr(session, name) for name in cls.base_fields}
        return cls(data, initial=values, **kwargs)


def candidate_label(name):
    return capfirst(Candidate._meta.get_field(name).verbose_name)


class CandidateForm(forms.Form):
    birth_name = LineField(label=candidate_label("birth_name"), max_length=100)
    first_name = LineField(label=candidate_label("first_name"), max_length=100)
    birth_date = DayField(
        label=candidate_label("birth_date"),
        help_text=_("jj/mm/aaaa"),
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"class": "short", "inputmode": "numeric"}),
    )
    sex = forms.ChoiceField(
        label=candidate_label("sex"), required=False, choices=[("", _("Non précisé")), *Sex.choices]
    )
    birth_city = LineField(label=candidate_label("birth_city"), max_length=100, required=False)
    birth_postcode = LineField(
        label=candidate_label("birth_postcode"), max_length=10, required=False
    )
    birth_insee_code = LineField(
        label=candidate_label("birth_insee_code"),
        max_length=5,
        required=False,
        help_text=_("À la place du code postal, si c’est lui que vous avez."),
    )
    birth_country = LineField(
        label=candidate_label("birth_country"),
        max_length=100,
        required=False,
        help_text=_("Sans réponse : France."),
    )
    external_id = LineField(
        label=candidate_label("external_id"),
        max_length=60,
        required=False,
        help_text=_("INE pour un élève."),
    )
    school_class = LineField(label=candidate_label("school_class"), max_length=40, required=False)
    convocation_email = forms.EmailField(
        label=candidate_label("convocation_email"), max_length=254, required=False
    )
    results_email = forms.EmailField(
        label=candidate_label("results_email"), max_length=254, required=False
    )
    extra_time_percent = WholeNumberField(
        label=_("Temps majoré, en %"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("33 pour un tiers-temps. Montré seulement à qui doit en tenir compte."),
    )
    accessibility_need = LineField(
        label=candidate_label("accessibility_need"), max_length=300, required=False
    )

    def clean_birth_date(self):
        born = self.cleaned_data["birth_date"]
        today = timezone.localdate()
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        if not YOUNGEST <= age <= OLDEST:
            raise forms.ValidationError(
                _("Vérifiez la date de naissance : elle donne un âge impossible.")
            )
        return born

    def clean_birth_insee_code(self):
        code = self.cleaned_data["birth_insee_code"].upper()
        if code and not INSEE_CODE.fullmatch(code):
            raise forms.ValidationError(
                _("Un code INSEE a cinq caractères, par exemple 75115 ou 2A004.")
            )
        return code

    def clean_extra_time_percent(self):
        return self.cleaned_data["extra_time_percent"] or 0

    def clean(self):
        data = super().clean()
        postcode = data.get("birth_postcode")
        in_france = data.get("birth_country", "").casefold() in {"", "france"}
        if postcode and in_france and not FRENCH_POSTCODE.fullmatch(postcode):
            self.add_error(
                "birth_postcode",
                _("En France, un code postal a cinq chiffres. Sinon, indiquez le pays."),
            )
        return data

    @classmethod
    def of(cls, candidate, data=None):
        values = {name: getattr(candidate, name) for name in cls.base_fields}
        values["extra_time_percent"] = candidate.extra_time_percent or ""
        return cls(data, initial=values)


def submit(form, action):
    """What the action returns; None when something typed is to correct, said at its field."""
    if not form.is_valid():
        return None
    try:
        return action(**form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return None


def typed_instead(form):
    """What a person typed that is not the current value: shown when it could not be kept."""
    return [{"label": form[name].label, "text": form[name].value()} for name in form.changed_data]
