"""One question of each kind, answered with the keyboard alone; its clock; and no way back."""

import re

import pytest
from playwright.sync_api import expect

from exam.enums import Outcome
from exam.models import Answer, Attempt, Question, QuestionProblem
from invigilation import actions as invigilation_actions
from tests.e2e.keyboard import Keyboard
from tests.e2e.sitting import (
    ENLARGED,
    MOVES,
    PHONE_320,
    WIDE_DARK,
    candidate_of,
    is_at,
    looks_closely,
    sits,
)
from tests.e2e.sitting import arrives as clock_moves_until
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

SINGLE, SEVERAL, TEXT, NUMBER = "1.2-03", "1.2-04", "4.2-06", "1.2-02"
IMAGE, FILE, LINK, TIMED, PASSED = "1.1-01", "1.2-05", "1.1-04", "2.1-06", "4.1-02"
BEAT_MS = 25_000


@pytest.mark.parametrize(
    "screen", [PHONE_320, ENLARGED, WIDE_DARK], ids=["phone", "enlarged-forced", "wide-dark"]
)
def test_every_kind_of_question_by_the_keyboard_alone(transactional_db, somebody, screen):
    kinds = SINGLE, SEVERAL, TEXT, NUMBER, IMAGE, FILE, LINK, TIMED, PASSED
    candidate = candidate_of(*kinds, extra_time_percent=33)
    person = sits(somebody(screen), candidate)
    keys = Keyboard(person)

    arrives(person, 1)
    keys.choose("Une seule réponse", "2026-03-09_reunion")
    validates(keys)

    arrives(person, 2)
    ticks(keys, ".7z")
    ticks(keys, ".zip")
    validates(keys)

    arrives(person, 3)
    keys.type_in("Votre réponse", "Cnil")
    validates(keys)

    arrives(person, 4)
    keys.type_in("Votre réponse (un nombre)", "6,0")
    validates(keys)

    arrives(person, 5)
    image = person.page.get_by_role("img", name="Page de résultats d’un moteur de recherche")
    image.wait_for()
    person.page.wait_for_function("() => document.querySelector('#question img').naturalWidth > 0")
    keys.choose("Une seule réponse", "Le résultat C")
    validates(keys)

    arrives(person, 6)
    assert b"Orvigny" in keys.download("Télécharger le fichier").read_bytes()
    keys.type_in("Votre réponse", "Orvigny")
    validates(keys)

    arrives(person, 7)
    with person.context.expect_page() as opened:
        keys.follow("Ouvrir le site")
    opened.value.get_by_role("heading", level=1).wait_for()
    opened.value.close()
    keys.type_in("Votre réponse", "17h")
    validates(keys)

    arrives(person, 8)
    keys.press("Commencer la question")
    person.page.locator("#statement:focus", has_text="Quels moyens").wait_for()
    looks_closely(person)
    assert re.search(r"1 min [12]\d s", person.page.locator(".limit").inner_text())
    ticks(keys, "Le courriel")
    ticks(keys, "Le forum de discussion")
    validates(keys)

    arrives(person, 9)
    keys.press("Je passe")

    person.page.locator("h1:focus", has_text="Test terminé").wait_for()
    looks_closely(person)
    outcomes = list(Answer.objects.order_by("number").values_list("outcome", flat=True))
    assert outcomes == [Outcome.RIGHT] * 8 + [Outcome.PASSED]


def arrives(person, number):
    """The question is there with the focus on its words, sound in every way, and nothing moves."""
    is_at(person, number)
    looks_closely(person)
    assert person.page.evaluate(MOVES) == 0
    if number > 1:
        person.page.locator("#statement:focus").wait_for()


def ticks(keys, choice):
    box = keys.page.get_by_role("checkbox", name=choice, exact=True)
    keys.tab_to(box)
    keys.page.keyboard.press("Space")
    assert box.is_checked()


def validates(keys):
    keys.press("Je valide")


# The clock of a timed question


def test_the_clock_of_a_question_follows_an_extra_time_set_meanwhile(transactional_db, somebody):
    candidate = candidate_of(TIMED, SINGLE)
    Question.objects.filter(key=TIMED).update(time_limit=3000)
    person = sits(somebody(PHONE_320), candidate)
    person.begins_the_question()
    person.page.locator(".limit").get_by_text("49 min").wait_for()

    invigilation_actions.set_extra_time(candidate, percent=100, by=UserFactory())

    person.page.locator(".limit").get_by_text("99 min").wait_for(timeout=BEAT_MS)


