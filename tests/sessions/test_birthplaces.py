from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.birthplaces import BirthPlace, BirthPlaceError, check_birth_place, same_city

CODE, POSTCODE, CITY, COUNTRY = (
    "birth_insee_code",
    "birth_postcode",
    "birth_city",
    "birth_country",
)


def errors_of(**place):
    with pytest.raises(BirthPlaceError) as refusal:
        check_birth_place(**place)
    return refusal.value.errors


def test_nothing_given_is_fine():
    assert check_birth_place() == BirthPlace("", "", "", "")


@pytest.mark.parametrize("country", ["", "France", "FRANCE", "france"])
def test_one_free_cell_is_kept_as_typed(country):
    place = check_birth_place(city="né a berlin (RDA)", country=country)

    assert place == BirthPlace("", "", "né a berlin (RDA)", country.capitalize())


def test_country_may_be_france_alone():
    assert check_birth_place(country="FRANCE") == BirthPlace("", "", "", "France")


def test_code_of_france_is_the_country():
    place = check_birth_place(insee_code="99100", postcode="59000", city="Lille")

    assert place == BirthPlace("", "59000", "Lille", "France")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("75115", "Paris 15e Arrondissement"),
        ("75056", "Paris"),
        ("69123", "Lyon"),
        ("13055", "Marseille"),
        ("13201", "Marseille 1er Arrondissement"),
        ("2A004", "Ajaccio"),
        ("2a 004", "Ajaccio"),
        ("2B033", "Bastia"),
        ("01001", "L'Abergement-Clémenciat"),
        ("1001", "L'Abergement-Clémenciat"),
        ("97105", "Basse-Terre"),
        ("97209", "Fort-de-France"),
        ("97302", "Cayenne"),
        ("97411", "Saint-Denis"),
        ("97502", "Saint-Pierre"),
        ("97611", "Mamoudzou"),
        ("97701", "Saint-Barthélemy"),
        ("97801", "Saint-Martin"),
        ("98613", "Uvea"),
        ("98735", "Papeete"),
        ("98818", "Nouméa"),
    ],
)
def test_insee_code_names_the_commune(code, name):
    assert check_birth_place(insee_code=code).city == name


@pytest.mark.parametrize(
    ("former", "now", "name"),
    [
        ("20004", "2A004", "Ajaccio"),
        ("20033", "2B033", "Bastia"),
        ("98511", "97611", "Mamoudzou"),
        ("97123", "97701", "Saint-Barthélemy"),
        ("01018", "01033", "Valserhône"),
    ],
)
def test_former_code_becomes_the_present_one(former, now, name):
    assert check_birth_place(insee_code=former) == BirthPlace(now, "", name, "France")


def test_name_that_went_with_a_former_code_is_replaced():
    place = check_birth_place(insee_code="01018", city="Arlod")

    assert place.city == "Valserhône"


@pytest.mark.parametrize(
    ("code", "city", "name"),
    [
        ("01120", "CORDIEUX", "Cordieux"),  # associée
        ("01015", "Arbignieu", "Arbignieu"),  # déléguée, under the code of the new commune
        ("01015", "", "Arboys en Bugey"),
        ("69123", "LYON", "Lyon"),
    ],
)
def test_commune_that_has_merged_is_a_birth_place(code, city, name):
    assert check_birth_place(insee_code=code, city=city).city == name


def test_commune_that_has_merged_has_the_postcode_of_the_new_one():
    assert check_birth_place(postcode="01300", city="Arbignieu").city == "Arbignieu"


