"""The rules of a birth place (domain.md § 3): all errors at once, official spellings in return."""

from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from certif.lib.typography import de
from sessions.birthplaces.communes import communes
from sessions.birthplaces.countries import (
    FRANCE,
    countries,
    country_named,
    france,
    nearest_countries,
)
from sessions.birthplaces.spelling import commune_key, without_number

INSEE_CODE = "birth_insee_code"
POSTCODE = "birth_postcode"
CITY = "birth_city"
COUNTRY = "birth_country"

LONGEST = {INSEE_CODE: 20, POSTCODE: 20, CITY: 100, COUNTRY: 100}
MANY = 5
ABROAD = "99"


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

    Expects cleaned lines. One free cell, the city alone, is kept as typed. Nothing is made up
    beyond what was given, but the name of the commune that has the INSEE code, and the country.
    """
    _refuse_long(insee_code, postcode, city, country)
    place, errors = _checked(_code(insee_code), _code(postcode), city, country)
    if errors:
        raise BirthPlaceError(dict(errors))
    return place


def _refuse_long(*values):
    long = [
        (field, limit)
        for (field, limit), value in zip(LONGEST.items(), values, strict=True)
        if len(value) > limit
    ]
    if long:
        sentence = _("Ce texte est trop long : %(limit)s caractères au plus.")
        raise BirthPlaceError({field: sentence % {"limit": limit} for field, limit in long})


def _code(text):
    """Without spaces; with the zero that a spreadsheet took away."""
    text = "".join(text.split()).upper()
    return text.zfill(5) if len(text) == 4 and text.isascii() and text.isdigit() else text


@lru_cache(maxsize=8192)
def _checked(insee_code, postcode, city, country):
    """The place and no error, or errors: a list repeats the same few places."""
    land, errors = _country(country, insee_code)
    if errors:
        return None, errors
    if land and land.insee_code != FRANCE:
        return _abroad(insee_code, postcode, city, land)
    if insee_code == FRANCE:
        insee_code = ""
    if insee_code.startswith(ABROAD):
        return None, {INSEE_CODE: _code_of_abroad(insee_code)}
    if insee_code:
        return _by_insee_code(insee_code, postcode, city)
    if postcode:
        return _by_postcode(postcode, city)
    return BirthPlace("", "", city, land.name if land else ""), {}


def _country(name, insee_code):
    """The country named, else the one whose code is given, else None."""
    if name:
        country = country_named(name)
        return country, {} if country else {COUNTRY: _unknown_country(name)}
    if insee_code == ABROAD:
        return None, {COUNTRY: _("Le code INSEE 99 est celui de l’étranger : indiquez le pays.")}
    return countries().by_code.get(insee_code), {}


def _unknown_country(name):
    sentence = _("« %(name)s » n’est pas un pays connu.") % {"name": name}
    return _with_names(sentence, _("Peut-être : %(names)s ?"), nearest_countries(name))


def _code_of_abroad(code):
    country = countries().by_code.get(code)
    if country:
        return _("Le code INSEE %(code)s est celui d’un autre pays : %(name)s.") % {
            "code": code,
            "name": country.name,
        }
    if code == ABROAD:
        return _("Le code INSEE 99 est celui de l’étranger : effacez-le, ou corrigez le pays.")
    return _unknown_insee_code(code)


def _abroad(insee_code, postcode, city, country):
    errors = {}
    if insee_code not in {"", ABROAD, country.insee_code}:
        errors[INSEE_CODE] = _(
            "Pour une naissance à l’étranger, laissez le code INSEE vide, ou écrivez 99."
        )
    if postcode:
        errors[POSTCODE] = _("Pour une naissance à l’étranger, laissez le code postal vide.")
    if not city:
        errors[CITY] = _("Indiquez aussi la ville de naissance.")
    code = country.insee_code if insee_code else ""
    return BirthPlace(code, "", city, country.name), errors


def _by_insee_code(code, postcode, city):
    listed = communes()
    is_former = code in listed.current_code
    places = listed.by_code.get(listed.current_code.get(code, code))
    if not places:
        errors = _by_postcode(postcode, city)[1] if postcode else {}
        return None, {INSEE_CODE: _unknown_insee_code(code)} | errors
    errors = {}
    # The name that went with a former code is not in the list: there is nothing to compare.
    place = places[0] if is_former or not city else _agreeing(places, city)
    if place is None:
        errors[CITY] = _(
            "Le code INSEE %(code)s est celui %(of_name)s, pas %(of_city)s : corrigez l’un, ou effacez la commune."
        ) % {
            "code": code,
            "of_name": de(places[0].name),
            "of_city": de(city),
        }
    if postcode and postcode not in places[0].postcodes.split():
        errors[POSTCODE] = _other_postcode(code, postcode, places[0])
    if errors:
        return None, errors
    return BirthPlace(place.insee_code, postcode, place.name, france().name), {}


def _by_postcode(postcode, city):
    places = communes().by_postcode.get(postcode)
    if not places:
        return None, {POSTCODE: _unknown_postcode(postcode)}
    names = list(dict.fromkeys(place.name for place in places))
    sentence = _("Pour le code postal %(postcode)s : %(names)s.")
    if not city:
        few = names if len(names) <= MANY else []
        missing = _("Indiquez aussi la commune.")
        return None, {CITY: _with_names(missing, sentence, few, postcode=postcode)}
    if place := _named(places, city):
        return BirthPlace("", postcode, place.name, france().name), {}
    wrong = _("Le code postal %(postcode)s n’est pas celui %(of_city)s.") % {
        "postcode": postcode,
        "of_city": de(city),
    }
    few = names if len(names) <= MANY else _nearest(names, city)
    return None, {CITY: _with_names(wrong, sentence, few, postcode=postcode)}


def _agreeing(places, city):
    """The commune of this code under the name typed: Paris for one of its arrondissements, and an
    arrondissement for Paris."""
    if place := _named(places, city):
        return place
    official, typed = commune_key(places[0].name), commune_key(city)
    if without_number(official) == typed:
        return places[0]
    if without_number(typed) == official:
        by_postcode = communes().by_postcode
        return _named([p for code in places[0].postcodes.split() for p in by_postcode[code]], city)
    return None


def _named(places, city):
    key = commune_key(city)
    return next((place for place in places if commune_key(place.name) == key), None)


def _nearest(names, city):
    by_key = {commune_key(name): name for name in names}
    return [by_key[key] for key in get_close_matches(commune_key(city), by_key)]


def _other_postcode(code, postcode, place):
    sentence = _(
        "Le code INSEE %(code)s est celui %(of_name)s, dont le code postal n’est pas %(postcode)s."
    ) % {"code": code, "of_name": de(place.name), "postcode": postcode}
    postcodes = place.postcodes.split()
    few = postcodes if len(postcodes) <= MANY else []
    return _with_names(sentence, _("Code postal : %(names)s."), few)


def _unknown_insee_code(code):
    return _(
        "Aucune commune n’a le code INSEE %(code)s. Il a cinq caractères, par exemple 75115 ou 2A004."
    ) % {"code": code}


def _unknown_postcode(postcode):
    return _(
        "Aucune commune n’a le code postal %(postcode)s. Pour une naissance à l’étranger, indiquez le pays et laissez le code postal vide."
    ) % {"postcode": postcode}


def _with_names(sentence, suggestion, names, **values):
    if not names:
        return sentence
    return f"{sentence} {suggestion % {'names': ', '.join(names), **values}}"
