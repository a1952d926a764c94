"""The way in behind a network that loses and cuts: a code is judged once, and never waits for an empty chair."""

import pytest

from certif.accounts import throttle
from certif.audit.models import AuditEvent
from exam.models import Attempt
from tests import situations
from tests.e2e.conftest import DESK
from tests.e2e.proxy import Fault
from tests.e2e.sitting import arrives, question
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def candidate(bank):
    candidate = CandidateFactory(joined=True)
    situations.present(candidate)
    return candidate


@pytest.fixture
def comer(candidate, somebody, network):
    person = somebody(DESK, through=network.url).is_logged_in(candidate.user)
    person.page.clock.install()
    person.go(f"/certifications/{candidate.pk}/code/")
    return person


def gives(person, code):
    person.page.get_by_label("Code d’accès").fill(code)
    person.press("Commencer mon test")
    person.page.locator("#alert").get_by_text("n’est pas encore vérifié").wait_for()


def test_a_code_whose_answers_are_lost_opens_the_test_by_itself(candidate, comer, network):
    network.next = [Fault.LOST] * 3

    gives(comer, candidate.session.access_code)

    arrives(comer, question(comer, 1))
    assert AuditEvent.objects.filter(kind="attempt.started").count() == 1


def test_a_wrong_code_whose_answers_are_lost_is_one_failure(candidate, comer, network):
    network.next = [Fault.LOST] * 7

    gives(comer, "ZZZZ22")

    arrives(comer, comer.page.get_by_text("Ce code est incorrect"))
    assert throttle.failures(f"code:{candidate.session_id}:{candidate.user_id}") == 1
    assert comer.page.locator("#alert").inner_text() == ""
    comer.faults.clear()
    comer.look()


def test_a_code_that_nobody_heard_for_a_minute_is_asked_for_again(candidate, comer, network):
    network.down = True
    gives(comer, candidate.session.access_code)

    arrives(comer, comer.page.locator("#alert").get_by_text("Appuyez de nouveau sur le bouton"))
    network.down = False
    comer.page.clock.fast_forward(60_000)
    assert not Attempt.objects.started().exists()

    comer.press("Commencer mon test")
    question(comer, 1).wait_for()
