from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import WholeNumberField

MOST_PUPILS = 500


class ClassesForm(forms.Form):
    """The classes whose pupils are shown, in the address of the page."""

    classe = forms.MultipleChoiceField(
        label=_("Classes"),
        required=False,
        error_messages={"invalid_choice": _("Cette classe n’est pas dans le registre.")},
    )

    def __init__(self, data, *, classes):
        super().__init__(data)
        self.classes = classes
        self.fields["classe"].choices = [(name, name) for name in classes]

    @property
    def chosen(self):
        """Those asked for; the only one there is, when there is one."""
        asked = [] if self.errors else self.cleaned_data["classe"]
        return list(self.classes) if len(self.classes) == 1 else asked

    @property
    def query(self):
        """What was chosen, for an address."""
        return urlencode([("classe", name) for name in self.chosen])

    @property
    def total(self):
        return sum(self.classes.values())

    @property
    def lines(self):
        """(name, number of pupils, whether it is chosen) of each class: 2 before 10, without a name last."""
        chosen = self.chosen
        names = sorted(self.classes, key=_as_counted)
        return [(name, self.classes[name], name in chosen) for name in names]


def _as_counted(name):
    digits = "".join(c if c.isdecimal() else " " for c in name).split()
    return (not name, [int(d) for d in digits], name)


class TickedField(forms.Field):
    """The ids of what was ticked."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value):
        number = WholeNumberField(min_value=1)
        try:
            return sorted({number.clean(one) for one in value or []})
        except ValidationError as error:
            raise ValidationError(
                _("Les élèves cochés n’ont pas été compris. Cochez-les à nouveau."), code="invalid"
            ) from error

    def validate(self, value):
        super().validate(value)
        if len(value) > MOST_PUPILS:
            raise ValidationError(
                _("Cochez au plus %(most)s élèves à la fois.") % {"most": MOST_PUPILS}
            )


class EnrolForm(forms.Form):
    pupils = TickedField(
        label=_("Élèves"), error_messages={"required": _("Cochez au moins un élève.")}
    )

    @property
    def ticked(self):
        """What could be read of it, to show it again."""
        return self.cleaned_data.get("pupils", ())
