"""Each action of the list by the keyboard: asked by name, told in one sentence, the focus in its row."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from exam.models import Attempt
from invigilation.rows import hour
from tests.e2e import room_states
from tests.e2e.conftest import TABLET
from tests.e2e.keyboard import Keyboard
from tests.e2e.room import asks_for, confirms, is_told, keeps_the_focus_in, opens_the_room, row
from tests.factories import CandidateFactory, ExamSessionFactory, QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

SITUATIONS = {
    "absent": lambda session, by: room_states.enrolled(session, SIMON, joined=True),
    "present": lambda session, by: room_states.waiting(session, SIMON, by=by),
    "running": lambda session, by: room_states.at_work(session, SIMON, by=by).candidate,
    "asks": lambda session, by: room_states.asking(room_states.at_work(session, SIMON, by=by)),
    "authorised": lambda session, by: room_states.coming_back(
        room_states.at_work(session, SIMON, by=by), by
    ),
    "problem": lambda session, by: room_states.stuck(room_states.at_work(session, SIMON, by=by)),
    "finished": lambda session, by: room_states.done(session, SIMON, by=by),
    "seen": lambda session, by: room_states.seen(session, SIMON, by=by),
    "ended": lambda session, by: room_states.stopped(session, SIMON, by=by),
}
SIMON = ("Durand", "Simon")


def nothing(dialog):
    pass


def ten_minutes(dialog):
    dialog.get_by_label("10 min").check()
    dialog.get_by_label("Raison").select_option("room")


def a_third(dialog):
    dialog.get_by_label("Temps majoré, en %").fill("33")


def a_late_one(dialog):
    dialog.get_by_role("radio", name="C3").first.check()
    dialog.get_by_role("textbox", name="Description").fill("Arrivé à 9 h 12.")


def another_problem(dialog):
    dialog.get_by_role("radio", name="E7").check()


# The situation, the entry of the menu, what is filled in, what is said then.
MOVES = {
    "authorise": ("asks", nothing, "La reprise du test de DURAND Simon est autorisée."),
    "refuse": ("asks", nothing, "La reprise du test de DURAND Simon est refusée."),
    "cancel": (
        "authorised",
        nothing,
        "L’autorisation de reprise de DURAND Simon est annulée.",
    ),
    "end": ("running", nothing, "Le test de DURAND Simon est terminé."),
    "extra": (
        "present",
        a_third,
        "Temps majoré de DURAND Simon\u00a0: 33\u00a0%, +\u00a035\u00a0min.",
    ),
    "report": ("running", a_late_one, "Le signalement C3 de DURAND Simon est enregistré."),
    "accept": (
        "problem",
        another_problem,
        "La question 6 de DURAND Simon est remplacée\u00a0; 1\u00a0min ajoutée.",
    ),
    "reject": (
        "problem",
        nothing,
        "Le signalement de DURAND Simon est écarté ; votre mot est sur sa page\u00a0; 1\u00a0min ajoutée.",
    ),
    "unlink": ("present", nothing, "Le compte rattaché à DURAND Simon est délié."),
}


@pytest.fixture
def tablet(bank, somebody):
    QuestionFactory.create_bank()  # another question to take the place of one
    session = ExamSessionFactory()
    for name in ("Bernier", "Villepreux"):
        CandidateFactory(session=session, birth_name=name)
    return somebody(TABLET), session


def arrives(tablet, situation):
    person, session = tablet
    simon = SITUATIONS[situation](session, UserFactory())
    return opens_the_room(person, session), simon


@pytest.mark.parametrize("action", MOVES)
def test_an_action_of_the_menu(tablet, action):
    situation, fill, sentence = MOVES[action]
    tablet, simon = arrives(tablet, situation)

    dialog = asks_for(tablet, simon, action)
    tablet.look()
    assert "DURAND Simon" in dialog.inner_text()
    fill(dialog)
    confirms(tablet, dialog)

    is_told(tablet, sentence)
    keeps_the_focus_in(tablet, simon)
    tablet.look()


def test_minutes_added_are_told_with_the_new_end(tablet):
    tablet, simon = arrives(tablet, "running")

    dialog = asks_for(tablet, simon, "time")
    ten_minutes(dialog)
    confirms(tablet, dialog)

    tablet.page.locator("#status > span", has_text="pour DURAND Simon : fin à").wait_for()
    keeps_the_focus_in(tablet, simon)
    row(tablet, simon).get_by_text("+ 10 min ajoutées").wait_for()
    tablet.look()


def new_end(dialog):
    return dialog.locator("[data-new-end]")


def test_the_length_of_a_test_to_come_follows_the_extra_time_typed(tablet):
    tablet, simon = arrives(tablet, "present")
    dialog = asks_for(tablet, simon, "extra")
    percent = dialog.get_by_label("Temps majoré, en %")

    expect(new_end(dialog)).to_have_text("Durée : 1 h 45")
    percent.fill("33")
    expect(new_end(dialog)).to_have_text("Durée : 1 h 45 → 2 h 20")
    percent.fill("un tiers")
    expect(new_end(dialog)).to_have_text("Durée : 1 h 45 → …")
    percent.fill("")
    expect(new_end(dialog)).to_have_text("Durée : 1 h 45")
    tablet.look()


def test_the_end_of_a_test_follows_the_extra_time_typed(tablet):
    tablet, simon = arrives(tablet, "running")
    attempt = Attempt.objects.get()
    dialog = asks_for(tablet, simon, "time")
    dialog.locator("#go-extra").click()
    longer = attempt.deadline + timedelta(seconds=63 * 33)
    before, after = (hour(moment, simon.session.zone) for moment in (attempt.deadline, longer))

    dialog.get_by_label("Temps majoré, en %").fill("33 %")

    expect(new_end(dialog)).to_have_text(f"Fin : {before} → {after}")


def test_a_window_repeats_nothing_that_was_said_before_it(tablet):
    tablet, simon = arrives(tablet, "absent")
    tablet.page.locator(f"#tick-{simon.pk}").click()
    tablet.page.locator("#status > span", has_text="DURAND Simon").wait_for()

    tablet.page.locator("#leave").click()
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()

    assert dialog.locator(".said-here").inner_text().strip() == ""
    tablet.page.keyboard.press("Escape")
    tablet.page.locator("#status > span", has_text="DURAND Simon").wait_for()


def test_a_refusal_that_stays_lies_on_no_entry_of_the_menu_of_the_room(tablet):
    tablet, _simon = arrives(tablet, "running")
    tablet.page.evaluate("window.certif.say('alert', 'Ce signalement a déjà été écarté.')")
    tablet.page.locator("#alert:not(:empty)").wait_for()

    tablet.page.locator(".board-top details.menu > summary").click()

    for entry in tablet.page.locator(".board-top details.menu a").all():
        if entry.is_visible():
            entry.click(trial=True)


def test_what_was_done_is_read_and_left_from_the_same_row(tablet):
    tablet, simon = arrives(tablet, "running")

    dialog = asks_for(tablet, simon, "history")
    tablet.look()
    assert "Présence notée à" in dialog.inner_text()
    tablet.page.keyboard.press("Escape")

    dialog.wait_for(state="detached")
    keeps_the_focus_in(tablet, simon)


@pytest.mark.parametrize(("situation", "pressed"), [("absent", "true"), ("present", "false")])
def test_a_presence_is_set_by_the_space_bar_and_undone_from_what_is_said(
    tablet, situation, pressed
):
    tablet, simon = arrives(tablet, situation)
    box = tablet.page.locator(f"#tick-{simon.pk}")
    before = box.get_attribute("aria-pressed")

    box.focus()
    tablet.page.keyboard.press("Space")
    tablet.page.locator(f"#tick-{simon.pk}[aria-pressed={pressed}]").wait_for()
    keeps_the_focus_in(tablet, simon)

    Keyboard(tablet).tab_to(tablet.page.locator("#status").get_by_role("button", name="Annuler"))
    tablet.look()  # What is said stays as long as its button has the focus.
    tablet.page.keyboard.press("Enter")

    tablet.page.locator(f"#tick-{simon.pk}[aria-pressed={before}]").wait_for()
    keeps_the_focus_in(tablet, simon)
    tablet.look()


@pytest.mark.parametrize(("situation", "pressed"), [("finished", "true"), ("seen", "false")])
def test_an_end_screen_is_noted_by_the_space_bar_and_undone_from_what_is_said(
    tablet, situation, pressed
):
    tablet, simon = arrives(tablet, situation)
    box = tablet.page.locator(f"#seen-{simon.pk}")
    before = box.get_attribute("aria-pressed")

    box.focus()
    tablet.page.keyboard.press("Space")
    tablet.page.locator(f"#seen-{simon.pk}[aria-pressed={pressed}]").wait_for()
    keeps_the_focus_in(tablet, simon)

    Keyboard(tablet).tab_to(tablet.page.locator("#status").get_by_role("button", name="Annuler"))
    tablet.look()  # What is said stays as long as its button has the focus.
    tablet.page.keyboard.press("Enter")

    tablet.page.locator(f"#seen-{simon.pk}[aria-pressed={before}]").wait_for()
    keeps_the_focus_in(tablet, simon)
    tablet.look()


@pytest.mark.parametrize(
    ("situation", "button", "sentence"),
    [
        ("asks", "more", "La reprise du test de DURAND Simon est autorisée, +"),
        ("asks", "authorise", "La reprise du test de DURAND Simon est autorisée."),
        ("asks", "refuse", "La reprise du test de DURAND Simon est refusée."),
        (
            "problem",
            "accept",
            "La question 6 de DURAND Simon est remplacée\u00a0; 1\u00a0min ajoutée.",
        ),
        ("problem", "reject", "Le signalement de DURAND Simon est écarté"),
    ],
)
def test_an_answer_given_from_the_group_on_top_leaves_the_focus_in_the_row(
    tablet, situation, button, sentence
):
    tablet, simon = arrives(tablet, situation)

    Keyboard(tablet).tab_to(tablet.page.locator(f"#ask-{button}-{simon.pk}"))
    tablet.page.keyboard.press("Enter")
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()
    FILLED.get((situation, button), nothing)(dialog)
    confirms(tablet, dialog)

    tablet.page.locator("#status > span", has_text=sentence).wait_for()
    tablet.page.locator("#asks").wait_for(state="hidden")
    keeps_the_focus_in(tablet, simon)
    assert not tablet.page.title().startswith("(")


FILLED = {("problem", "accept"): another_problem}


SIZES = {"small phone": (360, 640), "tablet": (1180, 820), "desk": (1280, 720)}
FAULTS = {
    "report": ("running", "[name=code]"),
    "time": ("running", "[name=usual]"),
    "accept": ("problem", "[name=code]"),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("action", FAULTS)
def test_what_is_to_be_corrected_has_the_focus_above_the_foot(tablet, action, size):
    situation, faulty = FAULTS[action]
    width, height = SIZES[size]
    tablet[0].page.set_viewport_size({"width": width, "height": height})
    tablet, simon = arrives(tablet, situation)
    dialog = asks_for(tablet, simon, action)
    decided = dialog.locator(".decides").first
    if decided.count():
        assert decided.bounding_box()["y"] + decided.bounding_box()["height"] <= height

    dialog.locator("button.primary").click()

    field = dialog.locator(f"{faulty}:focus")
    field.wait_for()
    box, foot = field.bounding_box(), dialog.locator(".form-end.stays").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= foot["y"]
