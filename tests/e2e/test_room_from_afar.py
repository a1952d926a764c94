"""What is read from the other end of the room: the code at ten metres, the end of a test at three."""

import pytest

from tests import situations
from tests.e2e.conftest import DESK
from tests.e2e.room import opens_the_room

pytestmark = pytest.mark.django_db(transaction=True)

DESK_SIZE, PHONE_SIZE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SIZE = "element => parseFloat(getComputedStyle(element).fontSize)"
GROUND = "getComputedStyle(document.body).backgroundColor"


def size(person, text, screen):
    """How large it is written, in CSS pixels; all of it in sight."""
    person.page.set_viewport_size(screen)
    person.look()
    shown = person.page.locator(text)
    box = shown.bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= screen["width"]
    assert box["y"] + box["height"] <= screen["height"]
    return shown.evaluate(SIZE)


def at_his_test(somebody, attempt):
    person = somebody(DESK).is_logged_in(attempt.candidate.user)
    return person.go(f"/certifications/{attempt.candidate_id}/test/")


def test_the_code_to_give_is_written_to_be_read_at_ten_metres(bank, somebody):
    session = situations.started().candidate.session
    tablet = opens_the_room(somebody(DESK), session).go(f"/surveillance/{session.pk}/code/")

    assert size(tablet, "#access-code", DESK_SIZE) >= 190
    assert size(tablet, "#access-code", PHONE_SIZE) >= 54


def test_the_end_of_a_test_is_seen_at_three_metres_and_is_not_a_test_stopped(bank, somebody):
    finished = at_his_test(somebody, situations.finished())
    stopped = at_his_test(somebody, situations.ended())

    assert size(finished, "h1", DESK_SIZE) >= 100
    assert size(finished, ".number .code", DESK_SIZE) >= 60
    assert size(finished, "h1", PHONE_SIZE) >= 40
    assert size(stopped, "h1", DESK_SIZE) >= 100
    assert size(stopped, "h1", PHONE_SIZE) >= 40
    grounds = [each.page.evaluate(GROUND) for each in (finished, stopped)]
    grounds.append(finished.go("/certifications/").page.evaluate(GROUND))
    assert len(set(grounds)) == 3
