"""A room of twenty on every screen, in every light: what fits, what a finger reaches, what axe says."""

import re

import pytest

from invigilation import actions
from invigilation.models import IncidentCode, Screen
from tests.e2e import room_states
from tests.e2e.conftest import TABLET
from tests.e2e.room import LANDSCAPE, asks_for, opens_the_room
from tests.factories import ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

LEAST = 44
# What a finger may press and is smaller than that: where a press would land counts, labels and covers included.
SMALL = """least => {
  const lands = (target, x, y) => {
    const hit = document.elementFromPoint(x, y);
    return hit && (target.contains(hit) || [...(target.labels || [])].some((label) => label.contains(hit)));
  };
  const shows = (target) => target.checkVisibility({ visibilityProperty: true }) && target.getClientRects().length;
  const scope = document.querySelector("dialog[open]") || document.body;
  const faults = [];
  for (const target of scope.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")) {
    if (!shows(target) || target.closest("p, footer, .skip")) continue;
    const box = (target.labels && target.labels[0] && target.matches("[type=radio], [type=checkbox]") ? target.labels[0] : target).getBoundingClientRect();
    if (Math.round(box.height) >= least && Math.round(box.width) >= least) continue;
    target.scrollIntoView({ block: "center" });
    const now = target.getBoundingClientRect();
    const [x, y] = [now.left + now.width / 2, now.top + now.height / 2];
    const half = least / 2 - 1;
    const wide = now.width >= least || (lands(target, x - half, y) && lands(target, x + half, y));
    const high = now.height >= least || (lands(target, x, y - half) && lands(target, x, y + half));
    if (!wide || !high) faults.push(`${Math.round(box.width)} x ${Math.round(box.height)}: ${target.outerHTML.slice(0, 120)}`);
  }
  return faults;
}"""
# Of the window that is open, what its sides would hide: it scrolls down, and never sideways.
CUT = """() => {
  const dialog = document.querySelector("dialog[open]");
  const end = dialog.getBoundingClientRect().right - parseFloat(getComputedStyle(dialog).borderRightWidth);
  return [...dialog.querySelectorAll("*:not(.visually-hidden, .visually-hidden *)")]
    .filter((each) => each.getClientRects().length && each.getBoundingClientRect().right > end + 1)
    .map((each) => each.outerHTML.slice(0, 120));
}"""

ON_TOP = """button => {
  const box = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
}"""

SCREENS = {
    "landscape": {**LANDSCAPE},
    "portrait": {**TABLET},
    "wide": {**LANDSCAPE, "viewport": {"width": 1180, "height": 820}},
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True},
    "narrowest": {"viewport": {"width": 320, "height": 640}, "has_touch": True},
    # 1280 × 1024 at 400 %.
    "four times": {"viewport": {"width": 320, "height": 256}},
    "dark": {**LANDSCAPE, "color_scheme": "dark"},
    "forced colours": {**LANDSCAPE, "forced_colors": "active"},
    "still": {**TABLET, "reduced_motion": "reduce"},
}


@pytest.fixture
def room(bank):
    return room_states.room_of_twenty()


@pytest.mark.parametrize("screen", SCREENS)
def test_every_situation_is_clean_and_in_reach(room, somebody, screen):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS[screen]), session)

    tablet.look()
    assert tablet.page.evaluate(SMALL, LEAST) == []

    asks_for(tablet, people["running"], "report")
    tablet.look()
    assert tablet.page.evaluate(SMALL, LEAST) == tablet.page.evaluate(CUT) == []
    tablet.page.keyboard.press("Escape")
    tablet.page.get_by_role("dialog").wait_for(state="detached")

    asks_for(tablet, people["majored"], "time")
    tablet.look()
    assert tablet.page.evaluate(SMALL, LEAST) == tablet.page.evaluate(CUT) == []


def test_the_menus_of_a_row_and_of_the_room_are_in_reach(room, somebody):
    session, people = room
    tablet = opens_the_room(somebody(LANDSCAPE), session)

    tablet.page.locator("#room-menu-button").tap()
    assert tablet.page.evaluate(SMALL, LEAST) == []
    tablet.look()
    tablet.page.keyboard.press("Escape")

    tablet.page.locator(f"#menu-button-{people['asks'].pk}").tap()
    tablet.page.locator(f"#history-{people['asks'].pk}").wait_for()
    assert tablet.page.evaluate(SMALL, LEAST) == []
    tablet.look()


@pytest.mark.parametrize("screen", ["portrait", "landscape", "phone"])
def test_a_report_is_sent_without_hunting_for_its_button(room, somebody, screen):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS[screen]), session)
    dialog = asks_for(tablet, people["running"], "report")

    dialog.locator("summary", has_text="Modification infos candidat").click()
    dialog.get_by_role("radio", name=re.compile("^C1")).check()

    button = dialog.get_by_role("button", name="Valider", exact=True)
    assert tablet.page.evaluate(ON_TOP, button.element_handle())


