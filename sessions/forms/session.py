from django import forms
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import DayField, LineField, TextField
from sessions.forms.fields import DayInput, HourField

FIRST_YEAR, LAST_YEAR = 2000, 2100


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
