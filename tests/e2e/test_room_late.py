"""An answer that comes after the poll has swapped the row that asked: nothing of it is lost."""

import pytest

from invigilation import actions
from sessions import actions as session_actions
from tests import situations
from tests.e2e import room_states
from tests.e2e.conftest import TABLET
from tests.e2e.room import asks_for, opens_the_room, row
from tests.factories import ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Held:
    """What is posted, or asked for, waits on its way until it is let through."""

    def __init__(self, tablet, address, method="POST"):
        self.page, self.method, self.routes = tablet.page, method, []
        self.page.route(address, self.hold)

    def hold(self, route):
        if route.request.method == self.method:
            self.routes.append(route)
        else:
            route.continue_()

    def send(self, press, ending=""):
        def is_it(asked):
            return asked.method == self.method and asked.url.endswith(ending)

        with self.page.expect_request(is_it):
            press()

    def let_through(self):
        self.routes.pop().continue_()


def test_what_answers_a_row_swapped_meanwhile_is_told_all_the_same(bank, somebody):
    session, by = ExamSessionFactory(), UserFactory()
    simon = room_states.waiting(session, ("Durand", "Simon"), by=by)
    zoe = room_states.enrolled(session, ("Aubert", "Zoé"))
    ida = room_states.enrolled(session, ("Petit", "Ida"))
    tablet = opens_the_room(somebody(TABLET), session)
    held, page = Held(tablet, "**/presence"), tablet.page

    held.send(page.locator(f"#tick-{simon.pk}").tap)
    situations.started(simon)
    row(tablet, simon).get_by_text("En cours").wait_for()
    held.let_through()
    refusal = "Le test a déjà commencé : la présence ne peut plus être retirée."
    page.locator("#alert", has_text=refusal).wait_for()

    held.send(page.locator(f"#tick-{zoe.pk}").tap)
    actions.set_extra_time(zoe, percent=33, by=by)
    row(tablet, zoe).get_by_text("tiers-temps").wait_for()
    held.let_through()
    page.locator("#status > span", has_text="La présence d’AUBERT Zoé est notée.").wait_for()
    page.locator(f"#tick-{zoe.pk}[aria-pressed=true]").wait_for()
    assert page.locator("#alert").inner_text() == ""

    held.send(page.locator(f"#tick-{ida.pk}").tap)
    session_actions.remove_candidate(ida, by=by)
    row(tablet, ida).wait_for(state="detached")
    held.let_through()
    page.locator("#alert", has_text="Cette page n’est plus à jour.").wait_for()


def test_a_form_refused_after_its_dialog_was_closed_asks_again_or_is_named(bank, somebody):
    session, by = ExamSessionFactory(), UserFactory()
    simon = room_states.at_work(session, ("Durand", "Simon"), by=by).candidate
    tablet = opens_the_room(somebody(TABLET), session)
    held, page = Held(tablet, "**/temps"), tablet.page
    dialog = page.get_by_role("dialog")

    asks_for(tablet, simon, "time")
    held.send(lambda: dialog.get_by_role("button", name="Ajouter").click())
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    held.let_through()
    dialog.get_by_text("Choisissez une raison.").first.wait_for()
    tablet.look()

    held.send(lambda: dialog.get_by_role("button", name="Ajouter").click())
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.locator("#leave").click()
    dialog.get_by_text("Quitter la surveillance de la session").wait_for()
    held.let_through()
    named = "Non enregistré : DURAND Simon : Ajouter du temps."
    page.locator("#alert", has_text=named).wait_for(state="attached")
    assert dialog.get_by_text("Quitter la surveillance de la session").is_visible()


def test_the_focus_comes_back_to_a_row_swapped_while_its_dialog_was_on_its_way(bank, somebody):
    session, by = ExamSessionFactory(), UserFactory()
    simon = room_states.at_work(session, ("Durand", "Simon"), by=by).candidate
    tablet = opens_the_room(somebody(TABLET), session)
    held, page = Held(tablet, "**/signaler", method="GET"), tablet.page
    button, dialog = page.locator(f"#menu-button-{simon.pk}"), page.get_by_role("dialog")

    button.press("Enter")
    held.send(lambda: page.locator(f"#report-{simon.pk}").press("Enter"), ending="/signaler")
    actions.set_extra_time(simon, percent=33, by=by)
    row(tablet, simon).get_by_text("tiers-temps").wait_for()
    held.let_through()
    dialog.wait_for()
    page.keyboard.press("Escape")

    dialog.wait_for(state="detached")
    page.locator(f"#menu-button-{simon.pk}:focus").wait_for()
