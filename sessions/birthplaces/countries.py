"""The countries by their INSEE code, under the names people give them."""

import csv
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from sessions.birthplaces.spelling import without_articles, words

FILE = Path(__file__).parent / "data" / "countries.csv"
FRANCE = "99100"


class Country(NamedTuple):
    insee_code: str
    name: str


class Countries(NamedTuple):
    by_code: dict[str, Country]  # the present country, not the former one of the same code
    by_key: dict[str, Country]


@cache
def countries():
    by_code, by_key = {}, {}
    with FILE.open(encoding="utf-8", newline="") as lines:
        for code, name, others in csv.reader(lines):
            country = Country(code, name)
            by_code.setdefault(code, country)
            for spelling in (name, *filter(None, others.split("|"))):
                by_key[country_key(spelling)] = country
    return Countries(by_code, by_key)


def country_key(name):
    """`Corée du Sud` and `COREE (DU SUD)`, `La Réunion` and `REUNION` have the same."""
    return "".join(sorted(without_articles(words(name))))


def france():
    return countries().by_code[FRANCE]


def country_named(name):
    return countries().by_key.get(country_key(name))


@lru_cache(maxsize=1024)
def nearest_countries(name):
    """At most three names that look like this one."""
    by_key, key = countries().by_key, country_key(name)
    near = [other for other in by_key if abs(len(other) - len(key)) <= 3]
    keys = get_close_matches(key, near, n=6, cutoff=0.7)
    return tuple(dict.fromkeys(by_key[key].name for key in keys))[:3]
