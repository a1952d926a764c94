from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import LineField, TextField, WholeNumberField
from exam.models import Attempt, Question
from invigilation.actions import report_faults
from invigilation.fitting import fits
from invigilation.models import DESCRIPTION_MAX_LENGTH, IncidentCategory, IncidentCode
from sessions.forms.fields import SessionNumberField

EXPLANATIONS = {
    IncidentCategory.LATE_OR_LEAVING: _(
        "Pour un retard ou un départ, indiquez l’heure. Aussi pour une signature oubliée ou mal placée."
    ),
    IncidentCategory.CANDIDATE_INFORMATION: _(
        "Signalement lié aux informations du candidat. Détaillez les informations qu’il faut modifier."
    ),
    IncidentCategory.END_OF_TEST: _("Le candidat a passé les dernières questions."),
    IncidentCategory.QUESTION: _("Le numéro de la question est nécessaire."),
    IncidentCategory.TECHNICAL: _("Le candidat a pu continuer son test."),
    IncidentCategory.OTHER: _("Aucune des autres catégories ne convient."),
}

# Where a case goes while its own code sleeps (domain.md § 6): the code, the case, its shelter.
SLEEPING = [
    ("E8", _("question chronométrée et temps majoré"), "E7"),
    ("E9", _("logiciel qui ne fonctionne pas"), "E7"),
    ("E11", _("page qui ne s’affiche pas"), "E7"),
    ("A1", _("problème technique en dehors d’une question"), "A2"),
    ("C6", _("suspicion de fraude"), "A2"),
]


# One tap, most used first; before the test, nothing about its questions.
QUICK = ("C3", "C5", "E1", "E3", "E4", "E5", "E6", "E7", "A2")
QUICK_BEFORE = ("C3", "C4", "C1", "A2")


class ReportForm(forms.Form):
    """« Signalement du candidat », for the board and the finalisation. Writes nothing itself."""

    use_required_attribute = False

    code = forms.ModelChoiceField(
        label=_("Type de signalement"),
        queryset=IncidentCode.objects.none(),
        error_messages={
            "required": _("Choisissez un type de signalement."),
            "invalid_choice": _("Choisissez un type de signalement de la liste."),
        },
    )
    question_number = WholeNumberField(label=_("Numéro de la question"), required=False)
    description = TextField(
        label=_("Description"),
        required=False,
        max_length=DESCRIPTION_MAX_LENGTH,
        help_text=_("Ce texte peut être lu par le candidat."),
        error_messages={
            "max_length": _(
                "La description est limitée à %(limit_value)d caractères (%(show_value)d écrits)."
            )
        },
        widget=forms.Textarea(attrs={"rows": 3, "data-counter": "description-counter"}),
    )

    def __init__(self, *args, session, candidate, **kwargs):
        super().__init__(*args, **kwargs)
        self.candidate = candidate
        self.attempt = Attempt.objects.started().filter(candidate=candidate).first()
        self.fields["code"].queryset = IncidentCode.objects.active_on(session.date)
        if self.attempt and self.attempt.is_running:
            self.initial.setdefault(
                "question_number",
                min(self.attempt.current_number, self.attempt.question_count),
            )

    def clean(self):
        cleaned = super().clean()
        code = cleaned.get("code")
        if code is None:
            return cleaned
        faults = report_faults(
            self.candidate,
            code,
            cleaned.get("question_number"),
            cleaned.get("description", ""),
        )
        for field, sentence in faults.items():
            if field not in self.errors:
                self.add_error(field, sentence)
        if not code.needs_question:
            self.errors.pop("question_number", None)
            cleaned["question_number"] = None
        return cleaned

    def quick(self):
        """The codes most used; of those about a question, the ones that fit what he has on screen."""
        codes = {code.code: code for code in self._codes}
        order = QUICK if self.attempt else QUICK_BEFORE
        return [codes[name] for name in order if name in codes and fits(name, self._on_screen)]

    @property
    def chosen(self):
        return str(self["code"].value() or "")

    @property
    def chose_quickly(self):
        return self.chosen in {str(code.pk) for code in self.quick()}

    @cached_property
    def _codes(self):
        return list(self.fields["code"].queryset)

    @cached_property
    def _on_screen(self):
        if self.attempt is None or not self.attempt.is_running:
            return None
        number = min(self.attempt.current_number, self.attempt.question_count)
        return Question.objects.get(pk=self.attempt.question_ids[number - 1])

    def categories(self):
        """The nomenclature of the day as the dialog lists it, by category."""
        codes = self._codes
        shelters = self._shelters({code.code for code in codes})
        chosen = "" if self.chose_quickly else self.chosen
        groups = []
        for category in IncidentCategory:
            shown = [code for code in codes if code.category == category and self._fits(code)]
            if shown:
                groups.append(
                    {
                        "label": category.label,
                        "codes": shown,
                        "only": shown[0] if len(shown) == 1 else None,
                        "names": _names([code.code for code in shown]),
                        "explanation": EXPLANATIONS[category],
                        "shelters": [shelters[c.code] for c in shown if c.code in shelters],
                        "is_open": chosen in {str(code.pk) for code in shown},
                        "chosen": chosen,
                    }
                )
        return groups

    def _fits(self, code):
        return self.attempt is not None or not code.needs_question

    def _shelters(self, active):
        cases = {}
        for code, case, shelter in SLEEPING:
            if code not in active and shelter in active:
                cases.setdefault(shelter, []).append(str(case))
        return {
            shelter: {"code": shelter, "cases": ", ".join(listed)}
            for shelter, listed in cases.items()
        }


def _names(codes):
    """E1, E2 … E7 → « E1-E7 »; codes of several letters are listed."""
    if len(codes) > 1 and len({code[0] for code in codes}) == 1:
        return f"{codes[0]}-{codes[-1]}"
    return ", ".join(codes)


def why_field(label, required, **options):
    return LineField(
        label=label,
        max_length=300,
        error_messages={
            "required": required,
            "max_length": _("300 caractères au plus : abrégez."),
        },
        **options,
    )


class DiscardForm(forms.Form):
    use_required_attribute = False

    why = why_field(
        _("Pourquoi ce signalement est-il retiré ?"), _("Dites pourquoi ce signalement est retiré.")
    )


class DiscardNoteForm(forms.Form):
    use_required_attribute = False

    why = why_field(
        _("Pourquoi cette note est-elle retirée ?"), _("Dites pourquoi cette note est retirée.")
    )


class JoinForm(forms.Form):
    """« Surveiller une session »."""

    number = SessionNumberField(
        label=_("Numéro de la session"),
        error_messages={"required": _("Indiquez le numéro de la session.")},
    )
    password = LineField(
        label=_("Mot de passe de la session"),
        help_text=_("Exemple : C-12345"),
        max_length=30,
        error_messages={"required": _("Indiquez le mot de passe de la session.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )


class ReopenForm(forms.Form):
    use_required_attribute = False

    why = why_field(
        _("Pourquoi ce test est-il rouvert ?"),
        _("Dites pourquoi ce test est rouvert."),
        help_text=_("La raison est gardée dans l’historique. N’y mettez pas de nom."),
    )
