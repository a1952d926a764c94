"""A centre's week with a mouse: many sessions from one file, a school's classes, the list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from certif.accounts.models import CentreKind
from sessions.models import Candidate, ExamSession, Pupil
from tests.e2e.conftest import DESK
from tests.e2e.desk_states import register, shuttle
from tests.factories import PASSWORD, MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_week_is_imported_filled_by_class_and_found_again(somebody, tmp_path):
    membership = MembershipFactory(centre__kind=CentreKind.SCO)
    person = somebody(DESK).logs_in(membership.user.email, PASSWORD)
    person.look()

    imports(person, "navette créneaux", shuttle(tomorrow()), tmp_path)
    assert (ExamSession.objects.count(), Candidate.objects.count()) == (3, 15)
    imports(person, "registre des élèves", register(), tmp_path)
    assert Pupil.objects.count() == 10

    enrols_a_class(person)
    duplicates(person)
    finds(person)
    changes_week(person)
    assert person.faults == []


def tomorrow():
    return timezone.localdate() + timedelta(days=1)


def imports(person, kind, data, folder):
    """From the centre's home, by the page of all the imports, and back."""
    path = folder / f"{kind}.xlsx"
    path.write_bytes(data)
    home(person)
    person.follow("Importer", exact=True)
    person.look()
    person.follow(f"Importer : {kind}")
    person.look()
    person.page.get_by_label("Fichier").set_input_files(path)
    person.press("Lire le fichier")
    person.reads("Voici ce que le fichier changerait")
    person.look()
    person.press("Confirmer l’import")
    person.reads("L’import est enregistré.")
    person.look()


def home(person):
    person.follow("Sessions", exact=True)
    person.page.get_by_role("heading", name="Sessions", exact=True).wait_for()


def enrols_a_class(person):
    page = person.page
    home(person)
    person.follow(f"Session {first_session().pk}", exact=True)
    person.follow("Candidats (5)")
    person.look()
    person.follow("Inscrire par classe")
    person.look()
    page.get_by_text("3e A").click()
    page.get_by_text("Tout cocher").click()
    person.reads("5 élèves cochés.")
    person.look()
    person.press("Ajouter à la session")
    person.reads("10 candidats inscrits")
    person.look()
    assert first_session().candidates.filter(school_class="3e A").count() == 5


def first_session():
    return ExamSession.objects.earliest("starts_at")


def duplicates(person):
    """The same room, at the next free hour."""
    home(person)
    person.page.locator(f"#menu-{first_session().pk}-button").click()
    person.look()
    person.follow("Dupliquer")
    person.reads("Copie de la")
    person.look()
    person.page.get_by_label("Salle").fill("CDI")
    person.press("Créer la session")
    person.page.get_by_role("heading", name="Session").first.wait_for()
    person.look()


def finds(person):
    page = person.page
    home(person)
    assert page.locator("#results tbody tr").count() == 4
    page.get_by_label("Numéro, site, salle ou surveillant").fill("cdi")
    page.locator("#result-count", has_text="1 session").wait_for()
    person.look()
    assert page.locator("#results tbody tr").count() == 1
    page.get_by_label("Numéro, site, salle ou surveillant").fill("nulle part")
    person.reads("Aucune session ne correspond")
    person.look()
    person.follow("Effacer les filtres")
    page.locator("#result-count", has_text="4 sessions").wait_for()


def changes_week(person):
    page = person.page
    week = page.locator("#week-title").inner_text()
    page.locator("#week-next").click()
    page.wait_for_function(
        "week => document.getElementById('week-title').innerText !== week", arg=week
    )
    page.locator("#week-next:focus").wait_for()
    person.look()
    page.locator("#week-previous").click()
    page.locator("#week-title", has_text=week).wait_for()
    person.look()