IN_SIGHT = """() => {
  const limit = document.querySelector("[data-limit]");
  const { left, top, width, height } = limit.getBoundingClientRect();
  return limit.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""


@pytest.mark.parametrize("screen", [PHONE_320, ENLARGED], ids=["phone", "enlarged-forced"])
def test_the_clock_of_a_question_stays_in_sight_and_hides_nothing(
    transactional_db, somebody, screen
):
    person = sits(somebody(screen), candidate_of("3.1-05"))
    person.begins_the_question()
    # What comes above moves what has the focus.
    person.page.wait_for_function(
        "() => [...document.images].every((image) => image.complete || !image.getClientRects().length)"
    )
    keys = Keyboard(person)

    keys.tab_to(person.page.get_by_role("link", name="Signaler un problème"))

    assert person.page.evaluate(IN_SIGHT)
    keys.back_to(person.page.get_by_role("button", name="Je passe"))
    person.page.route("**/test/reponse", lambda route: route.abort())
    keys.press("Je passe")
    person.page.locator("#alert").get_by_text("n’est pas encore enregistrée").wait_for()
    person.page.wait_for_function(IN_SIGHT)
    person.faults.clear()
    looks_closely(person)


def test_the_clock_that_ran_out_says_what_to_do(transactional_db, somebody):
    candidate = candidate_of(TIMED, SINGLE)
    Question.objects.filter(key=TIMED).update(time_limit=1)
    person = sits(somebody(PHONE_320), candidate)
    person.begins_the_question()

    person.page.locator(".limit.over").get_by_text("cliquez sur « Je passe »").wait_for()
    expect(person.page.locator("#answer .primary")).to_have_text("Je passe")
    looks_closely(person)


def test_the_clock_that_ran_out_in_a_cut_leaves_the_answer_to_be_validated(
    transactional_db, somebody
):
    person = begins_a_minute(somebody(PHONE_320))
    person.page.route("**/test/signe*", lambda route: route.abort())

    ends(person, "votre réponse peut encore compter")
    expect(person.page.locator("#answer .primary")).to_have_text(re.compile("^Je valide"))

    person.page.unroute("**/test/signe*")
    ends(person, "cliquez sur « Je passe »")
    expect(person.page.locator("#answer .primary")).to_have_text("Je passe")

    # Cut off too late.
    person.page.route("**/test/signe*", lambda route: route.abort())
    clock_moves_until(person, person.page.locator("#alert", has_text="Connexion interrompue"))
    person.page.clock.fast_forward(2000)
    expect(person.page.locator("#answer .primary")).to_have_text("Je passe")


def test_an_answer_that_waits_to_be_sent_when_the_time_is_over_is_not_to_be_passed(
    transactional_db, somebody
):
    person = begins_a_minute(somebody(PHONE_320))
    person.page.route("**/test/*", lambda route: route.abort())
    person.page.locator("#answer :is([type=radio], [type=checkbox])").first.check()
    person.page.get_by_role("button", name="Je valide").click()

    ends(person, "votre réponse attend de partir")
    expect(person.page.locator("#answer .primary")).to_have_text(re.compile("^Je valide"))


def begins_a_minute(person):
    candidate = candidate_of(TIMED, SINGLE)
    Question.objects.filter(key=TIMED).update(time_limit=60)
    person.page.clock.install()
    sits(person, candidate)
    person.begins_the_question()
    return person


def ends(person, sentence):
    clock_moves_until(person, person.page.locator(".limit.over", has_text=sentence))


def test_the_clock_of_a_question_begins_by_the_press_and_outlives_a_reload(
    transactional_db, somebody
):
    person = sits(somebody(PHONE_320), candidate_of(TIMED, SINGLE))
    person.page.reload()
    person.page.get_by_role("heading", name="Question chronométrée").wait_for()
    assert Attempt.objects.get().question_shown_at is None
    looks_closely(person)

    Keyboard(person).press("Commencer la question")

    person.page.locator("#statement:focus", has_text="Quels moyens").wait_for()
    begun_at = Attempt.objects.get().question_shown_at
    person.page.reload()
    person.page.locator(".limit").wait_for()
    assert Attempt.objects.get().question_shown_at == begun_at


def test_a_press_that_was_not_heard_is_sent_again_by_itself(transactional_db, somebody):
    person = sits(somebody(PHONE_320), candidate_of(TIMED, SINGLE))
    person.page.route("**/test/commencer", lambda route: route.abort(), times=1)

    person.press("Commencer la question")

    person.page.locator("#alert").get_by_text("elle s’ouvrira toute seule").wait_for()
    person.page.locator(".limit").wait_for()
    expect(person.page.locator("#alert")).to_be_empty()


def test_a_press_that_nobody_hears_for_a_minute_waits_for_another(transactional_db, somebody):
    person = somebody(PHONE_320)
    person.page.clock.install()
    sits(person, candidate_of(TIMED, SINGLE))
    person.page.route("**/test/commencer", lambda route: route.abort())
    person.press("Commencer la question")

    clock_moves_until(person, person.page.locator("#alert", has_text="Appuyez de nouveau"))
    person.page.unroute("**/test/commencer")
    person.page.clock.fast_forward(60_000)
    assert Attempt.objects.get().question_shown_at is None

    person.press("Commencer la question")
    person.page.locator(".limit").wait_for()


# Before its clock


def test_before_its_clock_a_problem_is_told_then_it_is_passed_by_the_keyboard_alone(
    transactional_db, somebody
):
    person = sits(somebody(PHONE_320), candidate_of(TIMED, SINGLE))
    keys = Keyboard(person)
    keys.follow("Signaler un problème")
    keys.type_in("Que se passe-t-il ?", "Je n’entends rien")
    keys.press("Prévenir mon surveillant")
    person.page.locator("#statement:focus", has_text="Votre surveillant a été prévenu").wait_for()
    looks_closely(person)

    problem = QuestionProblem.objects.get()
    invigilation_actions.reject_problem(problem, word="Mettez le casque.", by=UserFactory())

    person.page.locator("#decided:focus", has_text="Mettez le casque.").wait_for()
    person.page.get_by_role("heading", name="Question chronométrée").wait_for()
    looks_closely(person)
    keys.press("Je passe")
    arrives(person, 2)
    assert Answer.objects.get().outcome == Outcome.PASSED


def test_a_pass_that_was_not_heard_before_the_clock_is_sent_again_and_nothing_begins_meanwhile(
    transactional_db, somebody
):
    person = sits(somebody(PHONE_320), candidate_of(TIMED, SINGLE))
    person.page.route("**/test/reponse", lambda route: route.abort(), times=1)

    person.press("Je passe")

    person.page.locator("#alert").get_by_text("elle partira toute seule").wait_for()
    expect(person.page.locator("#begin")).to_be_disabled()
    person.page.keyboard.press("Tab")
    is_at(person, 2)
    assert Answer.objects.get().outcome == Outcome.PASSED


def test_a_question_that_was_asked_for_and_has_not_come_is_not_taken_for_seen(
    transactional_db, somebody
):
    """Its clock runs at the server, which would take a sign of life of the page for a sight of it."""
    person, beats = somebody(PHONE_320), []
    person.page.clock.install()
    sits(person, candidate_of(TIMED, SINGLE))

    def unheard(route):
        route.fetch()
        route.abort()

    person.page.route("**/test/commencer", unheard)
    person.press("Commencer la question")
    person.page.locator("#alert").get_by_text("elle s’ouvrira toute seule").wait_for()
    person.page.route("**/test/signe*", lambda route: beats.append(route) or route.continue_())

    # Longer than what it insists for, too; by the second: a beat is given up after five of them.
    for _ in range(90):
        person.page.clock.run_for(1_000)
    person.page.locator("#alert").get_by_text("Appuyez de nouveau sur le bouton").wait_for()
    assert beats == []

    # One that is on its way would hold the next back: a minute went by in a second or two.
    person.page.unroute_all(behavior="wait")
    with person.page.expect_request("**/test/signe*"):
        person.press("Commencer la question")
        person.page.locator(".limit").wait_for()


# The picture


def test_a_picture_takes_the_width_of_a_phone_and_opens_larger_over_the_answer(
    transactional_db, somebody
):
    person = sits(somebody(PHONE_320), candidate_of(IMAGE, TEXT))
    image = person.page.get_by_role("img", name="Page de résultats d’un moteur de recherche")
    image.wait_for()
    assert image.bounding_box()["width"] >= 320
    person.page.locator("label.answer").first.click()

    person.press("Agrandir l’image")

    larger = person.page.get_by_role("dialog").get_by_role("img")
    larger.wait_for()
    assert larger.bounding_box()["width"] >= 2 * 320
    looks_closely(person)
    person.page.keyboard.press("Escape")
    person.page.locator("#enlarge:focus").wait_for()
    assert person.page.get_by_role("radio").first.is_checked()

    person.page.keyboard.press("Enter")
    larger.wait_for()
    Keyboard(person).tab_to(person.page.get_by_role("button", name="Je passe"))
    larger.wait_for(state="hidden")


# No way back


def test_the_back_button_leads_to_the_current_question(transactional_db, somebody):
    person = sits(somebody(PHONE_320), candidate_of(SINGLE, SEVERAL, TEXT))
    person.press("Je passe")
    is_at(person, 2)

    person.page.go_back()

    is_at(person, 2)
    assert "/test/" in person.page.url


def test_an_old_tab_answers_nothing_twice(transactional_db, somebody):
    person = sits(somebody(PHONE_320), candidate_of(SINGLE, SEVERAL, TEXT))
    old = person.context.new_page()
    old.goto(person.page.url)
    old.locator("label.answer").first.click()
    person.press("Je passe")
    is_at(person, 2)

    old.get_by_role("button", name="Je valide").click()

    old.get_by_text("Vous avez déjà répondu à cette question").wait_for()
    old.locator("#exam-top .where").get_by_text("Question 2 /").wait_for()
    assert Answer.objects.get().outcome == Outcome.PASSED


# What was pressed


def test_a_pass_that_was_not_heard_stays_one_though_the_focus_leaves_it(transactional_db, somebody):
    person = sits(somebody(PHONE_320), candidate_of(SINGLE, SEVERAL))
    person.page.locator("label.answer").first.click()
    person.page.route("**/test/reponse", lambda route: route.abort(), times=1)
    person.press("Je passe")
    person.page.locator("#alert").get_by_text("elle partira toute seule").wait_for()

    person.page.keyboard.press("Tab")

    is_at(person, 2)
    assert Answer.objects.get().outcome == Outcome.PASSED


# Leaving


def test_leaving_with_an_answer_that_was_not_sent_warns(transactional_db, somebody):
    person = sits(somebody(PHONE_320), candidate_of(SINGLE, SEVERAL))
    person.page.locator("label.answer").first.click()

    with person.page.expect_event("dialog") as asked:
        person.page.close(run_before_unload=True)

    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert person.page.get_by_role("radio").first.is_checked()


def test_leaving_with_nothing_to_send_does_not_warn(transactional_db, somebody):
    person = sits(somebody(PHONE_320), candidate_of(SINGLE, SEVERAL))
    person.page.locator("label.answer").first.click()
    person.press("Je valide")
    is_at(person, 2)
    asked = []
    person.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    person.page.reload()

    is_at(person, 2)
    assert asked == []


@pytest.mark.parametrize("button", ["Je valide", "Je passe"])
def test_the_last_answer_leads_to_the_end_screen_without_a_question(
    transactional_db, somebody, button
):
    person = sits(somebody(PHONE_320), candidate_of(SINGLE))
    person.page.locator("label.answer").first.click()
    asked = []
    person.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    person.press(button)

    person.page.locator("h1:focus", has_text="Test terminé").wait_for()
    assert asked == []


def test_leaving_while_an_answer_is_on_its_way_warns(transactional_db, somebody):
    person = sits(somebody(PHONE_320), candidate_of(SINGLE, SEVERAL))
    person.page.route("**/test/reponse", lambda route: None)
    person.press("Je passe")
    person.page.locator("#answer[aria-busy]").wait_for()

    with person.page.expect_event("dialog") as asked:
        person.page.close(run_before_unload=True)

    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    # Closed at once, while it takes the answer, the browser dies now and then.
    expect(person.page.locator("#answer[aria-busy]")).to_have_count(1)


def test_no_frame_surrounds_the_title_of_the_end_screen(transactional_db, somebody):
    person = sits(somebody(PHONE_320), candidate_of(PASSED))

    person.press("Je passe")

    title = person.page.locator("h1:focus", has_text="Test terminé")
    expect(title).to_have_css("outline-style", "none")