def test_a_code_of_one_tap_is_read_whole(room, somebody):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS["portrait"]), session)
    dialog = asks_for(tablet, people["running"], "report")

    for label in dialog.locator(".quick-code > span").all():
        assert label.evaluate("text => text.scrollHeight <= text.clientHeight")


# Of what is said, the points under which lies what one presses.
LIES_ON = """said => {
  const { left, top, width, height } = said.getBoundingClientRect();
  const faults = width && height ? [] : ["nothing is said"];
  for (let x = left + 1; x < left + width; x += 6) {
    for (let y = top + 1; y < top + height; y += 6) {
      const under = document.elementsFromPoint(x, y).find((each) => !said.contains(each));
      const pressed = under && under.closest("a, button, summary, input, label, .row");
      if (pressed) faults.push(`${Math.round(x)}, ${Math.round(y)}: ${pressed.outerHTML.slice(0, 80)}`);
    }
  }
  return faults.slice(0, 3);
}"""


@pytest.mark.parametrize("scrolled", [0, 400])
def test_what_is_said_lies_on_nothing_that_is_pressed(room, somebody, scrolled):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS["portrait"]), session)
    tablet.page.locator(f"#tick-{people['absent'].pk}").tap()
    said = tablet.page.locator("#status").element_handle()
    undo = tablet.page.locator("#status").get_by_role("button", name="Annuler")
    undo.focus()  # it stays as long as it is in use
    tablet.look()

    for width in (320, 360, 480, 640, 768, 900, 1024, 1180, 1280):
        for height in (400, 820):
            tablet.page.set_viewport_size({"width": width, "height": height})
            tablet.page.evaluate("by => scrollTo(0, by)", scrolled)
            assert tablet.page.evaluate(LIES_ON, said) == [], (width, height)
            assert tablet.page.evaluate(ON_TOP, undo.element_handle()), (width, height)


def test_what_is_said_does_not_make_the_list_move(room, somebody):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS["portrait"]), session)
    tick = tablet.page.locator(f"#tick-{people['absent'].pk}")
    before = tick.bounding_box()["y"]

    tick.tap()

    moved = "[document.querySelector('#status:not(:empty)') && document.querySelector(tick).getBoundingClientRect().y]"
    (after,) = tablet.page.wait_for_function(
        f"tick => {{ const found = {moved}; return found[0] && found; }}",
        arg=f"#tick-{people['absent'].pk}",
    ).json_value()
    assert abs(after - before) < 1


@pytest.mark.parametrize("screen", ["portrait", "phone"])
def test_what_is_said_during_a_dialog_is_said_in_it_and_lies_on_nothing(room, somebody, screen):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS[screen]), session)
    dialog = asks_for(tablet, people["running"], "report")
    dialog.evaluate("dialog => dialog.scrollTo(0, 100)")

    tablet.page.evaluate("certif.say('status', 'Connexion rétablie.')")

    said = dialog.get_by_role("status").filter(has_text="Connexion rétablie.")
    said.wait_for()
    assert tablet.page.evaluate(LIES_ON, said.element_handle()) == []
    assert tablet.page.evaluate(ON_TOP, said.element_handle())
    tablet.look()


def test_who_asks_and_what_is_said_stay_in_sight_on_a_screen_that_is_not_high(room, somebody):
    session, _people = room
    phone = opens_the_room(
        somebody({"viewport": {"width": 740, "height": 360}, "has_touch": True}), session
    )
    phone.page.evaluate("scrollTo(0, 900)")
    asked = phone.page.get_by_role("link", name="2 demandes")
    asked.wait_for()
    phone.page.evaluate("certif.say('status', 'Connexion rétablie.')")
    said = phone.page.locator("#status", has_text="Connexion rétablie.")
    said.wait_for()

    for told in (asked, said):
        assert phone.page.evaluate(ON_TOP, told.element_handle())
    phone.look()
    asked.tap()
    heading = phone.page.get_by_role("heading", name="Demandent une réponse")
    phone.page.wait_for_function(ON_TOP, arg=heading.element_handle())


def test_what_is_written_in_a_dialog_is_not_under_its_foot(room, somebody):
    session, people = room
    screen = {"viewport": {"width": 390, "height": 600}, "has_touch": True}
    phone = opens_the_room(somebody(screen), session)
    dialog = asks_for(phone, people["running"], "report")
    text = dialog.get_by_role("textbox", name="Description")
    foot = dialog.locator(".form-end")
    hidden = foot.bounding_box()["y"] - text.bounding_box()["y"]
    dialog.evaluate("(dialog, by) => dialog.scrollBy(0, 20 - by)", hidden)

    corner = text.bounding_box()
    phone.page.touchscreen.tap(corner["x"] + 30, corner["y"] + 10)
    text.and_(phone.page.locator(":focus")).wait_for()

    box = text.bounding_box()
    assert box["y"] + box["height"] <= foot.bounding_box()["y"]


