"""What is done for the whole room, by the keyboard: each dialog, the focus afterwards, what is written."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exam.enums import AttemptState, GrantReason
from exam.models import Attempt, TimeGrant
from invigilation.clock import room_end
from invigilation.models import SessionNote
from invigilation.rows import hour
from sessions.models import ExamSession
from tests.e2e import room_states
from tests.e2e.conftest import DESK, TABLET
from tests.e2e.keyboard import Keyboard
from tests.e2e.room import is_told, opens_the_room
from tests.factories import ExamSessionFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOTE = "Alarme incendie de 9 h 40 à 9 h 52."


@pytest.fixture
def session(bank):
    return ExamSessionFactory()


def began(session, name, **ago):
    attempt = room_states.at_work(session, name, by=UserFactory())
    Attempt.objects.filter(pk=attempt.pk).update(started_at=timezone.now() - timedelta(**ago))
    return attempt.candidate


@pytest.fixture
def room(session):
    return {
        "aubert": began(session, ("Aubert", "Zoé"), hours=3),
        "clounet": began(session, ("Clounet", "Georges"), hours=3),
        "simon": began(session, ("Durand", "Simon"), minutes=100, seconds=30),
        "ida": room_states.waiting(session, ("Petit", "Ida"), by=UserFactory()),
        "absent": room_states.enrolled(session, ("Villepreux", "Marie")),
    }


def chooses(tablet, entry):
    """An entry of the menu « Salle »."""
    keyboard = Keyboard(tablet)
    keyboard.tab_to(tablet.page.locator("#room-menu-button"))
    tablet.page.keyboard.press("Enter")
    return opens(tablet, entry)


def opens(tablet, link):
    Keyboard(tablet).tab_to(tablet.page.locator(link))
    tablet.page.keyboard.press("Enter")
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()
    tablet.look()
    return dialog


def granted_to(count, minutes):
    session = ExamSession.objects.get()
    end = hour(room_end(session, timezone.now()), session.zone)
    return (
        f"+\u00a0{minutes}\u00a0min pour {count} candidats\u00a0; la fin de salle annoncée reste {end},"
        " chacun a la sienne."
    )


def ticks(tablet, *boxes):
    for box in boxes:
        Keyboard(tablet).tab_to(tablet.page.locator(box))
        tablet.page.keyboard.press("Space")


def sends(tablet, dialog, then):
    Keyboard(tablet).tab_to(dialog.locator("button.primary"))
    tablet.page.keyboard.press("Enter")
    dialog.wait_for(state="detached")
    keeps_the_focus_on(tablet, then)


def keeps_the_focus_on(tablet, control):
    """At once, and still after the next poll."""
    focused = tablet.page.locator(f"{control}:focus")
    focused.wait_for()
    with tablet.page.expect_response(lambda answer: "/live" in answer.url):
        pass
    focused.wait_for()


def because_of_the_room(tablet):
    Keyboard(tablet).tab_to(tablet.page.get_by_label("Raison"))
    tablet.page.keyboard.type("incident")


def granted():
    names = TimeGrant.objects.order_by("pk").values_list(
        "attempt__candidate__birth_name", "minutes", "reason"
    )
    return sorted(names)


def state(candidate):
    return Attempt.objects.get(candidate=candidate).state


def test_the_room_is_told_of_noted_and_given_time_by_the_keyboard(session, room, somebody):
    tablet = opens_the_room(somebody(TABLET), session)
    keyboard, page = Keyboard(tablet), tablet.page
    page.locator("#status", has_text="DURAND Simon, dans moins de 5 minutes.").wait_for()

    dialog = chooses(tablet, "#steps")
    assert "Rien ne se ferme tout seul" in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    keeps_the_focus_on(tablet, "#room-menu-button")

    dialog = chooses(tablet, "#notes")
    keyboard.tab_to(dialog.get_by_role("textbox"))
    page.keyboard.type(NOTE)
    sends(tablet, dialog, then="#room-menu-button")
    is_told(tablet, "L’incident de la salle est noté.")
    assert SessionNote.objects.get(session=session).text == NOTE

    dialog = chooses(tablet, "#add-time-room")
    assert "VILLEPREUX Marie\u00a0: absent" in dialog.locator("details").text_content()
    keyboard.choose("Minutes à ajouter", "10 min")
    because_of_the_room(tablet)
    ticks(tablet, f"#grant-{room['clounet'].pk}", f"#grant-{room['ida'].pk}")
    sends(tablet, dialog, then="#room-menu-button")
    is_told(tablet, granted_to(2, 10))
    several = [("Clounet", 10, GrantReason.ROOM), ("Petit", 10, GrantReason.ROOM)]
    assert granted() == several

    script = page.locator(".script:visible", has_text="DURAND Simon")
    keyboard.tab_to(script.get_by_role("button", name="C’est dit"))
    page.keyboard.press("Enter")
    script.wait_for(state="detached")
    keeps_the_focus_on(tablet, "#chip-all")

    dialog = chooses(tablet, "#add-time-room")
    keyboard.choose("Minutes à ajouter", "20 min")
    because_of_the_room(tablet)
    ticks(tablet, "#whole-room")
    assert dialog.locator("[name=candidates]:checked").count() == 4
    sends(tablet, dialog, then="#room-menu-button")
    is_told(tablet, granted_to(4, 20))
    everybody = [(name, 20, GrantReason.ROOM) for name in ("Aubert", "Clounet", "Durand", "Petit")]
    assert granted() == sorted(several + everybody)
    tablet.look()


def test_the_tests_past_their_time_are_ended_from_their_list_by_the_keyboard(
    session, room, somebody
):
    tablet = opens_the_room(somebody(TABLET), session)
    link = tablet.page.locator("#end-overdue")
    link.get_by_text("Terminer les 2 tests au temps dépassé").wait_for()

    dialog = opens(tablet, "#end-overdue")
    lines = dialog.locator("label.choice").all_inner_texts()
    assert [line.split("\n")[0].split(" fin à")[0] for line in lines] == [
        "AUBERT Zoé",
        "CLOUNET Georges",
    ]
    ticks(tablet, f"#overdue-{room['clounet'].pk}")
    sends(tablet, dialog, then="#end-overdue")
    is_told(tablet, "Le test d’AUBERT Zoé est terminé.")
    assert state(room["aubert"]) == AttemptState.ENDED
    assert state(room["clounet"]) == AttemptState.RUNNING
    link.get_by_text("Terminer le test au temps dépassé").wait_for()

    dialog = opens(tablet, "#end-overdue")
    sends(tablet, dialog, then="#chip-all")
    is_told(tablet, "Le test de CLOUNET Georges est terminé.")
    link.wait_for(state="hidden")
    assert state(room["clounet"]) == AttemptState.ENDED
    assert state(room["simon"]) == AttemptState.RUNNING
    tablet.look()


def test_a_test_ended_by_mistake_is_reopened_by_the_keyboard(session, somebody):
    simon = room_states.stopped(session, ("Durand", "Simon"), by=UserFactory())
    manager = MembershipFactory(centre=session.centre).user
    desk = somebody(DESK).is_logged_in(manager).go(f"/sessions/{session.pk}/candidats/")
    desk.reads("DURAND Simon")

    dialog = opens(desk, f"#reopen-{simon.pk}")
    assert "Rouvrir le test de DURAND Simon" in dialog.inner_text()
    Keyboard(desk).tab_to(dialog.get_by_role("textbox"))
    desk.page.keyboard.type("Mauvaise ligne touchée.")
    Keyboard(desk).tab_to(dialog.locator("button.primary"))
    desk.page.keyboard.press("Enter")

    desk.reads("Le test de DURAND Simon est rouvert.")
    desk.look()
    assert state(simon) == AttemptState.RUNNING
