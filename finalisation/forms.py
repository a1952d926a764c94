import json

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import TextField
from certif.lib.typography import de
from finalisation.models import COMMENT_MAX_LENGTH, AbandonReason, DocumentKind
from finalisation.writing import reason_of

CHOOSE = ("", _("-- Choisissez --"))
TOO_LONG = _("Ce texte est limité à %(limit_value)d caractères (%(show_value)d écrits).")


class CommentField(TextField):
    """A text of the closing file, counted as one types."""

    def __init__(self, *, name, **kwargs):
        attrs = {"rows": 4, "data-counter": f"{name}_counter"}
        super().__init__(
            required=False,
            max_length=COMMENT_MAX_LENGTH,
            error_messages={"max_length": TOO_LONG},
            widget=forms.Textarea(attrs=attrs),
            show_hidden_initial=True,
            **kwargs,
        )


class SeenField(forms.MultipleChoiceField):
    """Ticked boxes. One that no longer has a place (a test opened again) is left aside."""

    def validate(self, value):
        known = {str(choice) for choice, _label in self.choices}
        value[:] = [pk for pk in value if pk in known]


class ClosingForm(forms.Form):
    """The draft, each control beside the value it was shown with (`initial-…`).

    What a person did not touch is not written: two members may fill in the same page. What was sent,
    and not answered yet, is (`unsure`): taken back meanwhile, it looks untouched.
    """

    has_incident = forms.ChoiceField(
        label=_("Déroulement de la session"),
        choices=[
            (
                "no",
                _("Aucun problème particulier à signaler, dans l’ensemble tout s’est bien déroulé"),
            ),
            (
                "yes",
                _(
                    "Je souhaite signaler un ou plusieurs incident(s) ayant impacté la session "
                    "dans son ensemble"
                ),
            ),
        ],
        required=False,
        widget=forms.RadioSelect,
        show_hidden_initial=True,
    )
    global_comment = CommentField(
        name="global_comment", label=_("Décrivez l’incident ou les incidents")
    )
    documents_comment = CommentField(name="documents_comment", label=_("Commentaires éventuels"))
    seen = SeenField(label=_("Écran de fin du test vu"), required=False)

    def __init__(self, data=None, *, closing):
        super().__init__(data, auto_id="%s", initial=_initial(closing))
        self.fields["seen"].choices = [(str(a.pk), str(a.pk)) for a in closing.finished]
        for attempt in closing.unfinished:
            label = _("Raison de l’abandon %(of_who)s") % {"of_who": de(attempt.candidate)}
            self.fields[f"reason-{attempt.pk}"] = forms.ChoiceField(
                label=label,
                choices=[CHOOSE, *AbandonReason.choices],
                required=False,
                show_hidden_initial=True,
                error_messages={"invalid_choice": _("Choisissez l’une des deux raisons.")},
                widget=forms.Select(attrs={"aria-label": label}),
            )

    def changes(self, *, but=()):
        """What this person changed, as `save_closing_file` takes it; `but` what is left aside."""
        unsure = self.data.getlist("unsure")
        changed = [
            name
            for name in self.fields
            if (name in self.changed_data or name in unsure)
            and name in self.data
            and name not in but
        ]
        reasons = {_pk(name): self.cleaned_data[name] for name in changed if _pk(name)}
        comments = {
            name: self.cleaned_data[name]
            for name in ("global_comment", "documents_comment")
            if name in changed
        }
        if "has_incident" in changed:
            comments["has_incident"] = self.cleaned_data["has_incident"] == "yes"
        return {"reasons": reasons, "end_screens": self._end_screens(), "comments": comments}

    def based_on(self):
        """What this person had before his eyes."""
        return {
            "reasons": {_pk(name): self._was(name) for name in self.fields if _pk(name)},
            "comments": {
                "global_comment": self._was("global_comment"),
                "documents_comment": self._was("documents_comment"),
                "has_incident": self._was("has_incident") == "yes",
            },
        }

    def seen_before(self):
        return self.data.getlist("initial-seen") if self.is_bound else self.initial["seen"]

    def hidden_initials(self):
        """The values shown, but those of the ticks (`seen_before`)."""
        return [
            self[name].as_hidden(only_initial=True)
            for name, field in self.fields.items()
            if field.show_hidden_initial
        ]

    def once_written(self, closing, *, but=()):
        """The form of the same page after it was written: the next change is told from there.

        From what it was before for the fields left aside (`but`): they are not written.
        """
        form = ClosingForm(closing=closing)
        form.initial.update(self.cleaned_data)
        form.initial.update({name: self.data.get(f"initial-{name}", "") for name in but})
        return form

    def now(self):
        """Each field's value as it is written, for the page of somebody who has it open."""
        return json.dumps(self.initial)

    def dropped(self, closing):
        """Whose test reached its end screen while a reason was being chosen."""
        return [
            attempt.candidate
            for attempt in closing.finished
            if self.data.get(f"reason-{attempt.pk}")
        ]

    def show_edited(self, names):
        """Keep what was typed, now beside what somebody else wrote: sending again replaces it."""
        self.data = self.data.copy()
        for name in names:
            self.data[f"initial-{name}"] = self.initial[name]

    def mark(self, names):
        for name in self.fields.keys() & set(names):
            self.fields[name].widget.attrs["aria-invalid"] = "true"

    def _end_screens(self):
        ticked = set(self.cleaned_data["seen"])
        known = {value for value, _label in self.fields["seen"].choices}
        touched = (ticked ^ set(self.seen_before())) | set(self.data.getlist("unsure-seen"))
        return {int(pk): pk in ticked for pk in touched & known}

    def _was(self, name):
        try:
            return self.fields[name].to_python(self.data.get(f"initial-{name}", ""))
        except ValidationError:
            return None


def _pk(name):
    return int(name.removeprefix("reason-")) if name.startswith("reason-") else None


def _initial(closing):
    initial = {
        "has_incident": "yes" if closing.file.has_incident else "no",
        "global_comment": closing.file.global_comment,
        "documents_comment": closing.file.documents_comment,
        "seen": [str(a.pk) for a in closing.finished if a.end_screen_seen_at],
    }
    return initial | {f"reason-{a.pk}": reason_of(a) for a in closing.unfinished}


class DocumentForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Type de document"),
        choices=[CHOOSE, *DocumentKind.choices],
        error_messages={
            "required": _("Choisissez le type du document."),
            "invalid_choice": _("Choisissez un type de la liste."),
        },
    )
    # The action judges the content, an empty one included.
    file = forms.FileField(
        label=_(
            "Déposez ici les fichiers éventuels liés à la session de certification "
            "(PV de fraude, photos etc.)"
        ),
        allow_empty_file=True,
        error_messages={
            "required": _("Choisissez un fichier."),
            "invalid": _("Le fichier n’a pas été reçu. Choisissez-le à nouveau."),
            "missing": _("Le fichier n’a pas été reçu. Choisissez-le à nouveau."),
        },
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    use_required_attribute = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="document_%s", **kwargs)
        for field in self.fields.values():
            field.widget.attrs["form"] = "upload"


class NotHeldForm(forms.Form):
    comment = TextField(
        label=_("Pourquoi la session n’a-t-elle pas pu se tenir ?"),
        max_length=COMMENT_MAX_LENGTH,
        error_messages={
            "required": _("Dites pourquoi la session n’a pas pu se tenir."),
            "max_length": TOO_LONG,
        },
        widget=forms.Textarea(attrs={"rows": 4, "data-counter": "comment_counter"}),
    )

    use_required_attribute = False
