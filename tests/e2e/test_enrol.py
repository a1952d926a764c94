"""Enrolling by class: ticks outlive what is shown, and a name that is searched never leaves the page."""

import pytest

from sessions.models import Pupil
from sessions.queries.register import PUPILS_PER_PAGE
from tests.e2e.conftest import DESK, PHONE
from tests.factories import PASSWORD, ExamSessionFactory, MembershipFactory, PupilFactory

pytestmark = pytest.mark.django_db(transaction=True)

NARROWEST = {"viewport": {"width": 320, "height": 640}}


@pytest.fixture
def session(transactional_db):
    session = ExamSessionFactory(centre=MembershipFactory().centre)
    names = ["Œuvrard", "Łukasik", "Şahin", "Dupont", "Durand", *map("Nom{}".format, range(6))]
    for name in names:
        PupilFactory(centre=session.centre, birth_name=name, school_class="3e A")
    PupilFactory(centre=session.centre, birth_name="Ailleurs", school_class="3e B")
    return session


def at_the_classes(somebody, session, screen=DESK, query=""):
    manager = session.centre.memberships.get().user
    person = somebody(screen).logs_in(manager.email, PASSWORD)
    return person.go(f"/sessions/{session.pk}/candidats/classes/{query}")


def ticks(person, name):
    person.page.get_by_label(name).check()


def bar(person, sentence):
    person.page.locator("#ticked").get_by_text(sentence, exact=True).wait_for()


def names(session):
    return {row.birth_name for row in session.candidates.all()}


def test_ticks_outlive_a_change_of_class(session, somebody):
    person = at_the_classes(somebody, session)
    ticks(person, "3e A")
    ticks(person, "ŁUKASIK Ada")
    person.page.get_by_label("3e A").uncheck()
    person.page.get_by_label("ŁUKASIK Ada").wait_for(state="detached")
    ticks(person, "3e B")
    ticks(person, "AILLEURS Ada")
    bar(person, "2 élèves cochés, dont 1 hors de la liste affichée.")
    person.look()

    person.press("Ajouter à la session")
    person.reads("2 élèves inscrits.")

    assert names(session) == {"Łukasik", "Ailleurs"}


def test_ticks_outlive_a_change_of_page(session, somebody):
    Pupil.objects.bulk_create(
        PupilFactory.build(
            centre=session.centre,
            birth_name=f"Z{n:03}",
            school_class="3e A",
            identity_key=f"Z{n:03}",
        )
        for n in range(PUPILS_PER_PAGE)
    )
    person = at_the_classes(somebody, session, query="?classe=3e+A")
    ticks(person, "DUPONT Ada")

    person.follow("Suivante")
    ticks(person, "Z099 Ada")
    bar(person, "2 élèves cochés, dont 1 hors de la liste affichée.")
    person.follow("Précédente")
    person.page.locator("#next-page").wait_for()

    person.page.get_by_role("checkbox", name="DUPONT Ada", checked=True).wait_for()
    bar(person, "2 élèves cochés, dont 1 hors de la liste affichée.")
    person.press("Ajouter à la session")
    person.reads("2 élèves inscrits.")
    assert names(session) == {"Dupont", "Z099"}


def test_to_tick_all_ticks_those_found_and_no_name_is_sent(session, somebody):
    person = at_the_classes(somebody, session, query="?classe=3e+A")
    asked = []
    person.page.wait_for_load_state("networkidle")
    person.page.on("request", lambda request: asked.append(request.url))

    person.page.get_by_label("Chercher un élève").fill("du ada")
    ticks(person, "Tout cocher")
    bar(person, "2 élèves cochés.")
    person.page.get_by_label("Chercher un élève").fill("oeuv")

    bar(person, "2 élèves cochés, dont 2 hors de la liste affichée.")
    rows = person.page.locator("#pupil-rows > li:visible")
    rows.nth(1).wait_for(state="detached")
    assert rows.count() == 1
    assert asked == []


def test_to_untick_all_starts_again(session, somebody):
    person = at_the_classes(somebody, session, query="?classe=3e+A")
    ticks(person, "Tout cocher")
    bar(person, "11 élèves cochés.")

    person.press("Tout décocher")

    bar(person, "Aucun élève coché.")
    person.page.locator("#ticked:focus").wait_for()


def test_the_keyboard_alone_enrols_in_the_narrowest_window(session, somebody):
    person = at_the_classes(somebody, session, NARROWEST)
    keys = person.page.keyboard
    person.page.locator("#class-2").focus()

    keys.press("Space")
    person.page.get_by_label("AILLEURS Ada").wait_for()
    person.page.locator("#class-2:focus").wait_for()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Space")
    bar(person, "1 élève coché.")
    person.look()
    keys.press("Enter")
    person.reads("1 élève inscrit.")

    assert names(session) == {"Ailleurs"}


def test_without_javascript_a_class_is_shown_and_enrolled(session, somebody, client):
    client.force_login(session.centre.memberships.get().user)
    person = somebody(PHONE | {"java_script_enabled": False})
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    person.context.add_cookies([cookie | {"url": person.base_url}])
    person.go(f"/sessions/{session.pk}/candidats/classes/")
    ticks(person, "3e B")
    person.press("Afficher ces classes")
    ticks(person, "AILLEURS Ada")

    person.press("Ajouter à la session")
    person.reads("1 élève inscrit.")

    assert names(session) == {"Ailleurs"}
