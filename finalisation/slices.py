"""A period cut in slices, few enough to stand side by side on a telephone."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Trunc
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

HOURS = 3


@dataclass(frozen=True)
class Cut:
    """`kind`: what SQL truncates to. `step`: at least one slice, and less than two."""

    kind: str
    step: timedelta
    said: str
    name: str

    def moment(self, name):
        return Trunc(name, self.kind)

    def of(self, at):
        """The beginning of the slice of this instant, as a clock of the server's zone tells it."""
        day = timezone.localtime(at).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        if self.kind == "hour":
            return day.replace(hour=day.hour // HOURS * HOURS)
        day = day.replace(hour=0)
        if self.kind == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.kind == "month" else day

    def between(self, since, at):
        """Every slice from one instant to the other, those of nothing too."""
        found, last = [self.of(since)], self.of(at)
        while found[-1] < last:
            found.append(self._after(found[-1]))
        return found

    def _after(self, beginning):
        after = beginning + self.step
        return after.replace(day=1) if self.kind == "month" else after

    def told(self, beginning):
        said = date_format(beginning, self.said)
        if self.kind == "week":
            return _("sem. %(day)s") % {"day": said}
        if self.kind == "hour":
            hours = {"from": beginning.hour, "to": beginning.hour + HOURS}
            return _("%(day)s %(from)s–%(to)s h") % {"day": said, **hours}
        return said


def cut_of(days):
    """How a period of so many days is cut."""
    if days <= 1:
        return Cut(
            "hour", timedelta(hours=HOURS), "D", gettext_lazy("par tranches de trois heures")
        )
    if days <= 7:
        return Cut("day", timedelta(days=1), "D d/m", gettext_lazy("jour par jour"))
    if days <= 60:
        return Cut("week", timedelta(days=7), "d/m", gettext_lazy("semaine par semaine"))
    return Cut("month", timedelta(days=31), "m/Y", gettext_lazy("mois par mois"))
