"""The register of a school's pupils, imported once (domain.md § 3)."""

import pytest

from certif.accounts.models import CentreKind
from sessions.actions import imports
from sessions.enums import ImportKind, ImportState
from sessions.models import Pupil
from tests.factories import CentreFactory
from tests.sessions.workbooks import BORN, confirm, lines, one_sheet, send, someone, told

pytestmark = pytest.mark.django_db

TITLES = ["Nom", "Prénom", "Né(e) le", "INE", "Division"]


@pytest.fixture
def school():
    return CentreFactory(kind=CentreKind.SCO)


def register(school, *rows):
    return send(ImportKind.REGISTER, school, one_sheet(TITLES, *rows))


def pupil(name, ine="", school_class="3A"):
    return someone(name, "Léa", BORN, ine, school_class)


def test_pupils_are_added_with_their_class_and_their_ine(school):
    confirm(register(school, pupil("Rosso", "123456789AB", "3B")))

    row = Pupil.objects.get(centre=school)
    assert (row.birth_name, row.external_id, row.school_class) == ("Rosso", "123456789AB", "3B")


def test_the_same_register_twice_changes_nothing(school):
    confirm(register(school, pupil("Rosso", "1"), pupil("Müller")))

    assert lines(register(school, pupil("Rosso", "1"), pupil("Müller"))) == []


def test_a_pupil_is_found_again_by_the_ine(school):
    confirm(register(school, pupil("Roso", "1")))
    confirm(register(school, pupil("Rosso", "1", "2A")))

    row = Pupil.objects.get()
    assert (row.birth_name, row.school_class) == ("Rosso", "2A")


def test_a_pupil_who_left_is_removed_when_it_was_decided(school):
    confirm(register(school, pupil("Rosso"), pupil("Parti")))
    confirm(register(school, pupil("Rosso")), remove_absent=True)

    assert [row.birth_name for row in Pupil.objects.all()] == ["Rosso"]


def test_two_pupils_may_swap_their_ine(school):
    confirm(register(school, pupil("A", "1"), pupil("B", "2")))
    confirm(register(school, pupil("A", "2"), pupil("B", "1")))

    assert dict(Pupil.objects.values_list("birth_name", "external_id")) == {"A": "2", "B": "1"}


def test_what_only_a_constraint_refuses_is_said_and_nothing_is_written(school):
    titles = ["Nom", "Prénom", "Né(e) le", "Commune de naissance"]
    rows = someone("Rosso", "Léa", BORN, "Lyon"), someone("Rosso", "Léa", BORN, "Lille")
    prepared = send(ImportKind.REGISTER, school, one_sheet(titles, *rows))

    with pytest.raises(imports.Contradicted):
        confirm(prepared)

    prepared.refresh_from_db()
    assert prepared.state == ImportState.REFUSED
    assert "Rien n’a été enregistré" in told(prepared)[0][1]
    assert not Pupil.objects.exists()


def test_an_ine_twice_in_the_file_is_told(school):
    prepared = register(school, pupil("A", "1"), pupil("B", "1"))

    assert told(prepared) == [("D3", "« INE » est déjà à la ligne 2, pour A Léa.")]


def test_the_register_of_another_school_is_left_alone(school):
    confirm(register(CentreFactory(), pupil("Ailleurs", "1")))
    confirm(register(school, pupil("Rosso", "1")))

    assert Pupil.objects.filter(external_id="1").count() == 2


def test_a_centre_that_is_not_a_school_has_no_register():
    prepared = register(CentreFactory(kind=CentreKind.PRO), pupil("Rosso"))

    assert told(prepared) == [("", "Le registre des élèves est celui d’un établissement scolaire.")]
