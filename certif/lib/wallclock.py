"""From the wall clock of a place to an instant, refusing the hours that clock changes break."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from certif.lib.typography import de

# Zones are named in English: the places whose French name differs.
PLACES = {
    "Cayenne": "Guyane",
    "Guadeloupe": "la Guadeloupe",
    "Martinique": "la Martinique",
    "Miquelon": "Saint-Pierre-et-Miquelon",
    "Noumea": "Nouméa",
    "Reunion": "La Réunion",
    "St Barthelemy": "Saint-Barthélemy",
    "Tahiti": "Papeete",
}


class NonexistentTime(ValueError):
    """The clocks jump over this hour."""


class AmbiguousTime(ValueError):
    """The clocks show this hour twice."""


def to_instant(date, time, zone_name):
    """The aware UTC instant when the clock of `zone_name` shows `date` `time`."""
    zone = ZoneInfo(zone_name)
    early, late = (
        datetime.combine(date, time, tzinfo=zone).replace(fold=fold).astimezone(UTC)
        for fold in (0, 1)
    )
    if early.astimezone(zone).replace(tzinfo=None) != datetime.combine(date, time):
        raise NonexistentTime
    if early != late:
        raise AmbiguousTime
    return early


def zone_label(zone_name):
    """« heure de Nouméa »."""
    place = zone_name.rpartition("/")[2].replace("_", " ")
    return _("heure %(of_place)s") % {"of_place": de(PLACES.get(place, place))}