@pytest.mark.parametrize("screen", ["portrait", "phone"])
def test_the_link_of_the_reports_is_as_high_as_a_finger_and_its_row_no_higher(
    room, somebody, screen
):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS[screen]), session)
    row = tablet.page.locator(f"#candidate-{people['silent'].pk}")
    before = row.bounding_box()["height"]
    code = IncidentCode.objects.get(code="C5")
    actions.write_report(people["silent"], code=code, by=UserFactory(), screen=Screen.BOARD)

    link = row.locator(".reports")
    link.wait_for()

    box = link.bounding_box()
    assert min(box["height"], box["width"]) >= LEAST
    assert row.bounding_box()["height"] <= before + 24


def test_a_question_number_is_not_asked_again_for_a_code_that_has_none(room, somebody):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS["portrait"]), session)
    dialog = asks_for(tablet, people["running"], "report")
    dialog.locator("summary", has_text="Modification infos candidat").click()
    dialog.get_by_role("radio", name=re.compile("^C1")).check()

    dialog.get_by_role("button", name="Valider", exact=True).click()

    dialog.locator("[aria-invalid=true]:focus").wait_for()
    assert not dialog.get_by_label("Numéro de la question").is_visible()


def test_a_lone_badge_stands_on_the_line_of_its_name(room, somebody):
    session, _people = room
    tablet = opens_the_room(somebody(SCREENS["portrait"]), session)
    row = tablet.page.locator(".row", has_text="CLOUNET")

    boxes = [part.bounding_box() for part in (row, row.locator(".badge"))]

    whole, badge = [box["y"] + box["height"] / 2 for box in boxes]
    assert abs(whole - badge) <= 2


TWO_LINES, THREE_LINES = 50, 70
RUNS = dict.fromkeys(("majored", "silent", "asks", "problem", "overdue", "authorised"), TWO_LINES)
# A name of thirty letters.
RUNS |= {"running": THREE_LINES}


@pytest.mark.parametrize(("who", "most"), RUNS.items())
def test_a_running_row_tells_its_question_its_time_and_its_end_on_one_line(
    room, somebody, who, most
):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS["wide"]), session)
    row = tablet.page.locator(f"#candidate-{people[who].pk}")

    facts = [row.locator(f".sub > {fact}") for fact in (".question", ".left", ".own-end")]

    assert all(fact.is_visible() for fact in facts)
    assert len({round(fact.bounding_box()["y"]) for fact in facts}) == 1
    assert row.bounding_box()["height"] <= most


@pytest.mark.parametrize(
    ("screen", "who"), [("landscape", "overdue"), ("portrait", "majored"), ("wide", "majored")]
)
def test_two_ends_of_a_row_stand_on_one_line(room, somebody, screen, who):
    session, people = room
    tablet = opens_the_room(somebody(SCREENS[screen]), session)
    row = tablet.page.locator(f"#candidate-{people[who].pk}")

    shown = row.locator(".sub > :visible").all()

    assert len({round(fact.bounding_box()["y"]) for fact in shown}) == 1


def test_a_menu_opened_at_the_foot_of_the_screen_comes_into_sight(room, somebody):
    session, people = room
    tablet = opens_the_room(somebody(LANDSCAPE), session)
    tablet.page.evaluate("window.scrollTo(0, 0)")

    tablet.page.locator(f"#menu-button-{people['majored'].pk}").tap()

    tablet.page.wait_for_function(
        "id => document.getElementById(id).getBoundingClientRect().bottom <= innerHeight",
        arg=f"history-{people['majored'].pk}",
    )


def test_twenty_candidates_fit_on_one_landscape_tablet(bank, somebody):
    session, by = ExamSessionFactory(), UserFactory()
    names = [*room_states.ABSENT, *room_states.PRESENT, *room_states.RUNNING[:5]]
    for name in names:
        room_states.at_work(session, name, by=by)
        room_states.at_work(session, (f"{name[0][:3]}ière", name[1]), by=by)

    tablet = opens_the_room(somebody(LANDSCAPE), session)

    assert tablet.page.locator("#rows .row").count() == 20
    last = tablet.page.locator("#rows .row").last.bounding_box()
    assert last["y"] + last["height"] <= 768


def test_the_marks_show_without_colours_nor_movement(room, somebody):
    session, people = room
    tablet = opens_the_room(
        somebody({**SCREENS["forced colours"], "reduced_motion": "reduce"}), session
    )

    pressed = tablet.page.locator(f"#tick-{people['present'].pk}")
    boxes = pressed.evaluate("box => getComputedStyle(box, '::before').backgroundImage")
    assert "check" in boxes
    chosen = tablet.page.locator("#chip-all").evaluate(
        "chip => getComputedStyle(chip).borderTopWidth"
    )
    assert chosen == "3px"
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert tablet.page.evaluate(moving) == 0
