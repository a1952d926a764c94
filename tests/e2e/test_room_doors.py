"""Into the room and out of it: the whole invigilation without a mouse, and an access that ends."""

import re

import pytest

from sessions import actions as session_actions
from sessions.models import InvigilatorAccess
from tests import situations
from tests.e2e import room_states
from tests.e2e.conftest import DESK, TABLET
from tests.e2e.keyboard import Keyboard
from tests.e2e.room import asks_for, confirms, is_told, opens_the_room
from tests.factories import PASSWORD, ExamSessionFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(bank):
    return ExamSessionFactory()


def test_a_whole_invigilation_by_the_keyboard(session, somebody):
    simon = room_states.enrolled(session, ("Durand", "Simon"), joined=True)
    person = somebody(TABLET).logs_in(UserFactory().email, PASSWORD)
    keyboard, page = Keyboard(person), person.page

    keyboard.type_in("Numéro de la session", str(session.pk))
    keyboard.type_in("Mot de passe de la session", session.password.lower())
    keyboard.press("Surveiller la session")

    keyboard.press_on("button", re.compile(r"^Présent\s:\s+DURAND Simon"), "Space")
    page.locator(f"#tick-{simon.pk}[aria-pressed=true]").wait_for()
    keyboard.follow("Code à donner")
    person.reads("Numéro de session")
    person.look()
    keyboard.press("Code donné")
    person.reads("Code donné à")
    keyboard.follow("Retour à la liste")

    simon.refresh_from_db()
    situations.started(simon)
    page.locator(f"#end-{simon.pk}").wait_for(state="attached")
    confirms(person, asks_for(person, simon, "end"))
    is_told(person, "Le test de DURAND Simon est terminé.")
    keyboard.follow("Quitter")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    person.look()
    keyboard.tab_to(dialog.get_by_role("button", name="Quitter"))
    page.keyboard.press("Enter")

    person.reads(f"Vous avez quitté la session {session.pk}.")
    person.look()
    assert not InvigilatorAccess.objects.open().exists()


def revoke(session):
    session_actions.revoke_invigilator(InvigilatorAccess.objects.get(), by=UserFactory())


def renew(session):
    session_actions.renew_password(session, by=UserFactory())


@pytest.mark.parametrize("page", ["", "code/"], ids=["list", "code"])
@pytest.mark.parametrize("ends", [revoke, renew])
def test_an_access_that_the_centre_ends_is_over_at_the_next_request(session, somebody, ends, page):
    room_states.enrolled(session, ("Durand", "Simon"))
    tablet = opens_the_room(somebody(TABLET), session)
    tablet.go(f"/surveillance/{session.pk}/{page}")

    ends(session)

    tablet.reads(f"Votre accès à la session {session.pk} est terminé")
    assert "DURAND" not in tablet.page.content()
    tablet.look()
    tablet.go(f"/surveillance/{session.pk}/")
    assert "DURAND" not in tablet.page.content()


def test_the_centre_sees_who_has_joined_and_takes_him_out(session, somebody):
    marie = UserFactory(first_name="Marie", last_name="Curie")
    session_actions.join_as_invigilator(session.pk, session.password, by=marie)
    member = MembershipFactory(centre=session.centre).user
    centre = somebody(DESK).logs_in(member.email, PASSWORD).go(f"/sessions/{session.pk}/")

    listed = centre.page.get_by_role("region", name="Dans l’espace surveillant")
    listed.get_by_text("Marie CURIE").first.wait_for()
    listed.get_by_role("link", name="Retirer l’accès").click()
    dialog = centre.page.get_by_role("dialog")
    dialog.wait_for()
    centre.look()
    dialog.get_by_role("button", name="Retirer").click()

    centre.page.wait_for_function("() => !document.body.innerText.includes('depuis le')")
    assert not InvigilatorAccess.objects.open().exists()
