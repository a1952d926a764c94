"""A candidate who comes back on another machine, and one who tries the questions before the day."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from exam.models import Answer, Attempt
from invigilation import actions as invigilation_actions
from sessions.models import ExamSession
from tests import situations
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.keyboard import Keyboard
from tests.e2e.sitting import (
    PHONE_320,
    candidate_of,
    comes_in,
    gives_the_code,
    is_at,
    looks_closely,
    sits,
)
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

QUESTIONS = "1.2-03", "1.2-04", "4.2-06"
BEAT_MS = 25_000


@pytest.fixture
def candidate(transactional_db):
    return candidate_of(*QUESTIONS)


def asks(person, candidate):
    comes_in(person, candidate)
    gives_the_code(person, "Reprendre mon test")
    person.reads("la demande vient d’arriver sur son écran")
    return person


def test_a_refused_request_says_what_to_do_and_may_be_made_again(candidate, somebody):
    sits(somebody(DESK), candidate)
    other = asks(somebody(PHONE_320), candidate)
    other.reads("Demande envoyée au surveillant à")
    looks_closely(other)

    invigilation_actions.refuse_resume(candidate, by=UserFactory())

    other.reads("Levez la main et parlez-lui")
    looks_closely(other)
    other.press("Reprendre mon test")
    other.reads("la demande vient d’arriver sur son écran")


def shows_the_request(tab):
    tab.get_by_text("Demande envoyée au surveillant à").wait_for()
    tab.locator("#start-button[disabled]").wait_for()
    tab.get_by_text("Cette page se mettra à jour toute seule").wait_for()


def wakes(tab):
    tab.get_by_text("Votre surveillant vous autorise à reprendre").wait_for()
    tab.locator("#start-button:enabled").wait_for()


def test_a_request_that_waits_is_shown_after_a_reload_and_in_another_tab(candidate, somebody):
    sits(somebody(DESK), candidate)
    other = comes_in(somebody(PHONE_320), candidate)
    tab = other.context.new_page()
    tab.goto(other.page.url)
    gives_the_code(other, "Reprendre mon test")
    shows_the_request(other.page)

    other.page.reload()

    shows_the_request(other.page)
    looks_closely(other)
    shows_the_request(tab)
    invigilation_actions.authorise_resume(candidate, by=UserFactory())
    wakes(other.page)
    wakes(tab)


def test_a_button_in_sight_that_wakes_does_not_leave_its_place(candidate, somebody):
    invigilation_actions.set_presence(candidate, present=False, by=UserFactory())
    person = comes_in(somebody(PHONE_320), candidate)
    gives_the_code(person)
    asleep = person.page.locator("#start-button[disabled]")
    asleep.scroll_into_view_if_needed()
    before = asleep.bounding_box()["y"]

    invigilation_actions.set_presence(candidate, present=True, by=UserFactory())

    awake = person.page.locator("#start-button:enabled")
    awake.wait_for()
    looks_closely(person)
    assert awake.bounding_box()["y"] == before


def test_a_button_out_of_sight_comes_in_sight_when_it_wakes(candidate, somebody):
    sits(somebody(DESK), candidate)
    other = asks(somebody(PHONE_320), candidate)
    other.page.evaluate("window.scrollTo(0, 0)")
    asked = other.page.locator("#waiting-message").bounding_box()["height"]
    expect(other.page.locator("#start-button")).not_to_be_in_viewport()

    invigilation_actions.authorise_resume(candidate, by=UserFactory())

    wakes(other.page)
    expect(other.page.locator("#start-button")).to_be_in_viewport(ratio=1)
    expect(other.page.locator("#waiting-message")).to_be_in_viewport(ratio=1)
    assert other.page.locator("#waiting-message").bounding_box()["height"] < asked
    looks_closely(other)


def test_an_authorisation_taken_back_says_what_to_do(candidate, somebody):
    sits(somebody(DESK), candidate)
    other = asks(somebody(PHONE_320), candidate)
    invigilation_actions.authorise_resume(candidate, by=UserFactory())
    other.reads("Votre surveillant vous autorise à reprendre")

    invigilation_actions.cancel_resume(candidate, by=UserFactory())

    other.reads("n’est plus valable")
    looks_closely(other)


def test_the_former_browser_is_closed_by_itself_and_says_why(candidate, somebody):
    former = sits(somebody(DESK), candidate)
    former.press("Je passe")
    is_at(former, 2)
    other = asks(somebody(PHONE_320), candidate)
    invigilation_actions.authorise_resume(candidate, by=UserFactory())
    other.reads("Votre surveillant vous autorise à reprendre")

    other.press("Reprendre mon test")

    is_at(other, 2)
    heading = former.page.get_by_role("heading", name="Votre test a été repris sur un autre poste")
    heading.wait_for(timeout=BEAT_MS)
    looks_closely(former)
    assert Answer.objects.count() == 1


def test_five_questions_are_tried_before_the_code_and_nothing_is_kept(candidate, somebody):
    person = comes_in(somebody(PHONE_320), candidate)
    keys = Keyboard(person)
    keys.follow("S’entraîner avant de commencer")
    for number in range(1, 6):
        person.page.locator("#exam-top .where").get_by_text(f"Question {number} / 5").wait_for()
        looks_closely(person)
        keys.press("Je passe")
        person.page.locator("#result:focus").get_by_text("Question passée.").wait_for()
        looks_closely(person)
        keys.press_on("link", person.page.locator("#next").inner_text(), "Enter")

    person.reads("Vous allez commencer votre test de certification")
    assert not Answer.objects.exists()
    assert Attempt.objects.get().started_at is None


def test_a_start_on_another_day_takes_one_press_more(bank, somebody):
    candidate = CandidateFactory(session=ExamSessionFactory(access_code="WB64K2"), joined=True)
    situations.present(candidate)
    ExamSession.objects.update(date=candidate.session.date - timedelta(days=1))
    person = comes_in(somebody(PHONE), candidate)

    gives_the_code(person)
    person.page.locator("#other-day:focus").wait_for()
    person.look()
    person.press("Commencer mon test")

    is_at(person, 1)
