import re

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import DayField, LineField, WholeNumberField
from sessions.enums import Sex
from sessions.models import Candidate

YOUNGEST, OLDEST = 5, 110
INSEE_CODE = re.compile(r"\d[\dAB]\d{3}")
FRENCH_POSTCODE = re.compile(r"\d{5}")


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
