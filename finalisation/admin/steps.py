"""The moves of a session that an officer may make, each asked for on a page of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certif.accounts.queries import officers
from certif.lib.forms import LineField, TextField
from finalisation import actions
from sessions.enums import SessionState

REASON_MAX_LENGTH = 500
RESOLUTION_MAX_LENGTH = 500


class NoQuestionForm(forms.Form):
    """Nothing to type: the step is only confirmed."""


class AssignmentForm(forms.Form):
    """Whoever had the session when the page was read."""

    seen = LineField(required=False, widget=forms.HiddenInput)


class PublicationForm(forms.Form):
    """The tick that accepts what is undecided, as a phrase; the action knows when it is needed."""

    despite = LineField(required=False, widget=forms.HiddenInput)


def reason_field(longest):
    """Not required here: the action itself says why a reason is needed."""
    return TextField(
        label=_("Raison"),
        required=False,
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ReasonForm(forms.Form):
    why = reason_field(REASON_MAX_LENGTH)


class ResolutionForm(forms.Form):
    sentence = TextField(
        label=_("Décision"),
        help_text=_(
            "Une phrase\u00a0: ce qui a été vérifié et décidé. Le centre la lit dans l’historique."
        ),
        required=False,
        max_length=RESOLUTION_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class OfficerField(forms.ModelChoiceField):
    def label_from_instance(self, officer):
        return officer.name


class OfficerForm(forms.Form):
    to = OfficerField(label=_("À qui"), queryset=officers(), empty_label=_("-- Choisissez --"))


@dataclass(frozen=True)
class Step:
    name: str
    slug: str
    label: Promise
    question: Promise
    consequences: tuple[Promise, ...]
    done: Promise
    act: Callable
    states: frozenset
    form: type[forms.Form] = NoQuestionForm


STEPS = (
    Step(
        name="assign",
        slug="prendre-en-charge",
        label=_("Prendre en charge"),
        question=_("Prendre cette session en charge\u00a0?"),
        consequences=(
            _("Votre nom s’affiche devant la session dans la liste de l’équipe."),
            _(
                "La session passe «\u00a0En cours d’examen\u00a0»\u00a0; le centre continue de lire «\u00a0Finalisée\u00a0»."
            ),
        ),
        done=_("Vous avez pris la session en charge."),
        act=actions.assign_officer,
        states=frozenset({SessionState.FINALISED, SessionState.IN_REVIEW}),
        form=AssignmentForm,
    ),
    Step(
        name="hand_over",
        slug="confier",
        label=_("Confier à quelqu’un"),
        question=_("Confier cette session à quelqu’un de l’équipe\u00a0?"),
        consequences=(_("Son nom s’affiche devant la session, et la session est dans sa liste."),),
        done=_("La session est confiée."),
        act=actions.hand_over,
        states=frozenset({SessionState.FINALISED, SessionState.IN_REVIEW}),
        form=OfficerForm,
    ),
    Step(
        name="publish",
        slug="publier",
        label=_("Publier les résultats"),
        question=_("Publier les résultats de cette session\u00a0?"),
        consequences=(
            _("Chaque candidat lit son résultat sous «\u00a0Mes certifications\u00a0»."),
            _("Le centre lit «\u00a0Résultats transmis par Pix\u00a0» devant la session."),
            _("Chaque destinataire des résultats reçoit un e-mail, qui ne peut pas être rappelé."),
        ),
        done=_("Les résultats sont publiés."),
        act=actions.publish,
        states=frozenset({SessionState.FINALISED, SessionState.IN_REVIEW}),
        form=PublicationForm,
    ),
    Step(
        name="unpublish",
        slug="depublier",
        label=_("Retirer la publication"),
        question=_("Retirer la publication des résultats\u00a0?"),
        consequences=(
            _(
                "Les candidats ne voient plus leur résultat\u00a0; le centre lit de nouveau «\u00a0Finalisée\u00a0»."
            ),
            _(
                "Les liens reçus par les destinataires ne s’ouvrent plus\u00a0; les certificats ne sont "
                "plus valables."
            ),
            _("La session revient «\u00a0En cours d’examen\u00a0»."),
        ),
        done=_("La publication est retirée."),
        act=actions.unpublish,
        states=frozenset({SessionState.PUBLISHED}),
        form=ReasonForm,
    ),
    Step(
        name="reopen",
        slug="rouvrir",
        label=_("Rouvrir la session"),
        question=_("Rendre cette session au centre\u00a0?"),
        consequences=(
            _("Le centre reçoit un e-mail avec la raison que vous écrivez ici."),
            _("Les tests terminés le restent\u00a0; la finalisation redevient un brouillon."),
            _(
                "Les décisions automatiques et les résultats sont effacés, puis repris à la prochaine finalisation."
            ),
        ),
        done=_("La session est rouverte, le centre est prévenu."),
        act=actions.reopen,
        states=frozenset({SessionState.FINALISED, SessionState.IN_REVIEW}),
        form=ReasonForm,
    ),
)
