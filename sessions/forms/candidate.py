from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import CentreKind
from certif.lib.forms import DayField, LineField
from sessions import cleaning
from sessions.birthplaces import BirthPlaceError, check_birth_place
from sessions.enums import Sex
from sessions.models import Candidate

BIRTH_PLACE = ["birth_insee_code", "birth_postcode", "birth_city", "birth_country"]


def candidate_label(name):
    return capfirst(Candidate._meta.get_field(name).verbose_name)


class BirthDateField(DayField):
    """A day that the rest of the field, and an import, read in the same way."""

    def to_python(self, value):
        return cleaning.parse_day(value) if value else None

    def clean(self, value):
        born = super().clean(value)
        return cleaning.clean_birth_date_value(born, timezone.localdate())


class CivilStatusForm(forms.Form):
    """Who somebody is, and where he was born: what his certificate prints."""

    birth_name = LineField(label=candidate_label("birth_name"), max_length=cleaning.LONGEST_NAME)
    first_name = LineField(label=candidate_label("first_name"), max_length=cleaning.LONGEST_NAME)
    birth_date = BirthDateField(
        label=candidate_label("birth_date"),
        help_text=_("Sous la forme jj/mm/aaaa."),
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"class": "short", "inputmode": "numeric"}),
    )
    sex = forms.ChoiceField(
        label=candidate_label("sex"), required=False, choices=[("", _("Non précisé")), *Sex.choices]
    )
    birth_postcode = LineField(
        label=candidate_label("birth_postcode"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"class": "short", "inputmode": "numeric"}),
    )
    birth_city = LineField(label=candidate_label("birth_city"), max_length=100, required=False)
    birth_insee_code = LineField(
        label=candidate_label("birth_insee_code"),
        max_length=10,
        required=False,
        help_text=_("À la place du code postal et de la commune."),
        widget=forms.TextInput(attrs={"class": "short"}),
    )
    birth_country = LineField(
        label=candidate_label("birth_country"),
        max_length=100,
        required=False,
        help_text=_("Sans réponse : France."),
    )

    def clean_birth_name(self):
        return cleaning.clean_name(self.cleaned_data["birth_name"])

    def clean_first_name(self):
        return cleaning.clean_name(self.cleaned_data["first_name"])

    def clean(self):
        data = super().clean()
        if self.errors.keys().isdisjoint(BIRTH_PLACE):
            data |= self._birth_place(data)
        return data

    def _birth_place(self, data):
        typed = {name.removeprefix("birth_"): data[name] for name in BIRTH_PLACE}
        try:
            place = check_birth_place(**typed)
        except BirthPlaceError as error:
            for field, sentence in error.errors.items():
                self.add_error(field, sentence)
            return {}
        return {f"birth_{part}": value for part, value in place._asdict().items()}


class CandidateForm(CivilStatusForm):
    school_class = LineField(label=candidate_label("school_class"), max_length=40, required=False)
    external_id = LineField(label=candidate_label("external_id"), max_length=60, required=False)
    convocation_email = LineField(
        label=candidate_label("convocation_email"),
        max_length=cleaning.LONGEST_EMAIL,
        required=False,
        widget=forms.EmailInput,
    )
    results_email = LineField(
        label=candidate_label("results_email"),
        max_length=cleaning.LONGEST_EMAIL,
        required=False,
        widget=forms.EmailInput,
    )
    extra_time_percent = LineField(
        label=_("Temps majoré, en %"),
        max_length=20,
        required=False,
        help_text=_("33 pour un tiers-temps. Montré seulement à qui doit en tenir compte."),
        widget=forms.TextInput(attrs={"class": "short", "inputmode": "decimal"}),
    )
    accessibility_need = LineField(
        label=candidate_label("accessibility_need"), max_length=300, required=False
    )

    def __init__(self, session, data=None, initial=None):
        super().__init__(data, initial=initial)
        in_school = session.centre.kind == CentreKind.SCO
        if in_school:
            self.fields["external_id"].help_text = _("L’INE d’un élève.")
        elif not self.initial.get("school_class"):
            del self.fields["school_class"]

    def clean_convocation_email(self):
        return cleaning.clean_email(self.cleaned_data["convocation_email"])

    def clean_results_email(self):
        return cleaning.clean_email(self.cleaned_data["results_email"])

    def clean_extra_time_percent(self):
        return cleaning.clean_extra_time(self.cleaned_data["extra_time_percent"])

    @classmethod
    def of(cls, candidate, data=None):
        values = {name: getattr(candidate, name) for name in cls.base_fields}
        values["extra_time_percent"] = str(candidate.extra_time_percent or "")
        return cls(candidate.session, data, initial=values)
