from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import DayField, LineField, TextField
from sessions.forms.fields import DayInput, HourField, NamesField

FIRST_YEAR, LAST_YEAR = 2000, 2100


class SessionForm(forms.Form):
    site = LineField(label=_("Nom du site"), max_length=150)
    room = LineField(label=_("Salle"), max_length=100)
    date = DayField(label=_("Date"), widget=DayInput)
    start_time = HourField(label=_("Heure de début"))
    end_time = HourField(label=_("Heure de fin"), required=False)
    invigilators = NamesField(
        label=_("Surveillant(s)"),
        max_length=500,
        help_text=_("Prénom et nom, séparés par des virgules ou un par ligne."),
        # An input of one line drops the line breaks of a list that is pasted.
        widget=forms.Textarea(attrs={"rows": 3}),
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

    @classmethod
    def copy_of(cls, session, data=None, *, today):
        """The same place and people, the hour that follows; another day when that one is over."""
        date, start_time, end_time = (
            following(session)
            if session.date >= today
            else (None, session.start_time, session.end_time)
        )
        values = {name: getattr(session, name) for name in cls.base_fields}
        times = {"date": date, "start_time": start_time, "end_time": end_time}
        return cls(data, initial=values | times)


def following(session):
    """Day, start and end from the next full hour; on the next day when midnight is passed."""
    start, end = (
        moment.astimezone(session.zone).replace(tzinfo=None)
        for moment in (session.starts_at, session.ends_at)
    )
    following_start = (end + timedelta(minutes=59)).replace(minute=0, second=0)
    if following_start.date() > session.date:
        return session.date + timedelta(days=1), session.start_time, session.end_time
    if session.end_time is None:
        return session.date, following_start.time(), None
    following_end = following_start + (end - start)
    same_day = following_end.date() == session.date
    return session.date, following_start.time(), following_end.time() if same_day else None