@pytest.mark.parametrize(
    ("postcode", "city", "name"),
    [
        ("75015", "Paris", "Paris"),
        ("75000", "Paris", "Paris"),
        ("69000", "LYON", "Lyon"),
        ("13000", "Marseille", "Marseille"),
        ("75015", "PARIS 15", "Paris 15e Arrondissement"),
        ("75015", "Paris 15e Arrondissement", "Paris 15e Arrondissement"),
        ("75015", "PARIS 15EME ARRDT", "Paris 15e Arrondissement"),
        ("75015", "Paris (15e)", "Paris 15e Arrondissement"),
        ("75015", "PARIS CEDEX 15", "Paris 15e Arrondissement"),
        ("75116", "PARIS 16", "Paris 16e Arrondissement"),
        ("75001", "paris 1er", "Paris 1er Arrondissement"),
        ("69003", "LYON 3EME", "Lyon 3e Arrondissement"),
        ("69003", "Lyon 03", "Lyon 3e Arrondissement"),
        ("13008", "Marseille 8ème", "Marseille 8e Arrondissement"),
        ("93200", "ST DENIS", "Saint-Denis"),
        ("93200", "Saint Denis", "Saint-Denis"),
        ("93200", "st.denis", "Saint-Denis"),
        ("50480", "STE MERE EGLISE", "Sainte-Mère-Église"),
        ("76600", "LE HAVRE", "Le Havre"),
        ("76600", "Havre (Le)", "Le Havre"),
        ("94240", "L HAY LES ROSES", "L'Haÿ-les-Roses"),
        ("94240", "L’Haÿ-les-Roses", "L'Haÿ-les-Roses"),
        ("76740", "SOTTEVILLE SUR MER", "Sotteville-sur-Mer"),
        ("71100", "CHALON S/ SAONE", "Chalon-sur-Saône"),
        ("20000", "AJACCIO", "Ajaccio"),
        ("20090", "Ajaccio", "Ajaccio"),
        ("20200", "bastia", "Bastia"),
        ("01000", "BOURG-EN-BRESSE", "Bourg-en-Bresse"),
        ("1000", "Bourg en Bresse", "Bourg-en-Bresse"),
        ("01 000", "Bourg en Bresse", "Bourg-en-Bresse"),
        ("97400", "ST DENIS", "Saint-Denis"),
        ("97110", "POINTE A PITRE", "Pointe-à-Pitre"),
        ("97133", "Saint Barthelemy", "Saint-Barthélemy"),
        ("97500", "Saint-Pierre", "Saint-Pierre"),
        ("97600", "MAMOUDZOU", "Mamoudzou"),
        ("98600", "Uvéa", "Uvea"),
        ("98714", "Papeete", "Papeete"),
        ("98800", "NOUMEA", "Nouméa"),
    ],
)
def test_postcode_and_commune_are_understood(postcode, city, name):
    place = check_birth_place(postcode=postcode, city=city)

    assert place.city == name
    assert place.insee_code == ""
    assert place.country == "France"


@pytest.mark.parametrize("country", ["Nouvelle-Calédonie", "LA REUNION", "Polynésie française"])
def test_overseas_is_france(country):
    place = check_birth_place(postcode="98800", city="Nouméa", country=country)

    assert place.country == "France"


def test_code_postcode_and_commune_that_agree_are_kept():
    place = check_birth_place(insee_code="93066", postcode="93200", city="ST DENIS")

    assert place == BirthPlace("93066", "93200", "Saint-Denis", "France")


@pytest.mark.parametrize(
    ("code", "city", "kept"),
    [
        ("75115", "Paris", ("75115", "Paris 15e Arrondissement")),
        ("75056", "PARIS 15", ("75115", "Paris 15e Arrondissement")),
        ("75056", "Paris", ("75056", "Paris")),
    ],
)
def test_city_agrees_with_its_arrondissements(code, city, kept):
    assert check_birth_place(insee_code=code, city=city)[::2] == kept


def test_code_and_commune_that_disagree_name_both():
    sentence = errors_of(insee_code="75115", city="Lille")[CITY]

    assert "75115 est celui de Paris 15e Arrondissement, pas de Lille" in sentence


def test_code_and_another_arrondissement_disagree():
    assert CITY in errors_of(insee_code="75115", city="Paris 16")
    assert CITY in errors_of(insee_code="75056", city="Paris 21")


def test_code_and_postcode_that_disagree_name_both():
    sentence = errors_of(insee_code="59350", postcode="75015")[POSTCODE]

    assert "59350" in sentence
    assert "75015" in sentence
    assert "59000, 59160, 59260, 59777, 59800" in sentence


def test_disagreements_are_said_together():
    assert errors_of(insee_code="59350", postcode="75015", city="Lyon").keys() == {CITY, POSTCODE}


@pytest.mark.parametrize("code", ["00000", "75121", "2C004", "7511", "751150", "É5115", "٧٥١١٥"])
def test_unknown_insee_code_is_refused(code):
    assert "Aucune commune" in errors_of(insee_code=code)[CODE]


def test_unknown_code_and_unknown_postcode_are_said_together():
    assert errors_of(insee_code="00000", postcode="00000").keys() == {CODE, POSTCODE}


