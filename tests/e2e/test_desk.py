"""The list of a centre's sessions: found while one types, with the keyboard, with or without JavaScript."""

import re

import pytest

from tests.e2e.conftest import DESK, PHONE, TABLET
from tests.factories import PASSWORD, ExamSessionFactory, MembershipFactory, days_ago

pytestmark = pytest.mark.django_db(transaction=True)

NARROWEST = {"viewport": {"width": 320, "height": 640}}


@pytest.fixture
def centre(transactional_db):
    membership = MembershipFactory()
    ExamSessionFactory.create_batch(3, centre=membership.centre, room="Salle 208")
    ExamSessionFactory(centre=membership.centre, room="CDI", site="Annexe du Sacré-Cœur")
    return membership


def at_the_desk(somebody, centre, screen):
    person = somebody(screen).logs_in(centre.user.email, PASSWORD)
    return person.go(f"/sessions/centre/{centre.centre_id}/")


def rooms(person):
    return person.page.locator("#results td[data-label=Salle]").all_inner_texts()


def test_typing_filters_the_list_and_its_address(centre, somebody):
    person = at_the_desk(somebody, centre, DESK)

    person.page.get_by_label("Numéro, site, salle ou surveillant").press_sequentially("sacre coeur")
    person.page.wait_for_url("**/?q=sacre+coeur")

    assert rooms(person) == ["CDI"]
    person.page.locator("#result-count", has_text=re.compile(r"^\s*1 session\s*$")).wait_for()
    person.page.locator("#id_q:focus").wait_for()
    person.look()


def test_going_back_gives_back_the_list_and_what_was_typed(centre, somebody):
    person = at_the_desk(somebody, centre, DESK)
    box = person.page.get_by_label("Numéro, site, salle ou surveillant")
    box.fill("cdi")
    person.page.wait_for_url("**/?q=cdi")
    box.fill("208")
    person.page.wait_for_url("**/?q=208")

    person.page.go_back()
    person.page.wait_for_url("**/?q=cdi")
    person.page.locator("#result-count", has_text="1 session").wait_for()

    person.page.wait_for_function("() => document.getElementById('id_q').value === 'cdi'")
    person.page.locator("#results .menu summary").click()
    person.follow("Supprimer")
    person.page.get_by_role("dialog").wait_for()


def test_sorting_by_the_keyboard_keeps_the_focus_on_the_column(centre, somebody):
    person = at_the_desk(somebody, centre, DESK)
    person.page.locator("#sort-salle").focus()

    person.page.keyboard.press("Enter")
    person.page.locator("th[aria-sort=ascending]").wait_for()

    assert rooms(person)[0] == "CDI"
    person.page.locator("#sort-salle:focus").wait_for()


def test_next_week_keeps_what_was_typed_and_the_focus(centre, somebody):
    person = at_the_desk(somebody, centre, DESK)
    person.page.get_by_label("Numéro, site, salle ou surveillant").fill("208")
    person.page.wait_for_url("**/?q=208")
    title = person.page.locator("#week-title").inner_text()
    person.page.locator("#week-next").focus()

    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**/?q=208&semaine=*")

    assert person.page.locator("#week-title").inner_text() != title
    person.page.locator("#week-next:focus").wait_for()
    assert rooms(person) == ["Salle 208"] * 3


@pytest.mark.parametrize("screen", [PHONE, NARROWEST], ids=["phone", "narrowest"])
def test_everything_works_without_javascript(centre, somebody, client, screen):
    client.force_login(centre.user)
    person = somebody(screen | {"java_script_enabled": False})
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    person.context.add_cookies([session | {"url": person.base_url}])
    person.go(f"/sessions/centre/{centre.centre_id}/")
    person.page.get_by_label("Numéro, site, salle ou surveillant").fill("208")
    person.page.get_by_label("Trier par").select_option("-numero")
    person.press("Filtrer")

    person.page.wait_for_url(lambda url: "q=208" in url and "tri=-numero" in url)
    assert rooms(person) == ["Salle 208"] * 3


def test_doubtful_session_is_confirmed_with_the_keyboard(centre, somebody):
    person = somebody(NARROWEST).logs_in(centre.user.email, PASSWORD)
    person.go(f"/sessions/centre/{centre.centre_id}/nouvelle/")
    person.page.get_by_label("Nom du site").fill("Collège")
    person.page.get_by_label("Salle").fill("CDI")
    person.page.get_by_label("Date").fill("2020-01-15")
    person.page.get_by_label("Heure de début").fill("09:00")
    person.page.get_by_label("Surveillant(s)").fill("Paul Éluard")
    person.page.get_by_label("Salle").press("Enter")
    person.reads("La date est passée")
    person.look()
    person.page.locator("#to-confirm:focus").wait_for()

    person.page.get_by_role("button", name="Créer quand même").focus()
    person.page.keyboard.press("Enter")

    person.reads("est créée.")


def test_no_word_of_the_list_is_cut(centre, somebody):
    ExamSessionFactory(
        centre=centre.centre,
        site="Bordeauxchesnel",
        room="Salle informatique 1",
        invigilators="Ariete Bordeauxchesnel",
        date=days_ago(400),
    )
    person = at_the_desk(somebody, centre, DESK)
    cut = """() => [...document.querySelectorAll("#results .words")].flatMap((cell) =>
      [...cell.textContent.matchAll(/[^\\s-]+/g)].filter((word) => {
        const drawn = document.createRange();
        drawn.setStart(cell.firstChild, word.index);
        drawn.setEnd(cell.firstChild, word.index + word[0].length);
        return drawn.getClientRects().length > 1;
      }).map(String))"""

    assert person.page.evaluate(cut) == []
    person.look()


@pytest.mark.parametrize("screen", [DESK, TABLET], ids=["desk", "tablet"])
def test_an_error_leaves_each_label_with_its_box(centre, somebody, screen):
    session = ExamSessionFactory(centre=centre.centre)
    person = somebody(screen).logs_in(centre.user.email, PASSWORD)
    person.go(f"/sessions/{session.pk}/candidats/ajouter/")
    person.page.get_by_label("Code postal de naissance").fill("ABC")
    person.press("Ajouter le candidat")
    person.reads("Aucune commune n’a le code postal ABC")
    torn = """() => [...document.querySelectorAll(".fields > .field")].filter((field) => {
      const parts = [...field.children].map((part) => part.getBoundingClientRect());
      return parts.slice(1).some((part, above) => part.top - parts[above].bottom > 16);
    }).map((field) => field.textContent.trim())"""

    assert person.page.evaluate(torn) == []
    person.look()
