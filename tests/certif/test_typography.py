import pytest
from django.template import Context, Template
from django.utils.translation import ngettext

from certif.lib.typography import de, premier


@pytest.mark.parametrize(
    ("day", "written"),
    [
        ("mardi 1 décembre 2026", "mardi 1er décembre 2026"),
        ("1 août", "1er août"),
        ("mar. 1 déc.", "mar. 1er déc."),
        ("lundi 21 décembre 2026", "lundi 21 décembre 2026"),
        ("lundi 31 août 2026 à 11 h 15", "lundi 31 août 2026 à 11 h 15"),
        ("1", "1"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal(day, written):
    assert premier(day) == written


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("MARTIN Léa", "de MARTIN Léa"),
        ("ŒUVRARD Zoé", "d’ŒUVRARD Zoé"),
        ("éluard@exemple.test", "d’éluard@exemple.test"),
        ("Ørsted", "d’Ørsted"),
        ("YVON Paul", "d’YVON Paul"),
        ("YANN Paul", "de YANN Paul"),
        ("HÉBERT Nina", "d’HÉBERT Nina"),
        ("HADDAD Nina", "de HADDAD Nina"),
        ("", "de "),
    ],
)
def test_de_elides_before_a_vowel_and_a_mute_h(name, said):
    assert de(name) == said


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 candidat"), (1, "1 candidat"), (2, "2 candidats")]
)
def test_below_two_is_singular(number, said):
    counted = Template(
        "{% load i18n %}{% blocktranslate count n=number %}{{ n }} candidat{% plural %}"
        "{{ n }} candidats{% endblocktranslate %}"
    )

    assert counted.render(Context({"number": number})) == said
    assert ngettext("candidat", "candidats", number) == said.split()[1]