@pytest.mark.parametrize("postcode", ["00000", "99999", "7501", "750155", "SW1A 1AA"])
def test_unknown_postcode_is_refused(postcode):
    assert "Aucune commune" in errors_of(postcode=postcode, city="Paris")[POSTCODE]


def test_postcode_alone_proposes_its_few_communes():
    sentence = errors_of(postcode="97500")[CITY]

    assert sentence == (
        "Indiquez aussi la commune. Pour le code postal 97500\u00a0: Miquelon-Langlade, Saint-Pierre."
    )


def test_postcode_alone_does_not_list_forty_communes():
    assert errors_of(postcode="51300")[CITY] == "Indiquez aussi la commune."


def test_commune_of_another_postcode_is_refused_with_the_right_ones():
    sentence = errors_of(postcode="59800", city="Roubaix")[CITY]

    assert "Le code postal 59800 n’est pas celui de Roubaix." in sentence
    assert "Lille" in sentence


def test_misspelt_commune_is_proposed_among_forty():
    sentence = errors_of(postcode="51300", city="Vitry le Francoi")[CITY]

    assert "Vitry-le-François" in sentence
    assert sentence.count(",") <= 2


@pytest.mark.parametrize("code", ["", "99", "99109"])
def test_place_abroad_is_a_city_and_a_country(code):
    place = check_birth_place(city="Köln", country="ALLEMAGNE", insee_code=code)

    assert place == BirthPlace("99109" if code else "", "", "Köln", "Allemagne")


def test_code_of_a_country_names_it():
    assert check_birth_place(city="Köln", insee_code="99109").country == "Allemagne"


def test_all_errors_abroad_are_said_together():
    errors = errors_of(country="Belgique", postcode="1000", insee_code="75115")

    assert errors.keys() == {CODE, POSTCODE, CITY}


def test_abroad_without_its_country_asks_for_it():
    assert errors_of(insee_code="99", city="Bruxelles").keys() == {COUNTRY}


def test_code_of_another_country_than_france_is_refused():
    assert "Allemagne" in errors_of(insee_code="99109", city="Lille", country="France")[CODE]
    assert "étranger" in errors_of(insee_code="99", city="Lille", country="France")[CODE]
    assert "Aucune commune" in errors_of(insee_code="99999", city="Lille")[CODE]


def test_unknown_country_proposes_the_nearest():
    sentence = errors_of(country="Algéri", city="Oran")[COUNTRY]

    assert "« Algéri » n’est pas un pays connu." in sentence.replace("\u00a0", " ")
    assert "Algérie" in sentence


def test_unknown_country_like_no_other_proposes_nothing():
    assert "Peut-être" not in errors_of(country="Zzyzx", city="Oran")[COUNTRY]


@pytest.mark.parametrize("field", ["insee_code", "postcode", "city", "country"])
def test_endless_text_is_refused(field):
    assert "trop long" in errors_of(**{field: "x" * 32_000})[f"birth_{field}"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Paris", "PARIS 15EME"), ("St Denis", "Saint-Denis"), ("Łódź", "LODZ"), ("", "")],
)
def test_same_city_under_two_spellings(one, other):
    assert same_city(one, other)
    assert same_city(other, one)


@pytest.mark.parametrize(("one", "other"), [("Paris 15", "Paris 16"), ("Lille", "Lyon")])
def test_two_cities(one, other):
    assert not same_city(one, other)


CODES = ["99", "99100", "99109", "75056", "75115", "2A004", "1001", "75015", "59800", "51300"]
NAMES = ["Paris", "PARIS 15", "ST DENIS", "Lille", "France", "Allemagne", "belgiqe", "12e", "-"]
LIKELY = st.sampled_from(["", *CODES, *NAMES])
ANYTHING = st.one_of(LIKELY, st.text(max_size=40), st.text("0123456789AB ", max_size=7))


@given(insee_code=ANYTHING, postcode=ANYTHING, city=ANYTHING, country=ANYTHING)
def test_any_text_is_a_place_or_sentences_at_their_fields(**place):
    with suppress(BirthPlaceError):
        check_birth_place(**place)


@given(insee_code=LIKELY, postcode=LIKELY, city=LIKELY, country=LIKELY)
def test_place_once_accepted_stays_as_it_is(**place):
    with suppress(BirthPlaceError):
        accepted = check_birth_place(**place)
        assert check_birth_place(**accepted._asdict()) == accepted
