"""What the network and the login say lies over the foot of the list and of the test: nothing moves under a finger."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests import situations
from tests.e2e.conftest import DESK, PHONE, TABLET
from tests.e2e.room import opens_the_room
from tests.e2e.sitting import (
    ENLARGED,
    PHONE_320,
    arrives,
    candidate_of,
    comes_in,
    gives_the_code,
    sits,
)
from tests.factories import CandidateFactory, ExamSessionFactory

pytestmark = pytest.mark.django_db(transaction=True)

WIDE_TABLET = {"viewport": {"width": 1180, "height": 820}, "has_touch": True}
SCREENS = {
    "320": PHONE_320,
    "enlarged": ENLARGED,
    "360": PHONE,
    "768": TABLET,
    "1180": WIDE_TABLET,
    "1280": DESK,
}
on_each_screen = pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
on_the_tightest = pytest.mark.parametrize("screen", [PHONE_320, ENLARGED], ids=["320", "enlarged"])
at_the_top_or_not = pytest.mark.parametrize("scroll", [0, 150], ids=["top", "scrolled"])

PLACES = """() => [...document.querySelectorAll(
    "main .row, main .chip, main h1, main h2, main .answer, main button, .board-top .actions, .site-footer a"
  )].filter((each) => each.getClientRects().length)
    .map((each) => [each.id || each.className, each.getBoundingClientRect()])
    .map(([name, box]) => `${name} ${Math.round(box.left)} ${Math.round(box.top)}`)"""
ENDS_ABOVE = """() => {
  scrollTo(0, document.documentElement.scrollHeight);
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  return box(".site-footer").bottom <= box("#notices").top + 1;
}"""
COVERED = """() => {
  const focused = document.activeElement.getBoundingClientRect();
  return focused.bottom > document.getElementById("notices").getBoundingClientRect().top;
}"""


@pytest.fixture
def session(bank):
    session = ExamSessionFactory()
    for rank in range(11):
        CandidateFactory(session=session, birth_name=f"Attend{rank:02}", joined=True)
    situations.started(session=session, birth_name="Court")
    return session


@pytest.fixture
def short_login(settings):
    settings.LOGIN_SITTING, settings.LOGIN_WARNING = timedelta(minutes=30), timedelta(minutes=5)


def watches(person, session, *, scroll=0):
    opens_the_room(person, session)
    person.page.locator("#freshness").get_by_text("À jour il y a").wait_for()
    return is_at_rest(person, scroll)


def is_at_a_question(person, *, scroll=0):
    sits(person, candidate_of("3.1-05"))
    return is_at_rest(person, scroll)


def is_at_the_code(person, *, scroll=0):
    """Not ticked yet: once the code is given, the page asks whether he is."""
    session = ExamSessionFactory(access_code="WB64K2")
    comes_in(person, CandidateFactory(session=session, joined=True))
    gives_the_code(person)
    person.page.locator("#waiting-message").wait_for()
    return is_at_rest(person, scroll)


def is_at_rest(person, scroll):
    """Its letters and pictures are there, nothing has been pressed."""
    person.page.wait_for_load_state("networkidle")
    person.page.evaluate("top => document.fonts.ready.then(() => scrollTo(0, top))", scroll)
    return person


def places(person):
    return person.page.evaluate(PLACES)


def cut(person, *, off=True):
    person.context.set_offline(off)


def is_cut(person):
    cut(person)
    person.page.locator("#offline:not(:empty)").wait_for()


def presses_the_last_tick(person):
    """Without a finger, that would scroll to it."""
    person.page.locator("#rows .tick[id^=tick-]").last.evaluate("tick => tick.click()")


def says(person, region, text):
    person.page.evaluate("([region, text]) => certif.say(region, text)", [region, text])
    person.page.locator(f"#{region}", has_text=text).wait_for()


# --- Nothing moves --------------------------------------------------------------------------------


@on_each_screen
@at_the_top_or_not
def test_a_list_that_is_cut_and_back_moves_nothing(session, somebody, screen, scroll):
    tablet = watches(somebody(screen), session, scroll=scroll)
    before = places(tablet)

    is_cut(tablet)
    assert places(tablet) == before

    presses_the_last_tick(tablet)
    tablet.page.locator("#outbox:not([hidden])").wait_for()
    assert places(tablet) == before

    says(tablet, "alert", "Cela n’a pas été accepté.")
    assert places(tablet) == before

    tablet.page.evaluate("document.getElementById('alert').textContent = ''")
    cut(tablet, off=False)
    tablet.page.locator("#outbox[hidden]").wait_for(state="attached")
    tablet.page.locator("#offline:empty").wait_for(state="attached")
    assert places(tablet) == before


@on_each_screen
@pytest.mark.parametrize("is_there", [is_at_the_code, is_at_a_question])
def test_a_candidate_who_is_cut_and_back_sees_nothing_move(somebody, is_there, screen):
    person = somebody(screen)
    person.page.clock.install()
    is_there(person, scroll=150)
    before = places(person)

    cut(person)
    arrives(person, person.page.locator("#alert", has_text="Connexion interrompue"))
    assert places(person) == before

    cut(person, off=False)
    arrives(person, person.page.locator("body:has(#alert:empty) main"))
    says(person, "status", "Votre réponse est enregistrée.")
    assert places(person) == before


@pytest.mark.parametrize("screen", [PHONE, WIDE_TABLET], ids=["360", "1180"])
@pytest.mark.usefixtures("short_login")
def test_a_login_about_to_end_and_prolonged_moves_nothing(session, somebody, screen):
    tablet = somebody(screen)
    tablet.page.clock.install()
    watches(tablet, session)
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=30))
    tablet.page.reload()
    before = places(is_at_rest(tablet, 0))

    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=4))
    tablet.page.clock.fast_forward("26:00")
    tablet.page.locator("#stay").get_by_text("vous serez déconnecté dans").wait_for()
    assert places(tablet) == before

    tablet.press("Rester connecté")
    tablet.page.locator("#stay").wait_for(state="hidden")
    assert places(tablet) == before


@pytest.mark.parametrize("screen", [PHONE, WIDE_TABLET], ids=["360", "1180"])
def test_an_expired_login_moves_nothing(session, somebody, screen):
    tablet = watches(somebody(screen), session)
    before = places(tablet)

    is_cut(tablet)
    presses_the_last_tick(tablet)
    Session.objects.all().delete()
    cut(tablet, off=False)

    tablet.page.get_by_text("Votre connexion au service a expiré").wait_for()
    assert places(tablet) == before


def test_whoever_reads_the_end_of_the_list_keeps_it_when_the_line_is_back(session, somebody):
    tablet = watches(somebody(PHONE), session)
    is_cut(tablet)
    tablet.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    before = places(tablet)

    cut(tablet, off=False)

    tablet.page.locator("#offline:empty").wait_for(state="attached")
    assert places(tablet) == before


# --- Nothing is out of reach ----------------------------------------------------------------------


@on_each_screen
def test_the_end_of_the_list_comes_above_what_is_said(session, somebody, screen):
    tablet = watches(somebody(screen), session)
    is_cut(tablet)

    # What is said may take a line more between two looks: whoever scrolls on sees the end.
    tablet.page.wait_for_function(ENDS_ABOVE)
    tablet.faults.clear()
    cut(tablet, off=False)


@on_each_screen
def test_what_is_said_leaves_the_focus_of_the_keyboard_in_sight(session, somebody, screen):
    tablet = watches(somebody(screen), session)
    for _ in range(4):
        tablet.page.keyboard.press("Shift+Tab")  # From the end of the page.

    is_cut(tablet)

    assert not tablet.page.evaluate(COVERED)


@on_the_tightest
def test_what_is_said_leaves_half_of_a_small_screen(session, somebody, screen):
    tablet = watches(somebody(screen), session)
    is_cut(tablet)
    presses_the_last_tick(tablet)
    tablet.page.locator("#outbox:not([hidden])").wait_for()

    height = tablet.page.locator("#notices").bounding_box()["height"]

    assert 0 < height <= screen["viewport"]["height"] / 2


def test_what_is_said_is_within_the_rules(session, somebody):
    tablet = watches(somebody(ENLARGED), session)
    is_cut(tablet)
    presses_the_last_tick(tablet)
    tablet.page.locator("#outbox:not([hidden])").wait_for()
    tablet.faults.clear()

    tablet.look()


def test_what_is_said_of_a_presence_lies_beside_the_list(session, somebody):
    """Nor on its « Annuler »."""
    tablet = watches(somebody(PHONE), session)
    is_cut(tablet)
    cut(tablet, off=False)
    tablet.page.locator("#offline:empty").wait_for(state="attached")
    presses_the_last_tick(tablet)
    undo = tablet.page.locator("#status button")
    undo.wait_for()

    box = undo.bounding_box()

    at = "([x, y]) => Boolean(document.elementFromPoint(x, y).closest('#status button'))"
    assert tablet.page.evaluate(at, [box["x"] + 5, box["y"] + 5])
