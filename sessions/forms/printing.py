from django import forms
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import DayField
from sessions.actions.printing import MOST_SESSIONS, printable
from sessions.forms.fields import DayInput


class DayToPrintForm(forms.Form):
    jour = DayField(label=_("Jour"), required=False, widget=DayInput)


class AmongThese(forms.MultipleChoiceField):
    """What the page does not offer is not there for this person: it is left out."""

    def to_python(self, value):
        offered = {str(key) for key, _label in self.choices}
        return [each for each in super().to_python(value) if each in offered]


class PrintForm(forms.Form):
    sessions = AmongThese(
        label=_("Sessions"), error_messages={"required": _("Cochez au moins une session.")}
    )
    documents = forms.MultipleChoiceField(
        label=_("Documents"),
        error_messages={
            "required": _("Cochez au moins un document."),
            "invalid_choice": _("Ce document n’existe pas."),
        },
    )

    def __init__(self, data=None, *, sessions):
        to_hold = [session.pk for session in sessions if session.is_open]
        ahead = [document.key for document in printable() if document.printed_ahead]
        super().__init__(data, initial={"sessions": to_hold[:MOST_SESSIONS], "documents": ahead})
        self.offered = sessions
        self.fields["sessions"].choices = [(session.pk, str(session)) for session in sessions]
        self.fields["documents"].choices = [(each.key, each.title) for each in printable()]

    def clean_sessions(self):
        chosen = self.cleaned_data["sessions"]
        return [session for session in self.offered if str(session.pk) in chosen]

    @property
    def ticked_sessions(self):
        return {str(value) for value in self["sessions"].value() or []}

    @property
    def ticked_documents(self):
        return set(self["documents"].value() or [])
