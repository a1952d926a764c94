from django import forms
from django.utils.translation import gettext_lazy as _

_NOT_RECEIVED = _("Le fichier n’a pas été reçu. Choisissez-le à nouveau.")


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Fichier"),
        help_text=_(".xlsx, .ods ou .csv, 5 Mo au plus."),
        # What it holds is judged by its reading, an empty one included.
        allow_empty_file=True,
        max_length=None,
        error_messages={
            "required": _("Choisissez un fichier."),
            "invalid": _NOT_RECEIVED,
            "missing": _NOT_RECEIVED,
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv"}),
    )


class ConfirmForm(forms.Form):
    """What becomes of who is not in the file: asked when somebody is absent from it."""

    remove_absent = forms.TypedChoiceField(
        label=_("Que deviennent les personnes absentes du fichier ?"),
        choices=[
            ("no", _("Les garder\u00a0: le fichier complète la liste")),
            ("yes", _("Les retirer\u00a0: le fichier est la liste entière")),
        ],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Dites d’abord ce que deviennent les personnes absentes du fichier."),
            "invalid_choice": _("Choisissez l’une des deux réponses."),
        },
    )

    def __init__(self, data=None, *, somebody_absent):
        super().__init__(data)
        self.fields["remove_absent"].required = somebody_absent
