"""Makes data/communes.tsv.gz from the folder of @etalab/decoupage-administratif."""

import gzip
import json

from sessions.birthplaces.communes import FILE

RANK = {
    "commune-actuelle": 0,
    "arrondissement-municipal": 1,
    "commune-deleguee": 2,
    "commune-associee": 3,
}

# Before these places were departments or collectivities: INSEE gave their births other codes.
OVERSEAS_FORMER = {
    "97701": ["97123"],  # Saint-Barthélemy and Saint-Martin, then in Guadeloupe
    "97801": ["97127"],
    **{f"976{number:02}": [f"985{number:02}"] for number in range(1, 18)},  # Mayotte
}


def build(folder):
    """Write the list; the number of its lines."""
    entries = json.loads((folder / "data" / "communes.json").read_text(encoding="utf-8"))
    lines = list(_lines(entries))
    text = "".join(f"{line}\n" for line in lines).encode()
    FILE.write_bytes(gzip.compress(text, compresslevel=9, mtime=0))
    return len(lines)


def _lines(entries):
    """`code name postcodes former-codes`, by code, what is current first.

    A former commune has no postcode of its own: it takes those of the commune it joined. A former
    code is worth a mention when no line has it.
    """
    known = {entry["code"] for entry in entries}
    postcodes = {
        entry["code"]: entry["codesPostaux"] for entry in entries if "codesPostaux" in entry
    }
    for entry in sorted(entries, key=lambda entry: (entry["code"], RANK[entry["type"]])):
        own = postcodes.get(entry["code"]) or postcodes.get(entry.get("chefLieu"), [])
        former = entry.get("anciensCodes", []) + OVERSEAS_FORMER.get(entry["code"], [])
        former = [code for code in former if code not in known]
        yield "\t".join(
            [entry["code"], entry["nom"], " ".join(sorted(own)), " ".join(sorted(former))]
        )
