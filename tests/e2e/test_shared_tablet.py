"""One tablet for several people: what the one before saw is neither behind « Back » nor kept by the browser."""

import re
import unicodedata
from datetime import timedelta

import pytest
from django.utils import timezone

from certif.accounts.models import Role
from exam.models import Attempt
from sessions.actions import renew_password
from tests import situations
from tests.e2e.conftest import DESK, TABLET, Browser, Person
from tests.factories import (
    PASSWORD,
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = ["kowalczyk", "ludivine", "vaillancourt", "anatole", "12/10/2012", "10/12/2012"]

# A page brought back from memory tells what it shows, before it does anything.
WATCH = """
window.arrivedBy = "load";
addEventListener("pagehide", () => { window.isLeft = true; }, true);
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  window.arrivedBy = "memory";
  const shown = document.body.checkVisibility() ? document.body.innerText : "nothing";
  console.info("came back: " + shown + document.title);
}, true);
"""
ARRIVED = (
    "() => window.arrivedBy === 'load' && !window.isLeft && document.readyState === 'complete'"
)
ALL_THERE_IS = """() => [
  document.title,
  document.documentElement.outerHTML,
  ...[...document.querySelectorAll("input, textarea")].map((field) => field.value),
].join(" ")"""


@pytest.fixture(scope="module")
def remembering_browser(playwright):
    """Playwright forbids the browser to keep pages in memory; a tablet does it."""
    remembering = Browser(playwright, ignore_default_args=["--disable-back-forward-cache"])
    yield remembering
    remembering.close()


@pytest.fixture
def somebody(remembering_browser, live_server):
    people = []

    def arrive(screen=TABLET):
        person = Person(remembering_browser.running, live_server.url, screen)
        person.came_back = []
        person.page.add_init_script(WATCH)
        person.page.on("console", lambda message: _note(person, message))
        people.append(person)
        return person

    yield arrive
    for person in people:
        person.context.close()


def _note(person, message):
    if message.text.startswith("came back: "):
        person.came_back.append(folded(message.text))


def folded(text):
    letters = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def secrets_in(text):
    return [secret for secret in SECRETS if secret in folded(text)]


# --- Back and forward -----------------------------------------------------------------------------


def step(person, way):
    """To the next page of the history, loaded anew."""
    person.page.evaluate(f"window.isLeft = true; setTimeout(() => history.{way}(), 0)")
    person.page.wait_for_function(ARRIVED)
    return person.page.evaluate(ALL_THERE_IS)


def history_of(person):
    link = person.context.new_cdp_session(person.page)
    history = link.send("Page.getNavigationHistory")
    link.detach()
    return history


def walk_back_and_forward(person):
    """All that anybody can see of what was before, page by page, with the titles of the history."""
    person.page.on("dialog", lambda dialog: dialog.accept())
    steps = history_of(person)["currentIndex"]
    assert steps >= 3
    seen = [step(person, "back") for _ in range(steps)]
    seen += [step(person, "forward") for _ in range(steps)]
    titles = [entry["title"] for entry in history_of(person)["entries"]]
    return " ".join([*seen, *titles, *person.came_back])


@pytest.fixture
def session(bank):
    session = ExamSessionFactory(centre=CentreFactory(name="Collège Anne Frank"))
    situations.started(session=session, birth_name="Kowalczyk", first_name="Ludivine")
    CandidateFactory(session=session, birth_name="Vaillancourt", first_name="Anatole")
    return session


def opens_the_room(tablet, session):
    tablet.logs_in(UserFactory().email, PASSWORD)
    tablet.page.get_by_label("Numéro de la session").fill(str(session.pk))
    tablet.page.get_by_label("Mot de passe de la session").fill(session.password)
    tablet.press("Surveiller la session")
    tablet.reads("Cochez chaque candidat présent")
    return tablet


def without_no_store(route):
    response = route.fetch()
    headers = {k: v for k, v in response.headers.items() if k != "cache-control"}
    route.fulfill(response=response, headers=headers)


def leaves_the_room(tablet):
    tablet.page.locator("#leave").click()
    tablet.page.get_by_role("dialog").get_by_role("button", name="Quitter").click()
    tablet.reads("Vous avez quitté la session")


def logs_out(person):
    person.page.locator("#account-button").click()
    person.press("Se déconnecter")
    person.page.wait_for_url("**/connexion/")


def test_back_after_leaving_the_room_shows_no_name(session, somebody):
    tablet = opens_the_room(somebody(), session)
    tablet.page.locator("#find").fill("Kowalczyk")
    candidate = session.candidates.get(birth_name="Kowalczyk")
    tablet.go(f"/surveillance/{session.pk}/candidats/{candidate.pk}/signaler")
    tablet.reads("KOWALCZYK")
    tablet.go(f"/surveillance/{session.pk}/")
    leaves_the_room(tablet)

    assert secrets_in(walk_back_and_forward(tablet)) == []


def test_a_page_that_the_browser_kept_in_memory_is_asked_of_the_server_again(session, somebody):
    """Some browsers keep pages whatever the server says (no-store)."""
    tablet = opens_the_room(somebody(), session)
    tablet.page.route("**/signaler", without_no_store)
    candidate = session.candidates.get(birth_name="Kowalczyk")
    tablet.go(f"/surveillance/{session.pk}/candidats/{candidate.pk}/signaler")
    tablet.reads("KOWALCZYK")
    tablet.go("/compte/")
    renew_password(session, by=UserFactory())

    page = step(tablet, "back")

    assert secrets_in(page) == []
    assert ["came back" in text for text in tablet.came_back] == [True], "it was not kept in memory"
    assert secrets_in(tablet.came_back[0]) == []


def test_back_after_logging_out_shows_no_name_of_the_desk(session, somebody):
    manager = MembershipFactory(centre=session.centre, role=Role.MANAGER).user
    candidate = session.candidates.get(birth_name="Vaillancourt")
    desk = somebody(DESK).logs_in(manager.email, PASSWORD)
    for path in ("", "candidats/", f"candidats/{candidate.pk}/modifier/", "historique/"):
        desk.go(f"/sessions/{session.pk}/{path}")
    desk.go(f"/sessions/{session.pk}/finaliser/")
    desk.reads("KOWALCZYK")
    logs_out(desk)

    assert secrets_in(walk_back_and_forward(desk)) == []


def test_back_after_a_candidate_logged_out_shows_nothing_of_him(session, somebody):
    UserFactory(email="anatole.vaillancourt@exemple.test")
    candidate = session.candidates.get(birth_name="Vaillancourt")
    screen = somebody(DESK).logs_in("anatole.vaillancourt@exemple.test", PASSWORD)
    joins(screen, candidate)
    situations.present(candidate)
    opens_the_test(screen, session)
    screen.press("Je passe")
    screen.reads("Question 2 / 48")
    screen.go(f"/certifications/{candidate.pk}/test/signaler")
    screen.go("/certifications/")
    screen.reads("VAILLANCOURT")
    logs_out(screen)

    assert secrets_in(walk_back_and_forward(screen)) == []


def joins(screen, candidate):
    screen.go("/certifications/")
    screen.page.get_by_label("Numéro de session").fill(str(candidate.session_id))
    screen.page.get_by_label("Prénom").fill(candidate.first_name)
    screen.page.get_by_label("Nom de naissance").fill(candidate.birth_name)
    screen.page.get_by_label("Date de naissance").fill("10/12/2012")
    screen.press("Continuer")
    screen.reads("Vous allez commencer votre test de certification")


def opens_the_test(screen, session):
    screen.page.get_by_label("Code d’accès communiqué par le surveillant").fill(session.access_code)
    screen.press("Commencer mon test")
    screen.reads("Question 1 / 48")


def test_back_after_signing_up_and_out_shows_nothing_that_was_typed(db, somebody):
    screen = somebody(DESK).go("/inscription/")
    screen.page.get_by_label("Adresse e-mail").fill("ludivine@exemple.test")
    screen.page.get_by_label("Prénom").fill("Ludivine")
    screen.page.get_by_label("Nom", exact=True).fill("Kowalczyk")
    screen.page.get_by_label("Mot de passe", exact=True).fill("un-long-mot-de-passe")
    screen.press(re.compile("Créer"))
    screen.page.wait_for_url(lambda url: "/inscription/" not in url)
    screen.go("/certifications/")
    logs_out(screen)

    assert secrets_in(walk_back_and_forward(screen)) == []


# --- What the browser keeps -----------------------------------------------------------------------

# The address of the page, without a query.
OF_HTMX = "htmx-current-path-for-history"
KEPT = """async () => ({
  local: {...localStorage},
  session: {...sessionStorage},
  databases: (await indexedDB.databases()).map((database) => database.name),
  caches: await caches.keys(),
  state: history.state,
  name: window.name,
})"""


NOTHING = {
    "local": {},
    "session": {},
    "databases": [],
    "caches": [],
    "state": None,
    "name": "",
}


def kept_by(person):
    return person.page.evaluate(KEPT)


def moves(tablet, row, entry):
    row.locator("summary").click()
    row.get_by_role("link", name=entry).click()
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()
    return dialog


def test_a_whole_invigilation_leaves_two_settings_in_the_tablet(session, somebody):
    Attempt.objects.update(started_at=timezone.now() - timedelta(minutes=102))
    tablet = opens_the_room(somebody(DESK), session)
    page = tablet.page
    absent, running = (
        page.locator("#rows > li", has_text=name) for name in ("VAILLANCOURT", "KOWALCZYK")
    )
    page.locator("#find").fill("Vaillancourt")
    absent.locator(".tick").click()
    absent.get_by_text("Présent", exact=True).wait_for()
    page.locator("#find").fill("")
    page.locator("#room-menu-button").click()
    page.locator("#sound").click()
    page.locator("[data-said]:visible").click()
    dialog = moves(tablet, running, "Ajouter du temps")
    dialog.get_by_label("10 min").check()
    dialog.get_by_label("Raison").select_option("room")
    dialog.get_by_role("button", name="Ajouter", exact=True).click()
    running.get_by_text("+ 10 min ajoutées").wait_for()
    dialog = moves(tablet, running, "Terminer le test")
    dialog.get_by_role("button", name="Terminer").click()
    running.get_by_text("Terminé par le surveillant").wait_for()
    leaves_the_room(tablet)

    kept = kept_by(tablet)
    assert list(kept["local"].values()) == ["off"]
    names = sorted(re.sub(r"\d+", "n", name) for name in kept["session"])
    assert names == ["/surveillance/n/#script-n", OF_HTMX]
    assert [kept["databases"], kept["caches"], kept["name"]] == [[], [], ""]
    assert secrets_in(str(kept)) == []
    assert [
        secret for secret in (session.password, session.access_code) if secret in str(kept)
    ] == []


def test_a_whole_test_leaves_nothing_in_the_browser(session, somebody):
    candidate = session.candidates.get(birth_name="Vaillancourt")
    screen = somebody(DESK).logs_in(UserFactory().email, PASSWORD)
    joins(screen, candidate)
    situations.present(candidate)
    screen.go("/certifications/entrainement/1/")
    screen.press("Je passe")
    screen.reads("Question passée.")
    screen.go(f"/certifications/{candidate.pk}/code/")
    opens_the_test(screen, session)
    screen.follow("Signaler un problème")
    screen.page.get_by_label("Que se passe-t-il").fill("L’image est grise")
    screen.press("Prévenir mon surveillant")
    screen.press("Retirer mon signalement et continuer")
    screen.page.locator("label.answer").first.click()
    screen.press("Je valide")
    screen.reads("Question 2 / 48")
    answer_all_but_the_last(candidate)
    screen.page.reload()
    screen.press("Je passe")
    screen.reads("Test terminé")

    kept = kept_by(screen)
    path = kept["session"].pop(OF_HTMX)
    drafts = (kept["state"] or {}).values()
    assert path == f"/certifications/{candidate.pk}/test/"
    assert not any(drafts)
    assert kept | {"state": None} == NOTHING


def answer_all_but_the_last(candidate):
    attempt = Attempt.objects.select_related("candidate__session").get(candidate=candidate)
    situations.answer_all(attempt, value=[1], upto=47)
