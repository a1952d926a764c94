"""The list in hand: what it shows of, what it says aloud, what it never moves, what it takes back."""

from datetime import timedelta

import pytest

from exam import actions as exam_actions
from invigilation import actions
from tests.e2e import room_states
from tests.e2e.conftest import TABLET
from tests.e2e.room import LANDSCAPE, asks_for, opens_the_room, row
from tests.factories import ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

COUNT_TONES = """
const start = OscillatorNode.prototype.start;
window.tones = 0;
OscillatorNode.prototype.start = function (...when) {
  window.tones += 1;
  window.audio = this.context;
  return start.apply(this, when);
};
"""


@pytest.fixture
def session(bank):
    return ExamSessionFactory()


@pytest.fixture
def simon(session):
    return room_states.at_work(session, ("Durand", "Simon"), by=UserFactory())


@pytest.fixture
def others(session):
    by = UserFactory()
    names = [("Œuvrard", "Maël"), ("Nguyễn", "Thi Lan"), ("D’Aubigné", "Zoé")]
    return [room_states.waiting(session, name, by=by) for name in names]


def asks(attempt):
    exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)


def in_sight(tablet):
    return [
        name.split("\n")[0]
        for name in tablet.page.locator(".row:not(.is-out) .name").all_inner_texts()
    ]


# --- Chips and search -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("oeuv", ["ŒUVRARD Maël"]),
        ("NGUYEN", ["NGUYỄN Thi Lan"]),
        ("lan ngu", ["NGUYỄN Thi Lan"]),
        ("daubigne", ["D’AUBIGNÉ Zoé"]),
        ("zz", []),
    ],
)
def test_a_name_is_found_by_any_part_of_it_folded(session, others, somebody, typed, found):
    tablet = opens_the_room(somebody(TABLET), session)

    tablet.page.get_by_label("Chercher un candidat par son nom").fill(typed)

    count = f"{len(found)} sur 3" if found else "Aucun candidat dans cette liste"
    tablet.page.locator("#found", has_text=count).wait_for()
    assert in_sight(tablet) == found
    tablet.look()


def test_the_field_keeps_its_width_when_nobody_is_found(session, others, somebody):
    tablet = opens_the_room(somebody(TABLET), session)
    field = tablet.page.get_by_label("Chercher un candidat par son nom")
    width = field.bounding_box()["width"]

    field.fill("zz")
    tablet.page.locator("#found", has_text="Aucun candidat dans cette liste").wait_for()

    assert field.bounding_box()["width"] == width


@pytest.mark.parametrize(
    ("chip", "shown"),
    [
        ("absent", "absent"),
        ("present", "present"),
        ("running", "running"),
        ("finished", "finished"),
        ("todo", "asks"),
    ],
)
def test_a_chip_shows_its_situation_alone(bank, somebody, chip, shown):
    session, people = room_states.room_of_twenty()
    tablet = opens_the_room(somebody(TABLET), session)

    tablet.page.locator(f"#chip-{chip}").tap()

    tablet.page.locator(f"#chip-{chip}[aria-pressed=true]").wait_for()
    assert row(tablet, people[shown]).is_visible()
    kinds = tablet.page.locator(".row:not(.is-out)").evaluate_all(
        "rows => rows.map((row) => row.dataset.situation.split(' '))"
    )
    assert len(kinds) < 20
    assert all(chip in kind for kind in kinds)
    tablet.look()


def test_a_row_that_changes_stays_in_sight_until_the_chip_is_pressed_again(
    session, others, somebody
):
    tablet = opens_the_room(somebody(TABLET), session)
    tablet.page.locator("#chip-present").tap()
    nguyen = others[1]

    tablet.page.locator(f"#tick-{nguyen.pk}").tap()
    tablet.page.locator(f"#tick-{nguyen.pk}[aria-pressed=false]").wait_for()
    assert row(tablet, nguyen).is_visible()

    tablet.page.locator("#chip-present").tap()
    row(tablet, nguyen).wait_for(state="hidden")


def test_who_comes_to_be_what_a_chip_shows_is_let_in_at_once(session, simon, others, somebody):
    tablet = opens_the_room(somebody(TABLET), session)
    tablet.page.locator("#chip-todo").tap()
    row(tablet, simon.candidate).wait_for(state="hidden")

    asks(simon)

    row(tablet, simon.candidate).wait_for()
    assert in_sight(tablet) == [str(simon.candidate)]
    tablet.look()


