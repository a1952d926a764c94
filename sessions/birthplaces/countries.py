"""The countries by their INSEE code, under the names people give them."""

import csv
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sessions.birthplaces.spelling import words

FILE = Path(__file__).parent / "data" / "countries.csv"
FRANCE = "99100"


class Country(NamedTuple):
    insee_code: str
    name: str


class Countries(NamedTuple):
    by_code: dict[str, Country]
    by_key: dict[str, Country]


@cache
def countries():
    by_code, by_key = {}, {}
    with FILE.open(encoding="utf-8", newline="") as lines:
        for code, name, others in csv.reader(lines):
            country = by_code[code] = Country(code, name)
            for spelling in (name, *filter(None, others.split("|"))):
                by_key[country_key(spelling)] = country
    return Countries(by_code, by_key)


def country_key(name):
    """`(La) Réunion`, `REUNION` and `réunion, la` have the same; so have Saint and St."""
    kept = [{"ST": "SAINT", "STE": "SAINTE"}.get(word, word) for word in words(name)]
    return "".join(sorted(word for word in kept if word not in {"LE", "LA", "LES", "L"}))


def country_named(name):
    return countries().by_key.get(country_key(name))


def nearest_countries(name):
    """At most three names that look like this one."""
    by_key = countries().by_key
    keys = get_close_matches(country_key(name[:60]), by_key, n=6, cutoff=0.7)
    return list(dict.fromkeys(by_key[key].name for key in keys))[:3]
