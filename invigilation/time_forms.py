from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import LineField, WholeNumberField
from exam.actions.granting import MOST_AT_ONCE, REASONS
from exam.enums import GrantReason
from sessions.cleaning import clean_extra_time

USUAL_MINUTES = [5, 10, 15, 20, 30]
CHOICES = [(reason.value, reason.label) for reason in REASONS]


def minutes_field(**options):
    return WholeNumberField(
        min_value=1,
        max_value=MOST_AT_ONCE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-minutes": ""}),
        **options,
    )


class MinutesForm(forms.Form):
    """How many minutes, and why: a usual duration or another, never two that differ."""

    use_required_attribute = False

    usual = forms.TypedChoiceField(
        label=_("Minutes à ajouter"),
        choices=[(n, f"{n}\u00a0min") for n in USUAL_MINUTES],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choisissez une durée de la liste.")},
    )
    minutes = minutes_field(label=_("Autre durée, en minutes"), required=False)
    reason = forms.ChoiceField(
        label=_("Raison"),
        choices=[("", _("Choisissez")), *CHOICES],
        error_messages={
            "required": _("Choisissez une raison."),
            "invalid_choice": _("Choisissez une raison de la liste."),
        },
    )
    detail = LineField(label=_("Précision"), max_length=200, required=False)
    last_grant = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self):
        cleaned = super().clean()
        usual = cleaned.pop("usual", None)
        typed = cleaned.get("minutes")
        if usual and typed and usual != typed:
            sentence = _("Choisissez une durée proposée ou écrivez-en une, pas les deux.")
            self.add_error("minutes", sentence)
        elif "minutes" in cleaned and typed is None:
            cleaned["minutes"] = usual
            if usual is None and "usual" not in self.errors:
                self.add_error("usual", _("Choisissez une durée, ou écrivez-la."))
        if cleaned.get("reason") == GrantReason.OTHER and cleaned.get("detail") == "":
            self.add_error("detail", _("Précisez la raison en quelques mots."))
        return cleaned


class RoomMinutesForm(MinutesForm):
    """The same, for the candidates ticked."""

    candidates = forms.TypedMultipleChoiceField(
        label=_("Candidats"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choisissez au moins un candidat.")},
    )

    def __init__(self, *args, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["candidates"].choices = [(each.pk, str(each)) for each in candidates]


class ResumeForm(forms.Form):
    use_required_attribute = False

    minutes = minutes_field(label=_("Minutes à ajouter"), required=False)


class ExtraTimeForm(forms.Form):
    use_required_attribute = False

    percent = LineField(
        label=_("Temps majoré, en %"),
        help_text=_("Un tiers-temps s’écrit 33. Vide ou 0 : aucun temps majoré."),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_percent(self):
        return clean_extra_time(self.cleaned_data["percent"])


class CodeGivenForm(forms.Form):
    """The hour at which the code was given, on the clock of the room."""

    use_required_attribute = False

    at = forms.TimeField(
        label=_("Heure à laquelle le code a été donné"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": _("Indiquez l’heure."),
            "invalid": _("Indiquez une heure, par exemple 09:05."),
        },
    )

    def __init__(self, *args, session, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.session, self.now = session, now

    def clean_at(self):
        """The last time that the clock of the room showed it: after midnight, yesterday's."""
        today = self.now.astimezone(self.session.zone).date()
        at = datetime.combine(today, self.cleaned_data["at"], tzinfo=self.session.zone)
        return at if at <= self.now else at - timedelta(days=1)