def test_beside_a_chip_no_other_count_is_told(session, others, somebody):
    candidates = [room_states.enrolled(session, (name, "Faye")) for name in ("Bernier", "Bernard")]
    tablet = opens_the_room(somebody(TABLET), session)
    tablet.page.locator("#chip-absent", has_text="Absents 2").tap()

    tablet.page.locator(f"#tick-{candidates[0].pk}").tap()
    tablet.page.locator("#chip-absent", has_text="Absents 1").wait_for()

    assert len(in_sight(tablet)) == 2
    assert tablet.page.locator("#found").inner_text() == ""
    tablet.page.get_by_label("Chercher un candidat par son nom").fill("bernar")
    tablet.page.locator("#found", has_text="1 trouvé").wait_for()


def test_the_menu_of_the_room_offers_what_the_room_calls_for(session, somebody):
    candidate = room_states.enrolled(session, ("Bernier", "Faye"))
    tablet = opens_the_room(somebody(TABLET), session)
    entries = tablet.page.locator("#room-menu > div > :is(a, button):visible")
    tablet.page.locator("#room-menu-button").tap()
    entries.filter(has_text="Code donné").wait_for()
    shown = entries.all_inner_texts()
    assert "Ajouter du temps à plusieurs" not in shown
    assert shown[-1] == "Terminer les tests au temps dépassé"

    actions.set_presence(candidate, present=True, by=UserFactory())
    actions.note_code_given(session, by=UserFactory())

    entries.filter(has_text="Ajouter du temps à plusieurs").wait_for()
    tablet.page.get_by_role("link", name="Corriger l’heure du code donné").tap()
    tablet.page.get_by_role("heading", name="Corriger l’heure du code donné").wait_for()
    tablet.look()


# --- What a row tells -----------------------------------------------------------------------------

FACTS = (".question", ".start", ".own-end", ".left")
# Of each running row, how far from its left each fact is, and how many lines they make.
PLACES = """facts => [...document.querySelectorAll(".row:has(.question)")].map((row) => {
  const shown = facts.map((fact) => row.querySelector(fact)).filter((fact) => fact.checkVisibility());
  const boxes = shown.map((fact) => fact.getBoundingClientRect());
  const { left } = row.getBoundingClientRect();
  return [boxes.map((box) => Math.round(box.x - left)), new Set(boxes.map((box) => Math.round(box.y))).size];
})"""
HEIGHT = """row => row.querySelector(".row-body").getBoundingClientRect().height"""
LEAST_TEXT = """() => Math.min(...[...document.querySelectorAll(".row-body *")]
  .filter((each) => each.checkVisibility())
  .map((each) => parseFloat(getComputedStyle(each).fontSize)))"""
TWO_LINES, THREE_LINES = 48, 66
COLUMNS = {"landscape": (1024, 768), "wide": (1180, 820), "desk": (1280, 900)}
PHONE = {**TABLET, "viewport": {"width": 360, "height": 740}}


def on(size):
    width, height = size
    return {**TABLET, "viewport": {"width": width, "height": height}}


@pytest.mark.parametrize("screen", COLUMNS)
def test_every_running_row_tells_its_question_its_hours_and_its_time_in_the_same_places(
    bank, somebody, screen
):
    session, _people = room_states.room_of_twenty()
    tablet = opens_the_room(somebody(on(COLUMNS[screen])), session)

    rows = tablet.page.evaluate(PLACES, FACTS)

    places = {tuple(place) for place, _lines in rows}
    assert len(rows) == 12
    assert len(places) == 1
    assert len(places.pop()) == len(FACTS)
    assert {lines for _place, lines in rows} == {1}
    for room_end in tablet.page.locator(".row .room-end").all():
        assert room_end.is_visible()


@pytest.mark.parametrize("screen", COLUMNS)
@pytest.mark.parametrize("who", ["majored", "silent", "asks", "problem", "overdue", "ended"])
def test_whatever_its_state_a_row_of_two_columns_takes_two_lines(bank, somebody, screen, who):
    session, people = room_states.room_of_twenty()
    tablet = opens_the_room(somebody(on(COLUMNS[screen])), session)

    found = row(tablet, people[who])

    assert found.locator(".birth").is_visible()
    assert found.evaluate(HEIGHT) <= TWO_LINES
    assert tablet.page.evaluate(LEAST_TEXT) >= 13


