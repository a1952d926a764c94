"""The communes, present and former, read once from the compressed list."""

import gzip
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "data" / "communes.tsv.gz"


# Written of the whole city, though no house there has it: Paris, Lyon, Marseille.
OF_THE_CITY = {"75056": "75000", "69123": "69000", "13055": "13000"}


class Commune(NamedTuple):
    insee_code: str
    name: str
    postcodes: str  # separated by spaces


class Communes(NamedTuple):
    by_code: dict[str, list[Commune]]  # the present commune first
    by_postcode: dict[str, list[Commune]]
    current_code: dict[str, str]  # of a code no longer in use


@cache
def communes():
    by_code, by_postcode, current_code = {}, defaultdict(list), {}
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            code, name, postcodes, former_codes = line.rstrip("\n").split("\t")
            if code in OF_THE_CITY:
                postcodes = f"{OF_THE_CITY[code]} {postcodes}"
            commune = Commune(code, name, postcodes)
            by_code.setdefault(code, []).append(commune)
            for postcode in postcodes.split():
                by_postcode[postcode].append(commune)
            for former in former_codes.split():
                current_code[former] = code
    return Communes(by_code, dict(by_postcode), current_code)
