"""The rules of a birth place (domain.md § 3): all errors at once, official spellings in return."""

import re
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions.birthplaces.communes import communes
from sessions.birthplaces.countries import FRANCE, countries, country_named, nearest_countries
from sessions.birthplaces.spelling import commune_key

INSEE_CODE, POSTCODE, CITY, COUNTRY = (
    "birth_insee_code",
    "birth_postcode",
    "birth_city",
    "birth_country",
)
MANY = 5
_FOREIGN_CODE = re.compile(r"99\d{3}")


class BirthPlace(NamedTuple):
    insee_code: str
    postcode: str
    city: str
    country: str


class BirthPlaceError(Exception):
    """`errors`: the sentence of each field that is to correct."""

    def __init__(self, errors):
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def check_birth_place(*, insee_code="", postcode="", city="", country=""):
    """The birth place in its official spelling. Raises BirthPlaceError.

    Cleaned lines are expected. One free cell, the city alone, is kept as typed. What was not given
    is not made up, but for the city that an INSEE code names.
    """
    place, errors = _checked(insee_code, postcode, city, country)
    if errors:
        raise BirthPlaceError(dict(errors))
    return place


@lru_cache(maxsize=8192)
def _checked(insee_code, postcode, city, country):
    insee_code, postcode = _code(insee_code), _code(postcode)
    land, errors = _country(country, insee_code)
    if errors:
        return None, errors
    if land and land.insee_code != FRANCE:
        return _abroad(insee_code, postcode, city, land)
    if not insee_code and not postcode:
        return BirthPlace("", "", city, land.name if land else ""), {}
    if insee_code:
        return _by_insee_code(insee_code, postcode, city)
    return _by_postcode(postcode, city)


def _code(text):
    """Without spaces; with the zero that a spreadsheet took away."""
    text = "".join(text.split()).upper()
    return text.zfill(5) if len(text) == 4 and text.isascii() and text.isdigit() else text


def _country(name, insee_code):
    """The country named, else the one whose code is given, else None."""
    if not name:
        return countries().by_code.get(insee_code), {}
    if country := country_named(name):
        return country, {}
    sentence = _("« %(name)s » n’est pas un pays connu.") % {"name": name}
    if names := nearest_countries(name):
        sentence += " " + _("Peut-être : %(names)s ?") % {"names": ", ".join(names)}
    return None, {COUNTRY: sentence}


def _abroad(insee_code, postcode, city, country):
    errors = {}
    if not city:
        errors[CITY] = _("Indiquez la ville de naissance, même à l’étranger.")
    if postcode:
        errors[POSTCODE] = _("Pour une naissance à l’étranger, laissez le code postal vide.")
    if insee_code not in {"", "99", country.insee_code}:
        errors[INSEE_CODE] = _(
            "Pour une naissance à l’étranger, laissez le code INSEE vide, ou écrivez 99."
        )
    code = country.insee_code if insee_code else ""
    return BirthPlace(code, "", city, country.name), errors


def _by_insee_code(code, postcode, city):
    listed = communes()
    former = code in listed.current_code
    code = listed.current_code.get(code, code)
    places = listed.by_code.get(code)
    if not places:
        return None, {INSEE_CODE: _unknown_insee_code(code)}
    errors = {}
    place = places[0] if former or not city else _same_city(places, city)
    if place is None:
        errors[CITY] = _("Le code INSEE %(code)s est celui de %(name)s, pas de %(city)s.") % {
            "code": code,
            "name": places[0].name,
            "city": city,
        }
    if postcode and postcode not in places[0].postcodes:
        errors[POSTCODE] = _(
            "Le code INSEE %(code)s est celui de %(name)s (%(postcodes)s) : corrigez l’un des deux codes, ou effacez-en un."
        ) % {
            "code": code,
            "name": places[0].name,
            "postcodes": _listed(places[0].postcodes.split()),
        }
    if errors:
        return None, errors
    return BirthPlace(code, postcode, place.name, countries().by_code[FRANCE].name), {}


def _unknown_insee_code(code):
    if code == "99" or _FOREIGN_CODE.fullmatch(code):
        return _("Le code %(code)s est celui d’un pays étranger : indiquez ce pays.") % {
            "code": code
        }
    return _(
        "Aucune commune n’a le code INSEE %(code)s. Il a cinq caractères, par exemple 75115 ou 2A004."
    ) % {"code": code}


def _by_postcode(postcode, city):
    places = communes().by_postcode.get(postcode)
    if not places:
        return None, {POSTCODE: _unknown_postcode(postcode)}
    names = list(dict.fromkeys(place.name for place in places))
    if not city:
        return None, {CITY: _("Indiquez aussi la commune.") + _suggested(names, postcode)}
    place = _same_city(places, city)
    if place is None:
        sentence = _("Le code postal %(postcode)s n’est pas celui de %(city)s.") % {
            "postcode": postcode,
            "city": city,
        }
        return None, {CITY: sentence + _suggested(names, postcode)}
    return BirthPlace("", postcode, place.name, countries().by_code[FRANCE].name), {}


def _unknown_postcode(postcode):
    return _(
        "Aucune commune n’a le code postal %(postcode)s. S’il est étranger, indiquez le pays et effacez-le."
    ) % {"postcode": postcode}


def _suggested(names, postcode):
    if len(names) > MANY:
        return ""
    sentence = ngettext(
        "Pour %(postcode)s : %(names)s.", "Pour %(postcode)s : %(names)s.", len(names)
    )
    return " " + sentence % {"postcode": postcode, "names": ", ".join(names)}


def _same_city(places, city):
    """The place so named; else the arrondissement of the city so named, or the reverse."""
    key = commune_key(city)
    keys = [commune_key(place.name) for place in places]
    if key in keys:
        return places[keys.index(key)]
    return None


def _listed(values):
    return ", ".join(values[:MANY]) + (", …" if len(values) > MANY else "")