def test_the_frame_of_a_silent_row_is_dashed_without_colours_too(bank, somebody):
    session, people = room_states.room_of_twenty()
    tablet = opens_the_room(somebody({**LANDSCAPE, "forced_colors": "active"}), session)

    badge = row(tablet, people["silent"]).locator(".badge")

    assert badge.evaluate("badge => getComputedStyle(badge).borderTopStyle") == "dashed"


def test_what_waits_to_be_sent_leaves_the_facts_of_its_row_in_their_places(
    session, simon, somebody
):
    tablet = opens_the_room(somebody(LANDSCAPE), session)
    found = row(tablet, simon.candidate)
    before = found.locator(".question").bounding_box()["x"]
    dialog = asks_for(tablet, simon.candidate, "end")

    tablet.context.set_offline(True)
    dialog.locator("button.primary").click()

    found.locator(".unsent").wait_for(state="attached")
    assert found.locator(".question").bounding_box()["x"] == before


def test_a_long_double_name_is_read_whole_beside_its_birth_date(bank, somebody):
    session, people = room_states.room_of_twenty()
    tablet = opens_the_room(somebody(LANDSCAPE), session)

    found = row(tablet, people["running"])

    assert found.locator(".birth").is_visible()
    assert found.evaluate(HEIGHT) <= THREE_LINES
    box, name = (each.bounding_box() for each in (found, found.locator(".name")))
    assert name["x"] + name["width"] <= box["x"] + box["width"] - 44


def test_a_silent_row_takes_three_lines_of_a_phone(bank, somebody):
    session, people = room_states.room_of_twenty()
    phone = opens_the_room(somebody(PHONE), session)

    found = row(phone, people["silent"])

    assert "déconnecté depuis" in found.locator(".badge").inner_text()
    assert found.locator(".birth").is_visible()
    assert found.evaluate(HEIGHT) <= THREE_LINES
    assert phone.page.evaluate(LEAST_TEXT) >= 13


def test_a_birth_date_at_the_end_of_the_second_line_lies_on_nothing(bank, somebody):
    session, by = ExamSessionFactory(), UserFactory()
    for name in (("Dupont", "Paul"), ("Dupont", "Martine")):
        room_states.at_work(session, name, by=by)
    majored = room_states.at_work(session, ("Éluard", "Inès"), by=by, extra_time_percent=10)
    room_states.late(majored)
    absent = room_states.enrolled(session, ("Arago", "Ida"), extra_time_percent=33)
    tablet = opens_the_room(somebody(LANDSCAPE), session)

    assert tablet.page.locator(".row:has(.homonym, .extra-time)").count() == 4
    for found in tablet.page.locator(".row").all():
        assert lies_on(found) == []
    badge, birth = (row(tablet, absent).locator(part) for part in (".badge", ".birth"))
    assert birth.bounding_box()["x"] < badge.bounding_box()["x"]


def lies_on(found):
    """The texts of the row that its birth date covers."""
    return found.evaluate(
        """row => {
          const birth = row.querySelector(".birth").getBoundingClientRect();
          return [...row.querySelectorAll(".name, .badge, .homonym, .extra-time, .sub > *")]
            .map((each) => [each.className, each.getBoundingClientRect()])
            .filter(([, box]) => box.left < birth.right - 1 && box.right > birth.left + 1
              && box.top < birth.bottom - 3 && box.bottom > birth.top + 3)
            .map(([name]) => name);
        }"""
    )


# --- The group on top -----------------------------------------------------------------------------


def test_who_asks_comes_on_top_with_a_sound_and_the_count_in_the_title(session, simon, somebody):
    tablet = somebody(TABLET)
    tablet.page.add_init_script(COUNT_TONES)
    opens_the_room(tablet, session)
    tablet.page.locator("#find").tap()

    asks(simon)

    tablet.page.locator(f"#ask-{simon.candidate_id}").wait_for()
    tablet.page.wait_for_function("() => window.tones > 0")
    assert tablet.page.title().startswith("(1) ")
    assert in_sight(tablet) == ["DURAND Simon"]
    tablet.look()


