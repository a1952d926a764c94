import re
import unicodedata

from django import forms
from django.utils.translation import gettext_lazy as _

from certif.lib.forms import LineField, WholeNumberField

# « session n° 668 », « numéro de session : 668 »: what is dictated before the number.
DICTATED = re.compile(r"\s*(?:(?:num[ée]ro|session|n[°o]?|de|la)[\s.:]*)+(?=\d)", re.IGNORECASE)
LINE_BREAK = re.compile(r"[\r\n]")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ISO_HOUR = re.compile(r"\d{2}:\d{2}(:\d{2})?")


class PickerMixin:
    """The browser's picker; a plain line when what was typed is nothing a picker can show."""

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        if not shown or self.shape.fullmatch(shown):
            context["widget"]["type"] = self.picker
        return context


class DayInput(PickerMixin, forms.DateInput):
    picker, shape = "date", ISO_DAY

    def __init__(self):
        super().__init__(attrs={"class": "short"}, format="%Y-%m-%d")


class HourInput(PickerMixin, forms.TimeInput):
    picker, shape = "time", ISO_HOUR

    def __init__(self):
        super().__init__(attrs={"class": "short"}, format="%H:%M")


class HourField(forms.TimeField):
    """An hour, picked or typed: 9:02, 9h02, 9 h."""

    widget = HourInput

    def __init__(self, **kwargs):
        messages = {"invalid": _("Cette heure n’existe pas. Écrivez-la sous la forme 9 h 30.")}
        super().__init__(input_formats=["%H:%M", "%H:%M:%S"], error_messages=messages, **kwargs)

    def to_python(self, value):
        if isinstance(value, str):
            value = "".join(unicodedata.normalize("NFKC", value).lower().split()).replace("h", ":")
            value = f"{value}00" if value.endswith(":") else value
        return super().to_python(value)


class NamesField(LineField):
    """Names on one line; those that were pasted one a line are set apart by commas."""

    def to_python(self, value):
        lines = (line.strip(" ,;") for line in LINE_BREAK.split(value or ""))
        return super().to_python(", ".join(filter(None, lines)))


class SessionNumberField(WholeNumberField):
    """The number of a session, as it is dictated."""

    def to_python(self, value):
        said = unicodedata.normalize("NFKC", value or "")
        dictated = DICTATED.match(said)
        return super().to_python(said[dictated.end() :] if dictated else said)


def typed_instead(form):
    """What a person typed that is not the current value: shown when it could not be kept."""
    return [{"label": form[name].label, "text": form[name].value()} for name in form.changed_data]
