from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from exam import actions
from exam.models import RESUME_RIGHT_LASTS, ResumeRequest
from invigilation import actions as invigilation_actions
from sessions.enums import SessionState
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.exam.browsers import HTMX, browser
from tests.factories import CandidateFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def absent(bank):
    return CandidateFactory(joined=True)


@pytest.fixture
def asking(bank):
    """A candidate whose test runs elsewhere, and who asks to come back."""
    candidate = situations.started().candidate
    actions.ask_to_resume(candidate, by=candidate.user)
    return candidate


def words(element):
    return " ".join(element.get_text().split())


def ask(candidate, state):
    address = reverse("exam:waiting", args=[candidate.pk])
    return browser(candidate.user).get(f"{address}?state={state}", **HTMX)


def test_nothing_comes_while_nothing_moved(absent):
    assert ask(absent, "absent").status_code == 204


def test_the_tick_wakes_the_button(absent, soup):
    situations.present(absent)

    response = ask(absent, "absent")

    told = words(soup(response, "#waiting-message"))
    assert "Votre présence est confirmée" in told
    assert "Une fois le code saisi, cliquez sur « Commencer mon test »" in told
    assert not soup(response, "#start-button").has_attr("disabled")


@pytest.fixture
def over(absent):
    ExamSession.objects.update(
        state=SessionState.FINALISED, finalised_at=timezone.now(), finalised_by=UserFactory()
    )


@pytest.mark.usefixtures("over")
def test_who_waits_at_the_door_of_a_session_that_is_over_is_told(absent, soup):
    told = words(soup(ask(absent, "absent"), "#waiting-message"))

    assert "Cette session est terminée" in told
    assert "gardez-la ouverte" not in told
    assert ask(absent, "closed").status_code == 204


@pytest.mark.usefixtures("over")
def test_who_opens_the_page_of_a_session_that_is_over_is_told(absent, soup):
    address = reverse("exam:start", args=[absent.pk])

    page = browser(absent.user).get(address)
    pressed = browser(absent.user).post(address, {"code": absent.session.access_code})

    assert pressed.status_code == 409
    for response in page, pressed:
        assert "Cette session est terminée" in words(soup(response, "#waiting-message"))
        assert "finalisée" not in response.text


@pytest.mark.parametrize("linked_once", [True, False])
def test_whose_account_was_unlinked_is_sent_to_give_his_identity_again(absent, soup, linked_once):
    user = absent.user if linked_once else UserFactory()
    Candidate.objects.update(user=None, linked_at=None)

    page = browser(user).get(reverse("exam:start", args=[absent.pk]))

    assert page.status_code == 404
    assert soup(page, "main a.button")["href"] == reverse("exam:join")
    assert absent.birth_name.upper() not in page.text


def test_the_tick_starts_nothing(absent):
    situations.present(absent)

    ask(absent, "absent")

    absent.refresh_from_db()
    assert absent.test_started_at is None


def test_the_tick_withdrawn_puts_the_button_to_sleep_again(absent, soup):
    situations.present(absent)
    invigilation_actions.set_presence(absent, present=False, by=UserFactory())

    response = ask(absent, "ready")

    assert "n’a pas confirmé votre présence" in soup(response, "#waiting-message").get_text()
    assert soup(response, "#start-button").has_attr("disabled")


def test_the_authorisation_wakes_the_button(asking, soup):
    invigilation_actions.authorise_resume(asking, by=UserFactory())

    response = ask(asking, "asked")

    told = words(soup(response, "#waiting-message"))
    assert "Votre surveillant vous autorise à reprendre" in told
    assert "Une fois le code saisi, cliquez sur « Reprendre mon test »" in told
    assert not soup(response, "#start-button").has_attr("disabled")


def test_an_authorisation_found_on_arrival_asks_for_the_code_first(asking, soup):
    invigilation_actions.authorise_resume(asking, by=UserFactory())

    page = browser(asking.user).get(reverse("exam:start", args=[asking.pk]))

    told = words(soup(page, "#waiting-message"))
    assert "Une fois le code saisi, cliquez sur « Reprendre mon test »" in told


def test_a_refusal_is_said_and_one_may_ask_again(asking, soup):
    invigilation_actions.refuse_resume(asking, by=UserFactory())

    response = ask(asking, "asked")

    assert "n’a pas autorisé la reprise" in response.content.decode()
    assert not soup(response, "#start-button").has_attr("disabled")


def test_an_authorisation_of_a_quarter_of_an_hour_ago_is_said_lapsed_and_what_to_do(asking, soup):
    with time_machine.travel(timezone.now() - RESUME_RIGHT_LASTS - timedelta(seconds=1)):
        invigilation_actions.authorise_resume(asking, by=UserFactory())

    response = ask(asking, "granted")

    told = soup(response, "#waiting-message").get_text()
    assert "n’est plus valable" in told
    assert "Cliquez à nouveau" in told
    assert not soup(response, "#start-button").has_attr("disabled")


def test_an_authorisation_taken_back_is_said_lapsed(asking):
    invigilation_actions.authorise_resume(asking, by=UserFactory())
    invigilation_actions.cancel_resume(asking, by=UserFactory())

    assert "n’est plus valable" in ask(asking, "granted").content.decode()


def test_who_asks_again_after_a_lapse_waits_again(asking):
    with time_machine.travel(timezone.now() - RESUME_RIGHT_LASTS - timedelta(seconds=1)):
        invigilation_actions.authorise_resume(asking, by=UserFactory())
    actions.ask_to_resume(asking, by=asking.user)

    assert ask(asking, "asked").status_code == 204


def test_a_request_says_when_it_was_sent(asking, soup):
    with time_machine.travel("2026-12-14 09:32:00+01:00", tick=False):
        ResumeRequest.objects.update(asked_at=timezone.now())

    assert (
        "Demande envoyée au surveillant à 9 h 32."
        in soup(ask(asking, ""), "#waiting-message").get_text()
    )


def test_a_test_over_has_nothing_to_wait_for(bank):
    assert ask(situations.ended().candidate, "asked").status_code == 409


def test_somebody_elses_wait_does_not_exist(absent):
    address = reverse("exam:waiting", args=[absent.pk])

    assert browser(UserFactory()).get(address).status_code == 404


def test_the_fragment_is_the_element_of_the_page(asking, soup):
    code = {"code": asking.session.access_code}
    page = browser(asking.user).post(reverse("exam:start", args=[asking.pk]), code, **HTMX)

    fragment = ask(asking, "granted")

    assert soup(fragment, "#waiting") == soup(page, "#waiting")