def test_while_the_room_reads_the_code_a_demand_is_counted_there_with_a_sound(
    session, simon, somebody
):
    """No touch on that page: the one that led to it is enough."""
    tablet = opens_the_room(somebody(TABLET), session)
    tablet.page.add_init_script(COUNT_TONES)
    tablet.page.get_by_role("link", name="Code à donner").tap()
    tablet.page.locator("#access-code").wait_for()
    tablet.look()

    asks(simon)

    tablet.page.locator("#demands").get_by_text("1 demande attend").wait_for()
    tablet.page.wait_for_function("() => window.tones > 0 && window.audio.state === 'running'")
    assert "DURAND" not in tablet.page.locator("body").inner_text()
    tablet.look()
    tablet.page.get_by_role("link", name="Retour à la liste").tap()
    tablet.page.locator(f"#ask-{simon.candidate_id}").wait_for()


def test_the_screen_of_the_code_says_when_the_tablet_is_cut_off(session, simon, somebody):
    tablet = opens_the_room(somebody(TABLET), session)
    tablet.page.get_by_role("link", name="Code à donner").tap()
    said = tablet.page.get_by_text("Tablette coupée du réseau")
    tablet.page.locator("#access-code").wait_for()
    assert not said.is_visible()

    tablet.context.set_offline(True)
    said.wait_for()
    tablet.faults.clear()
    tablet.look()
    asks(simon)
    tablet.context.set_offline(False)

    said.wait_for(state="hidden")
    tablet.page.locator("#demands").get_by_text("1 demande attend").wait_for()


def test_the_screen_of_the_code_asks_as_soon_as_it_is_looked_at(session, simon, somebody):
    tablet = opens_the_room(somebody(TABLET), session)
    tablet.page.get_by_role("link", name="Code à donner").tap()
    tablet.page.locator("#access-code").wait_for()
    tablet.page.clock.install()
    tablet.page.reload()
    tablet.page.locator("#access-code").wait_for()
    stops_the_clock(tablet)
    asks(simon)

    tablet.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    tablet.page.locator("#demands").get_by_text("1 demande attend").wait_for()


def test_a_sound_that_the_browser_held_back_is_not_kept_for_later(session, simon, somebody):
    tablet = somebody(TABLET)
    tablet.page.add_init_script(COUNT_TONES + HOLD_THE_SOUND)
    opens_the_room(tablet, session)

    asks(simon)

    tablet.page.locator(f"#ask-{simon.candidate_id}").wait_for()
    assert tablet.page.evaluate("window.tones") == 0


def test_a_card_follows_the_minutes_given_on_another_tablet_without_a_sound(
    session, simon, somebody
):
    asks(simon)
    tablet = somebody(TABLET)
    tablet.page.add_init_script(COUNT_TONES)
    opens_the_room(tablet, session)
    tablet.page.locator("#find").tap()
    card = tablet.page.locator(f"#ask-{simon.candidate_id}")
    before = card.locator("time").get_attribute("data-deadline")

    actions.set_extra_time(simon.candidate, percent=33, by=UserFactory())

    card.locator(f"time:not([data-deadline='{before}'])").wait_for()
    assert tablet.page.evaluate("window.tones") == 0
    shown = tablet.page.locator("#asks").get_attribute("data-shown")
    with tablet.page.expect_request(lambda request: f"&s={shown}" in request.url):
        pass


def test_a_card_counts_the_wait_for_its_answer(session, simon, somebody):
    asks(room_states.silent(simon, lasts=timedelta(minutes=2, seconds=30)).attempt)
    tablet = somebody(TABLET)
    tablet.page.clock.install()
    opens_the_room(tablet, session)
    card = tablet.page.locator(f"#ask-{simon.candidate_id}")
    assert "coupure 3\u00a0min" in card.inner_text()

    tablet.page.clock.fast_forward(10 * 60_000)

    waited = card.locator(".waits", has_text="+ attente 1")
    waited.wait_for()
    minutes = int("".join(filter(str.isdigit, waited.inner_text())))
    assert minutes in (10, 11)
    assert card.locator(".more").inner_text().startswith(f"Autoriser +\u00a0{3 + minutes}\u00a0min")


WITHIN_THE_CARD = """card => [...card.querySelectorAll(".is-authorise, .is-refuse")].map((button) => {
    const [outer, inner] = [card, button].map((each) => each.getBoundingClientRect());
    return [inner.x - outer.x, inner.y - outer.y, inner.width, inner.height];
})"""


