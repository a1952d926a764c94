import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from certif.lib.text import fold
from sessions.birthplaces import build
from sessions.birthplaces.communes import FILE, communes
from sessions.birthplaces.countries import countries, country_named
from sessions.birthplaces.spelling import commune_key

ENTRIES = [
    {"code": "01033", "nom": "Valserhône", "type": "commune-actuelle"}
    | {"codesPostaux": ["01200"], "anciensCodes": ["01018", "01033"]},
    {"code": "01033", "nom": "Bellegarde", "type": "commune-deleguee", "chefLieu": "01033"},
    {"code": "01120", "nom": "Cordieux", "type": "commune-associee", "chefLieu": "01033"},
    {"code": "98411", "nom": "Île Saint-Paul", "type": "commune-actuelle"},
    {"code": "01001", "nom": "Œuf", "type": "commune-actuelle", "codesPostaux": ["01400"]},
]


@pytest.fixture
def package(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "FILE", tmp_path / "communes.tsv.gz")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "communes.json").write_text(json.dumps(ENTRIES), encoding="utf-8")
    return tmp_path


def test_list_is_built_from_the_package(package):
    call_command("build_birthplaces", package, verbosity=0)

    assert gzip.decompress(build.FILE.read_bytes()).decode().splitlines() == [
        "01001\tŒuf\t01400\t",
        "01033\tValserhône\t01200\t01018",
        "01033\tBellegarde\t01200\t",
        "01120\tCordieux\t01200\t",
        "98411\tÎle Saint-Paul\t\t",
    ]


def test_list_built_twice_is_the_same_file(package):
    build.build(package)
    first = build.FILE.read_bytes()
    build.build(package)

    assert build.FILE.read_bytes() == first


def test_folder_without_the_data_is_refused(tmp_path):
    with pytest.raises(CommandError):
        call_command("build_birthplaces", tmp_path)


def test_shipped_list_is_small_whole_and_comes_with_its_licence():
    listed = communes()

    assert FILE.stat().st_size < 1_000_000
    assert len(listed.by_code) > 36_000
    assert len(listed.by_postcode) > 6_200
    assert "Licence Ouverte 2.0" in (FILE.parent / "LICENCE.md").read_text()


def test_every_department_has_communes():
    prefixes = {
        code[:3] if code.startswith(("97", "98")) else code[:2] for code in communes().by_code
    }

    mainland = {f"{number:02}" for number in range(1, 96)} - {"20"} | {"2A", "2B"}
    overseas = {
        "971",
        "972",
        "973",
        "974",
        "975",
        "976",
        "977",
        "978",
        "984",
        "986",
        "987",
        "988",
        "989",
    }
    assert prefixes == mainland | overseas


def test_loose_spelling_confuses_no_two_communes_of_a_postcode():
    names = {
        (postcode, place.name)
        for postcode, places in communes().by_postcode.items()
        for place in places
    }
    keys = {(postcode, commune_key(name)) for postcode, name in names}
    folded = {(postcode, fold(name)) for postcode, name in names}

    assert len(keys) == len(folded)


def test_lists_are_small():
    communes.cache_clear()
    countries.cache_clear()
    tracemalloc.start()
    communes()
    countries()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held < 40_000_000


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ALGERIE", "Algérie"),
        ("algérie", "Algérie"),
        ("Corée (du Sud)", "Corée du Sud"),
        ("Congo (République démocratique du)", "République démocratique du Congo"),
        ("Cote d'Ivoire", "Côte d’Ivoire"),
        ("COTE D IVOIRE", "Côte d’Ivoire"),
        ("Etats Unis", "États-Unis"),
        ("U.S.A.", "États-Unis"),
        ("ROYAUME UNI", "Royaume-Uni"),
        ("Grande Bretagne", "Royaume-Uni"),
        ("Comores (les)", "Comores"),
        ("Le Maroc", "Maroc"),
        ("Zaïre", "République démocratique du Congo"),
        ("Haute Volta", "Burkina Faso"),
        ("ex-Yougoslavie", "Yougoslavie"),
        ("Union soviétique", "URSS"),
        ("Viet Nam", "Vietnam"),
        ("St Marin", "Saint-Marin"),
        ("Guyane", "France"),
        ("Guyana", "Guyana"),
        ("Niger", "Niger"),
        ("Nigeria", "Nigéria"),
        ("République dominicaine", "République dominicaine"),
        ("Dominique", "Dominique"),
    ],
)
def test_country_is_found_under_the_names_people_give_it(typed, name):
    assert country_named(typed).name == name


def test_no_two_countries_have_the_same_name():
    lines = Path(FILE.parent / "countries.csv").read_text(encoding="utf-8").splitlines()

    assert len({country.name for country in countries().by_key.values()}) == len(lines)


def test_each_country_has_a_code_of_insee():
    codes = countries().by_code

    assert len(codes) == 231
    assert all(code.startswith("99") and len(code) == 5 for code in codes)
    assert codes["99121"].name == "Serbie"
    assert codes["99123"].name == "Russie"
