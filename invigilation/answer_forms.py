from django import forms
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import TextField, WholeNumberField
from exam.models import PROBLEM_WORD_MAX_LENGTH
from invigilation.models import DESCRIPTION_MAX_LENGTH, IncidentCode
from invigilation.problems import MOST_MINUTES, question_codes, sorted_codes

TOO_LONG = _("Ce texte est limité à %(limit_value)d caractères (%(show_value)d écrits).")
USUAL_WORD = _("La question peut être faite telle quelle : continuez votre test.")


class AnswerForm(forms.Form):
    """The answer to a problem, and the minutes that it cost."""

    use_required_attribute = False

    minutes = WholeNumberField(
        label=_("Minutes à ajouter"),
        required=False,
        min_value=0,
        max_value=MOST_MINUTES,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data=None, *, waited, initial=None, **kwargs):
        super().__init__(data, initial={"minutes": waited, **(initial or {})}, **kwargs)
        self.waited = waited

    def clean_minutes(self):
        return self.cleaned_data["minutes"] or 0

    def propose_again(self):
        """What was proposed and left as it was follows the wait; what was typed stays."""
        if "proposed" in self.data and self.data["proposed"] == self.data.get("minutes"):
            self.data = self.data.copy()
            self.data["minutes"] = str(self.waited)


class AcceptProblemForm(AnswerForm):
    code = forms.ModelChoiceField(
        label=_("Type de problème"),
        queryset=IncidentCode.objects.none(),
        error_messages={
            "required": _("Choisissez un type de problème."),
            "invalid_choice": _("Choisissez un type de problème de la liste."),
        },
    )
    description = TextField(
        label=_("Description"),
        required=False,
        max_length=DESCRIPTION_MAX_LENGTH,
        help_text=_("Les mots du candidat : reformulez-les avec lui si besoin."),
        error_messages={"max_length": TOO_LONG},
        widget=forms.Textarea(attrs={"rows": 3, "data-counter": "description-counter"}),
    )

    field_order = ["code", "description", "minutes"]

    def __init__(self, *args, problem, **kwargs):
        super().__init__(*args, initial={"description": problem.text}, **kwargs)
        self.session = problem.attempt.candidate.session
        self.fields["code"].queryset = question_codes(self.session)
        self.fitting, self.others = sorted_codes(self.session, problem.question)

    def clean(self):
        cleaned = super().clean()
        code = cleaned.get("code")
        if code and code.needs_description and not cleaned.get("description"):
            self.add_error("description", _("Décrivez ce qui s’est passé."))
        return cleaned

    @property
    def chosen(self):
        return str(self["code"].value() or "")

    @property
    def chose_another(self):
        return self.chosen in {str(code.pk) for code in self.others}


class RejectProblemForm(AnswerForm):
    word = TextField(
        label=_("Mot au candidat"),
        max_length=PROBLEM_WORD_MAX_LENGTH,
        initial=USUAL_WORD,
        help_text=_("Ce mot s’affiche aussitôt sur la page du candidat."),
        error_messages={"required": _("Écrivez un mot au candidat."), "max_length": TOO_LONG},
        widget=forms.Textarea(attrs={"rows": 2, "data-counter": "word-counter"}),
    )

    field_order = ["word", "minutes"]


class NoteForm(forms.Form):
    use_required_attribute = False

    text = TextField(
        label=_("Ce qui s’est passé dans la salle"),
        max_length=DESCRIPTION_MAX_LENGTH,
        error_messages={
            "required": _("Écrivez ce qui s’est passé dans la salle."),
            "max_length": TOO_LONG,
        },
        widget=forms.Textarea(attrs={"rows": 4, "data-counter": "text-counter"}),
    )