def test_the_first_minute_lost_moves_no_button_of_the_card(session, simon, somebody):
    asks(simon)
    tablet = somebody(TABLET)
    tablet.page.clock.install()
    opens_the_room(tablet, session)
    card = tablet.page.locator(f"#ask-{simon.candidate_id}")
    before = card.evaluate(WITHIN_THE_CARD)
    assert len(before) == 2
    assert not card.locator(".more").is_visible()

    tablet.page.clock.fast_forward(60_000)

    card.locator(".more:visible").wait_for()
    assert card.evaluate(WITHIN_THE_CARD) == before


def test_the_sound_turned_off_stays_off_after_a_reload(session, simon, somebody):
    tablet = somebody(TABLET)
    tablet.page.add_init_script(COUNT_TONES)
    opens_the_room(tablet, session)
    tablet.page.locator("#room-menu-button").tap()
    tablet.page.get_by_role("button", name="Couper le son des demandes").tap()
    tablet.reads("Le son des demandes est coupé.")
    assert tablet.page.evaluate("document.activeElement.id") == "room-menu-button"

    tablet.page.reload()
    tablet.page.locator("#find").tap()
    asks(simon)

    tablet.page.locator(f"#ask-{simon.candidate_id}").wait_for()
    assert tablet.page.evaluate("window.tones") == 0
    tablet.page.locator("#room-menu-button").tap()
    tablet.page.get_by_role("button", name="Remettre le son des demandes").wait_for()


def test_the_group_waits_while_a_finger_rests_on_the_list(session, simon, others, somebody):
    tablet = opens_the_room(somebody(LANDSCAPE), session)
    box = row(tablet, others[0]).bounding_box()
    tablet.page.mouse.move(box["x"] + 100, box["y"] + 20)
    tablet.page.mouse.down()

    asks(simon)
    with tablet.page.expect_response(lambda answer: "/live" in answer.url and answer.status == 200):
        pass
    assert row(tablet, others[0]).bounding_box()["y"] == box["y"]

    tablet.page.mouse.up()
    tablet.page.locator(f"#ask-{simon.candidate_id}").wait_for()


def meets(tablet, control):
    """What a finger that comes down there meets at the moment when the list has just moved."""
    return tablet.page.evaluate_handle(
        """(selector) => new Promise((resolve, reject) => {
          const board = document.getElementById("board");
          const moves = new MutationObserver(() => {
            if (!board.matches(".is-moved")) return;
            const box = document.querySelector(selector).getBoundingClientRect();
            moves.disconnect();
            resolve(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
          });
          setTimeout(() => reject(new Error("it never moved")), 15000);
          moves.observe(board, { attributeFilter: ["class"] });
        })""",
        control,
    )


def test_what_has_just_moved_is_not_pressed(session, simon, others, somebody):
    tablet = opens_the_room(somebody(TABLET), session)
    before = row(tablet, others[0]).bounding_box()["y"]
    asks(simon)

    met = meets(tablet, f"#tick-{others[0].pk}")

    assert not met.evaluate("met => Boolean(met.closest('#board'))")
    assert row(tablet, others[0]).bounding_box()["y"] > before
    row(tablet, others[0]).locator(".tick").tap()  # as soon as it can be
    tablet.page.locator(f"#tick-{others[0].pk}[aria-pressed=false]").wait_for()


def test_whoever_is_in_the_list_keeps_it_and_is_told_that_somebody_asks(bank, somebody):
    session, people = room_states.room_of_twenty()
    tablet = opens_the_room(
        somebody({**TABLET, "viewport": {"width": 768, "height": 600}}), session
    )
    tablet.page.evaluate(
        """() => scrollTo(0, document.querySelector(".row:nth-child(4)").getBoundingClientRect().top
          - document.querySelector(".board-sticky").offsetHeight)"""
    )
    told = tablet.page.get_by_role("link", name="2 demandes")
    told.wait_for()
    before = row(tablet, people["overdue"]).bounding_box()["y"]

    asks(people["running"].attempt)

    told = tablet.page.get_by_role("link", name="3 demandes")
    told.wait_for()
    tablet.look()
    assert abs(row(tablet, people["overdue"]).bounding_box()["y"] - before) < 1
    told.tap()
    tablet.page.get_by_role("heading", name="Demandent une réponse").wait_for()
    told.wait_for(state="hidden")


AFTER_ITS_LETTERS = """() => document.fonts.ready.then(
  () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"""


HAS_GROWN_AND_NOT_MOVED = """([rank, before, above]) => {
  const rows = document.querySelectorAll(".row");
  const moved = rows[rank].getBoundingClientRect().top - before;
  return rows[0].offsetHeight > above + 50 && Math.abs(moved) < 1;
}"""


