"""What a list is asked for, in its address."""

from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import DayField, LineField, WholeNumberField
from certif.lib.text import fold
from sessions.forms.fields import DayInput
from sessions.forms.session import FIRST_YEAR, LAST_YEAR
from sessions.queries import COLUMNS, PERIODS, STATUSES

UNKNOWN = {"invalid_choice": _("Ce choix n’existe pas.")}


def sorts():
    columns = [
        (way + column, gettext("%(column)s, %(way)s") % {"column": label, "way": name})
        for column, label in COLUMNS.items()
        for way, name in (("", gettext("croissant")), ("-", gettext("décroissant")))
    ]
    return [("", gettext("À finaliser d’abord")), *columns]


class SessionFilters(forms.Form):
    q = LineField(
        label=_("Numéro, site, salle ou surveillant"),
        max_length=100,
        required=False,
        widget=forms.SearchInput(attrs={"autocomplete": "off"}),
    )
    statut = forms.ChoiceField(
        label=_("Statut"), choices=STATUSES, required=False, error_messages=UNKNOWN
    )
    periode = forms.ChoiceField(
        label=_("Période"), choices=PERIODS, required=False, error_messages=UNKNOWN
    )
    du = DayField(label=_("Du"), required=False, widget=DayInput)
    au = DayField(label=_("Au"), required=False, widget=DayInput)
    tri = forms.ChoiceField(
        label=_("Trier par"), choices=sorts, required=False, error_messages=UNKNOWN
    )
    semaine = DayField(label=_("Semaine"), required=False)
    page = WholeNumberField(label=_("Page"), required=False, min_value=1)

    def clean_q(self):
        text = self.cleaned_data["q"]
        if text and not fold(text):
            raise forms.ValidationError(_("Écrivez des lettres ou des chiffres."))
        return text

    def clean_semaine(self):
        day = self.cleaned_data["semaine"]
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(_("Vérifiez l’année : entre 2000 et 2100."))
        return day

    def clean(self):
        first, last = self.cleaned_data.get("du"), self.cleaned_data.get("au")
        if first and last and last < first:
            self.add_error("au", _("Ce jour est avant le début de la période."))

    @property
    def chosen(self):
        """What was asked; nothing of it when a part cannot be understood."""
        return {} if self.errors else {k: v for k, v in self.cleaned_data.items() if v}

    @property
    def criteria(self):
        return {k: v for k, v in self.chosen.items() if k not in {"page", "semaine"}}

    @property
    def narrows(self):
        """Whether some sessions are left out."""
        return bool(self.criteria.keys() - {"tri"})

    @property
    def has_choices(self):
        """Whether more than the words leaves some out."""
        return bool(self.criteria.keys() - {"tri", "q"})

    @property
    def sort(self):
        return self.criteria.get("tri", "")

    @property
    def week(self):
        """A day of the week that is shown, when it is not the present one."""
        return self.chosen.get("semaine")

    @property
    def between_days(self):
        return any(self.data.get(name) for name in ("du", "au"))

    @property
    def asks(self):
        return bool(self.errors or self.narrows)

    def address(self, **changes):
        """The same list but for these changes, from its first page."""
        kept = self.chosen | {"page": None} | changes
        return "?" + urlencode({name: value for name, value in kept.items() if value})
