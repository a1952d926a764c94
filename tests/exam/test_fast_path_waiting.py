"""The waiting poll answered in front of Django: what Django would say, or nothing."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from certif.lib import fast_path
from exam import actions as exam_actions
from exam.entry import Entry
from exam.models import RESUME_RIGHT_LASTS, Attempt
from invigilation import actions as invigilation_actions
from tests import situations
from tests.exam.browsers import holding
from tests.exam.open_pages import END_OF_RIGHT, Door, Test, seat_name, sent
from tests.factories import CandidateFactory, UserFactory
from tests.in_front import in_front, plain

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_connection_is_left"),
]


@pytest.fixture
def door(bank):
    return Door(CandidateFactory(joined=True))


# --- The waiting poll -----------------------------------------------------------------------------


def is_absent(candidate):
    pass


def is_prepared_and_unticked(candidate):
    situations.present(candidate)
    invigilation_actions.set_presence(candidate, present=False, by=UserFactory())


def is_ready(candidate):
    situations.present(candidate)


def has_to_ask(candidate):
    situations.started(candidate)


def has_asked(candidate):
    has_to_ask(candidate)
    exam_actions.ask_to_resume(candidate, by=candidate.user)


def is_granted(candidate):
    has_asked(candidate)
    invigilation_actions.authorise_resume(candidate, by=UserFactory())


def is_refused(candidate):
    has_asked(candidate)
    invigilation_actions.refuse_resume(candidate, by=UserFactory())


def has_lapsed(candidate):
    is_granted(candidate)
    Attempt.objects.update(
        right_granted_at=timezone.now() - RESUME_RIGHT_LASTS - timedelta(seconds=1)
    )


def was_taken_back(candidate):
    is_granted(candidate)
    invigilation_actions.cancel_resume(candidate, by=UserFactory())


def has_asked_again(candidate):
    is_refused(candidate)
    exam_actions.ask_to_resume(candidate, by=candidate.user)


def is_over(candidate):
    situations.ended(candidate)


SITUATIONS = [
    (is_absent, Entry.ABSENT),
    (is_prepared_and_unticked, Entry.ABSENT),
    (is_ready, Entry.READY),
    (has_to_ask, Entry.TO_ASK),
    (has_asked, Entry.ASKED),
    (is_granted, Entry.GRANTED),
    (is_refused, Entry.REFUSED),
    (has_lapsed, Entry.LAPSED),
    (was_taken_back, Entry.LAPSED),
    (has_asked_again, Entry.ASKED),
]


def in_front_by_state(door):
    return [state for state in Entry.values if door.in_front(state)]


def of_django_by_state(door):
    """The states of a page to which Django says that nothing moved."""
    return [state for state in Entry.values if door.of_django(state).status_code == 204]


@pytest.mark.parametrize(
    ("happens", "entry"), SITUATIONS, ids=[happens.__name__ for happens, _ in SITUATIONS]
)
def test_a_page_that_shows_what_is_true_is_answered_in_front(door, happens, entry):
    happens(door.candidate)

    assert in_front_by_state(door) == of_django_by_state(door) == [entry.value]
    assert door.in_front(entry.value).status == "204 No Content"


def test_when_the_test_is_over_django_says_it(door):
    is_over(door.candidate)

    assert in_front_by_state(door) == []
    assert {door.of_django(state).status_code for state in Entry.values} == {409}


@pytest.mark.parametrize("happens", END_OF_RIGHT, ids=lambda happens: happens.__name__)
def test_what_ends_a_right_is_for_django(door, happens):
    happens(door)

    assert door.in_front("absent") is None
    assert door.of_django("absent").status_code != 204


def test_somebody_elses_door_has_no_pass(door):
    theirs = Door(CandidateFactory(joined=True))

    assert in_front(door.at("waiting") + "?state=absent", theirs.cookies()) is None
    assert (
        door.in_front("absent", cookies=door.cookies(candidate=theirs.cookies()["candidate"]))
        is None
    )


def test_a_wait_without_a_state_is_for_django(door):
    assert in_front(door.at("waiting"), door.cookies()) is None


@pytest.mark.parametrize("values", [{"REQUEST_METHOD": "POST"}, {"HTTP_HOST": "elsewhere.example"}])
def test_a_wait_asked_otherwise_is_for_django(door, values):
    assert door.in_front("absent", **values) is None


def test_an_old_pass_of_a_wait_is_replaced_by_django(door):
    with time_machine.travel(time.time() + fast_path.LASTS + 1):
        assert door.in_front("absent") is None
        assert door.of_django("absent").status_code == 204
        assert door.in_front("absent")


def test_the_pass_of_the_door_is_that_of_the_test(bank):
    candidate = CandidateFactory(joined=True)
    door = Door(candidate)
    attempt = situations.started(candidate)
    door.browser.cookies[seat_name(attempt)] = holding(attempt).cookies[seat_name(attempt)].value
    given = door.cookies()["candidate"]

    page = Test(attempt, door.browser)

    assert page.cookies()["candidate"] == given
    assert page.in_front()


# --- The real server ------------------------------------------------------------------------------


def test_the_server_answers_the_wait_in_front_with_the_headers_of_django(server, door):
    address = f"{door.at('waiting')}?state=absent"
    front = server.ask("GET", address, headers=sent(door))
    of_django = server.ask("GET", address, headers=sent(door, "candidate"))

    assert (front[0], of_django[0]) == (204, 204)
    assert "Set-Cookie" not in front[1]
    assert plain(front[1]) == plain(of_django[1])