def test_a_row_that_grows_above_moves_no_row_that_is_read(bank, somebody):
    session, _people = room_states.room_of_twenty()
    phone = opens_the_room(somebody({**TABLET, "viewport": {"width": 360, "height": 740}}), session)
    phone.page.wait_for_load_state()
    phone.page.evaluate(AFTER_ITS_LETTERS)
    phone.page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
    phone.page.get_by_role("link", name="2 demandes").wait_for()  # the scroll was noted
    rows = phone.page.locator(".row")
    rank = phone.page.evaluate(
        "() => [...document.querySelectorAll('.row')].findIndex((row) => row.getBoundingClientRect().top > 200)"
    )
    before = rows.nth(rank).bounding_box()["y"]
    above = rows.nth(0).bounding_box()["height"]

    phone.page.evaluate("document.querySelector('.row .row-body').style.paddingBottom = '60px'")

    phone.page.wait_for_function(
        HAS_GROWN_AND_NOT_MOVED,
        arg=[rank, before, above],
    )


# As of a page that nobody has touched: the browsers of the suite play all that they are given.
HOLD_THE_SOUND = """
Object.defineProperty(AudioContext.prototype, "state", { get: () => "suspended" });
AudioContext.prototype.resume = () => new Promise(() => {});
"""


NOTE_THE_GUARD = """addEventListener("DOMContentLoaded", () => {
  window.guarded = 0;
  const note = () => { if (document.querySelector("#board.is-moved")) window.guarded += 1; };
  new MutationObserver(note).observe(document.body, { subtree: true, attributes: true });
});"""


def test_a_page_whose_letters_come_late_can_be_pressed_at_once(session, others, somebody):
    tablet, late, opened = somebody(TABLET), [], []
    opens_the_room(tablet, session)
    tablet.page.add_init_script(NOTE_THE_GUARD)
    tablet.page.route(
        "**/*.woff2*", lambda route: route.continue_() if opened else late.append(route)
    )
    tablet.page.goto(tablet.page.url, wait_until="commit")
    tablet.page.wait_for_function("() => window.guarded === 0")  # its scripts are there
    # As wider letters do.
    tablet.page.evaluate("document.getElementById('rows').style.marginTop = '3rem'")
    opened.append(True)
    for font in late:
        font.continue_()
    tablet.page.wait_for_load_state()
    tablet.page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")

    assert late
    assert tablet.page.evaluate("window.guarded") == 0


def test_what_is_said_has_a_region_that_was_there_before(session, others, somebody):
    """One that comes with its text is not read aloud."""
    region = opens_the_room(somebody(TABLET), session).page.locator("#status:empty")

    assert region.evaluate("region => getComputedStyle(region).display") != "none"


# --- Taken back -----------------------------------------------------------------------------------


def stops_the_clock(tablet):
    tablet.page.clock.pause_at(tablet.page.evaluate("Date.now() / 1000 + 1"))


def test_a_presence_ticked_by_mistake_is_taken_back_for_five_seconds(session, others, somebody):
    candidate = room_states.enrolled(session, ("Bernier", "Faye"))
    tablet = somebody(TABLET)
    tablet.page.clock.install()
    opens_the_room(tablet, session)
    stops_the_clock(tablet)

    row(tablet, candidate).tap(position={"x": 200, "y": 12})
    undo = tablet.page.locator("#status").get_by_role("button", name="Annuler")
    undo.tap()

    tablet.page.locator(f"#tick-{candidate.pk}[aria-pressed=false]").wait_for()
    tablet.reads("La présence de BERNIER Faye est retirée.")
    undo.wait_for(state="detached")


def test_the_presence_may_be_taken_back_for_five_seconds_and_no_longer(session, somebody):
    candidate = room_states.enrolled(session, ("Bernier", "Faye"))
    tablet = somebody(TABLET)
    tablet.page.clock.install()
    opens_the_room(tablet, session)
    stops_the_clock(tablet)

    row(tablet, candidate).tap(position={"x": 200, "y": 12})
    undo = tablet.page.locator("#status").get_by_role("button", name="Annuler")
    undo.wait_for()

    tablet.page.clock.run_for(4500)
    assert undo.is_visible()
    tablet.page.clock.run_for(3500)
    undo.wait_for(state="detached")
    tablet.page.locator(f"#tick-{candidate.pk}[aria-pressed=true]").wait_for()


def test_a_dialog_holds_back_what_may_be_taken_back(session, others, somebody):
    candidate = room_states.enrolled(session, ("Bernier", "Faye"))
    tablet = somebody(TABLET)
    tablet.page.clock.install()
    opens_the_room(tablet, session)
    stops_the_clock(tablet)
    row(tablet, candidate).tap(position={"x": 200, "y": 12})
    undo = tablet.page.locator("#status").get_by_role("button", name="Annuler")
    undo.wait_for()
    tablet.page.locator("#leave").tap()
    tablet.page.locator("#dialog dialog").wait_for(state="attached")
    tablet.page.clock.run_for(200)
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()
    assert not undo.is_visible()

    # Longer than it is offered, and not so long that a slow machine seems to be cut off.
    tablet.page.clock.run_for(6000)
    dialog.get_by_role("link", name="Rester").tap()

    undo.wait_for()
    tablet.page.clock.run_for(4500)
    assert undo.is_visible()
    tablet.page.clock.run_for(3500)
    undo.wait_for(state="detached")


def test_what_offers_nothing_leaves_though_a_window_is_open(session, others, somebody):
    tablet = somebody(TABLET)
    tablet.page.clock.install()
    opens_the_room(tablet, session)
    tablet.page.locator("#leave").tap()
    tablet.page.get_by_role("dialog").wait_for()
    tablet.context.set_offline(True)
    tablet.page.get_by_text("Cette tablette est coupée du réseau").wait_for()
    tablet.context.set_offline(False)
    said = tablet.page.locator("#status", has_text="Connexion rétablie.")
    said.wait_for(state="attached")

    tablet.page.clock.run_for(8000)

    said.wait_for(state="detached")
    assert tablet.page.get_by_role("dialog").is_visible()


# --- How often it asks ----------------------------------------------------------------------------

NOTE_THE_DELAYS = """() => {
  window.chance = 0;
  Math.random = () => window.chance;
  window.delays = [];
  const later = window.setTimeout;
  window.setTimeout = (what, ms, ...rest) => {
    if (what.name === "poll" && ms >= 1000) window.delays.push(ms);
    return later(what, ms, ...rest);
  };
}"""


def next_delay(tablet, chance):
    """How long the tablet waits for its next poll when the dice say so."""
    seen = tablet.page.evaluate(
        "chance => { window.chance = chance; return window.delays.length; }", chance
    )
    tablet.page.clock.fast_forward(12_000)
    tablet.page.wait_for_function("seen => window.delays.length > seen", arg=seen)
    return tablet.page.evaluate("window.delays.at(-1)")


def test_tablets_that_open_together_do_not_ask_together_nor_after_a_cut(session, others, somebody):
    tablet = somebody(TABLET)
    tablet.page.clock.install()
    opens_the_room(tablet, session)
    tablet.page.evaluate(NOTE_THE_DELAYS)

    soonest, latest = next_delay(tablet, 0), next_delay(tablet, 1)
    assert 1500 <= soonest < latest <= 2000
    assert latest - soonest >= 300

    tablet.context.set_offline(True)
    cut = [next_delay(tablet, 0) for _failure in range(3)]
    assert cut == sorted(cut)
    assert next_delay(tablet, 1) - next_delay(tablet, 0) >= 1500


# --- The others of the room -----------------------------------------------------------------------


def test_who_else_watches_is_named_and_what_he_did_is_told(session, others, somebody):
    marie = UserFactory(first_name="Marie", last_name="Curie")
    tablet = opens_the_room(somebody(TABLET), session)
    colleague = opens_the_room(somebody(TABLET), session)
    colleague.reads("Avec vous")
    candidate = room_states.enrolled(session, ("Bernier", "Faye"))

    actions.set_presence(candidate, present=True, by=marie)

    tablet.page.locator(f"#tick-{candidate.pk}[aria-pressed=true]").wait_for()
    colleague.page.locator(f"#tick-{candidate.pk}[aria-pressed=true]").wait_for()
    assert "Avec vous" in colleague.page.locator("#watchers").inner_text()
    tablet.page.locator(f"#menu-button-{candidate.pk}").tap()
    tablet.page.locator(f"#history-{candidate.pk}").tap()
    dialog = tablet.page.get_by_role("dialog")
    dialog.get_by_text("par Marie CURIE").first.wait_for()
    assert "Présence notée à" in dialog.inner_text()
    tablet.look()
