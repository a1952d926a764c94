"""The candidate behind a network that loses, cuts and hangs: four tests of 48 answers, each kept once, as given."""

import json

import pytest
from django.contrib.sessions.models import Session

from certif.audit.models import AuditEvent
from exam.enums import AttemptState, Competence, ProblemState, QuestionKind
from exam.models import Answer, Attempt, Question, QuestionProblem
from tests import situations
from tests.e2e.conftest import DESK
from tests.e2e.proxy import Fault
from tests.e2e.sitting import MOST_TRIES, arrives, question
from tests.exam.browsers import holding
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

BAD = {Fault.LOST: 0.3, Fault.UNSENT: 0.05, Fault.CUT: 0.05, Fault.HUNG: 0.01}
TYPED = "Le Petit Chaperon rouge"


@pytest.fixture
def attempt(bank):
    """The first three questions are to be answered in writing."""
    first = Question.objects.filter(competence=Competence.values[0])
    first.update(kind=QuestionKind.TEXT, choices=[], answers=["paris"])
    return situations.started(birth_name="Durand", first_name="Simon")


@pytest.fixture
def sits(somebody, network):
    def at_the_test(attempt):
        person = somebody(DESK, through=network.url)
        person.is_logged_in(attempt.candidate.user)
        name = f"seat-{attempt.candidate_id}"
        person.keeps(name, holding(attempt).cookies[name].value)
        person.page.clock.install()
        person.go(f"/certifications/{attempt.candidate_id}/test/")
        person.page.evaluate("htmx.config.timeout = 1500")
        return person

    return at_the_test


@pytest.fixture
def simon(attempt, sits):
    return sits(attempt)


def text(person):
    return person.page.get_by_label("Votre réponse")


def choice(person, rank):
    return person.page.locator(f"#answer [name=value][value='{rank}']")


def press(person, button):
    person.page.locator(f"#{button}").press("Enter")


def comes_to(person, number):
    """The question is there, and no longer about to take the focus."""
    arrives(person, question(person, number))
    if number > 1:
        arrives(person, person.page.locator("#statement:focus"))


def answers_all(person):
    """In writing, by the choice whose rank follows the number, or not at all."""
    for number in range(1, 49):
        comes_to(person, number)
        if number <= 3:
            text(person).fill(f"{TYPED} {number}")
        elif number % 7:
            choice(person, number % 3).press("Space")
        press(person, "validate" if number % 7 else "pass")
    arrives(person, person.page.get_by_role("heading", name="Test terminé"))


def expected(number):
    if number <= 3:
        return f"{TYPED} {number}"
    return [number % 3] if number % 7 else None


def kept(attempt):
    return list(attempt.answers.order_by("number").values_list("number", "value"))


ALL = [(number, expected(number)) for number in range(1, 49)]


@pytest.mark.parametrize("rank", range(4))
def test_each_answer_is_kept_once_as_it_was_given(attempt, simon, network, rank):
    network.faults = BAD

    answers_all(simon)

    attempt.refresh_from_db()
    assert kept(attempt) == ALL
    assert attempt.state == AttemptState.FINISHED
    assert AuditEvent.objects.filter(kind="attempt.finished").count() == 1
    assert network.struck(Fault.LOST) > 3


# --- Said, kept, sent again -----------------------------------------------------------------------


def test_an_answer_that_is_not_heard_is_said_not_to_be_recorded_and_cannot_change(
    attempt, simon, network
):
    text(simon).fill(TYPED)
    network.down = True

    press(simon, "validate")

    simon.page.locator("#alert").get_by_text("n’est pas encore enregistrée").wait_for()
    assert text(simon).get_attribute("readonly") is not None
    assert simon.page.locator("#pass").is_disabled()
    assert kept(attempt) == []


def test_an_answer_goes_after_a_cut_of_ten_minutes(attempt, simon, network):
    text(simon).fill(TYPED)
    network.down = True
    press(simon, "validate")
    simon.page.locator("#alert").get_by_text("n’est pas encore enregistrée").wait_for()

    for _ in range(10):
        simon.page.clock.fast_forward(60_000)
    assert text(simon).input_value() == TYPED
    network.down = False

    arrives(simon, question(simon, 2))
    simon.page.locator("#status").get_by_text("Votre réponse est enregistrée").wait_for()
    assert kept(attempt) == [(1, TYPED)]


def is_the_answer(method, path):
    return method == "POST" and path.endswith("/test/reponse")


def test_an_answer_that_waits_goes_by_itself_though_a_problem_was_pressed_and_refused(
    attempt, simon, network
):
    text(simon).fill(TYPED)
    network.strikes, network.faults = is_the_answer, {Fault.UNSENT: 1}
    press(simon, "validate")
    simon.page.locator("#alert").get_by_text("n’est pas encore enregistrée").wait_for()

    simon.page.locator("#problem").press("Enter")
    simon.page.get_by_label("Que se passe-t-il").wait_for()
    press(simon, "problem-send")
    simon.page.locator("#dialog textarea[aria-invalid=true]").wait_for()
    with simon.page.expect_request("**/test/signe"):
        simon.page.clock.fast_forward(20_000)
    network.faults = {}

    arrives(simon, question(simon, 2))
    assert kept(attempt) == [(1, TYPED)]
    assert not QuestionProblem.objects.exists()


def test_an_answer_goes_again_after_a_408_and_is_given_back_after_a_404(attempt, simon):
    statuses = [404, 408]

    def handle(route):
        route.fulfill(status=statuses.pop()) if statuses else route.continue_()

    simon.page.route("**/test/reponse", handle)
    text(simon).fill("Lyon")
    press(simon, "validate")
    simon.page.locator("#alert").get_by_text("n’est pas encore enregistrée").wait_for()

    arrives(simon, simon.page.locator("#alert").get_by_text("Cette page n’est plus à jour"))
    simon.page.locator("#answer:not([aria-busy])").wait_for()
    assert simon.page.locator("#pass").is_enabled()
    text(simon).fill(TYPED)
    press(simon, "validate")

    arrives(simon, question(simon, 2))
    assert kept(attempt) == [(1, TYPED)]


def test_a_choice_cannot_change_while_its_answer_waits(attempt, simon, network):
    situations.answer_all(attempt, value="paris", upto=3)
    simon.page.reload()
    arrives(simon, question(simon, 4))
    choice(simon, 1).press("Space")
    network.next = [Fault.LOST]
    press(simon, "validate")
    simon.page.locator("#alert").get_by_text("n’est pas encore enregistrée").wait_for()

    choice(simon, 2).press("Space")

    assert choice(simon, 1).is_checked()
    comes_to(simon, 5)
    assert attempt.answers.get(number=4).value == [1]


# --- A reload -------------------------------------------------------------------------------------


def reloads(person):
    person.page.once("dialog", lambda dialog: dialog.accept())
    person.page.reload()


def test_what_was_typed_outlives_a_reload(simon):
    text(simon).press_sequentially(TYPED)

    reloads(simon)

    simon.page.wait_for_function(
        "(typed) => document.getElementById('id_value').value === typed", arg=TYPED
    )


def test_what_was_ticked_outlives_a_reload(attempt, simon):
    situations.answer_all(attempt, value="paris", upto=3)
    reloads(simon)
    choice(simon, 2).press("Space")

    reloads(simon)

    simon.page.wait_for_function("() => document.querySelector('#answer [value=\"2\"]').checked")


def test_an_answer_that_was_kept_but_not_heard_is_not_asked_again_after_a_reload(
    attempt, simon, network
):
    text(simon).fill(TYPED)
    network.next = [Fault.LOST]
    press(simon, "validate")
    simon.page.locator("#alert").get_by_text("n’est pas encore enregistrée").wait_for()

    reloads(simon)

    arrives(simon, question(simon, 2))
    assert text(simon).input_value() == ""
    assert kept(attempt) == [(1, TYPED)]


STORED = """async () => JSON.stringify([
  {...localStorage}, {...sessionStorage}, (await indexedDB.databases()).map((base) => base.name),
])"""
ITS_PATH = "htmx-current-path-for-history"


def test_nothing_is_written_in_the_storage_of_the_browser(attempt, simon, network):
    text(simon).press_sequentially(TYPED)
    network.down = True
    press(simon, "validate")
    simon.page.locator("#alert").get_by_text("n’est pas encore enregistrée").wait_for()

    stored = json.loads(simon.page.evaluate(STORED))

    assert stored == [{}, {ITS_PATH: f"/certifications/{attempt.candidate_id}/test/"}, []]


def test_what_was_typed_leaves_the_history_with_the_answer_of_the_server(simon):
    text(simon).press_sequentially(TYPED)
    press(simon, "validate")
    arrives(simon, question(simon, 2))

    simon.page.wait_for_function("() => !history.state || !history.state.draft")


# --- A login that expired -------------------------------------------------------------------------


def expires():
    Session.objects.all().delete()


def fills_the_login(tab, user):
    tab.get_by_label("Adresse e-mail").fill(user.email)
    tab.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Je me connecte").click()


def test_an_answer_outlives_an_expired_login(attempt, simon):
    text(simon).fill(TYPED)
    expires()
    press(simon, "validate")
    with simon.page.expect_popup() as opened:
        simon.page.get_by_role("link", name="Me reconnecter").click()
    assert text(simon).input_value() == TYPED
    assert kept(attempt) == []

    fills_the_login(opened.value, attempt.candidate.user)
    opened.value.get_by_role("heading", name="Vous êtes de nouveau connecté").wait_for()

    arrives(simon, question(simon, 2))
    assert kept(attempt) == [(1, TYPED)]
    simon.page.locator("#login").wait_for(state="hidden")
    opened.value.close()
    simon.faults.clear()
    simon.look()


def test_what_is_typed_when_the_beat_finds_the_login_expired_stays(attempt, simon):
    text(simon).fill(TYPED)
    expires()

    arrives(simon, simon.page.get_by_text("Votre connexion au service a expiré"))

    assert text(simon).input_value() == TYPED


def test_an_expired_login_with_nothing_typed_leads_to_the_login_and_back_to_the_question(
    attempt, simon
):
    situations.answer_all(attempt, value="paris", upto=2)
    reloads(simon)
    arrives(simon, question(simon, 3))
    expires()

    arrives(simon, simon.page.get_by_role("heading", name="Connectez-vous"))
    fills_the_login(simon.page, attempt.candidate.user)

    arrives(simon, question(simon, 3))
    assert Attempt.objects.get().answered_count == 2
    assert Answer.objects.count() == 2


# --- A problem on a question ----------------------------------------------------------------------


def raises_in_vain(person, network):
    person.page.locator("#problem").press("Enter")
    person.page.get_by_label("Que se passe-t-il").fill("L’image est grise")
    network.down = True
    press(person, "problem-send")
    person.page.locator("#problem-alert").get_by_text("n’est pas encore envoyé").wait_for()


def test_a_problem_and_its_withdrawal_wait_and_are_written_once(attempt, simon, network):
    raises_in_vain(simon, network)

    for _ in range(3):
        simon.page.keyboard.press("Escape")
    simon.page.get_by_role("link", name="Annuler").press("Enter")
    assert simon.page.get_by_label("Que se passe-t-il").get_attribute("readonly") is not None
    assert not QuestionProblem.objects.exists()

    network.down, network.next = False, [Fault.LOST] * 2
    arrives(simon, simon.page.get_by_role("heading", name="Votre surveillant a été prévenu"))
    assert QuestionProblem.objects.get().text == "L’image est grise"

    network.strikes = lambda method, path: method == "POST" and "/signe" not in path
    network.next = [Fault.LOST] * 2
    press(simon, "withdraw")
    simon.page.locator("#alert").get_by_text("n’est pas encore enregistré").wait_for()
    assert simon.page.locator("#answer").count() == 0

    arrives(simon, simon.page.locator("#answer"))
    assert simon.page.locator("#alert").inner_text() == ""
    assert QuestionProblem.objects.get().state == ProblemState.WITHDRAWN
    moves = ["problem.raised", "problem.withdrawn"]
    told = AuditEvent.objects.filter(kind__in=moves).order_by("pk")
    assert list(told.values_list("kind", flat=True)) == moves


def test_what_was_written_of_a_problem_outlives_a_reload(simon, network):
    raises_in_vain(simon, network)
    network.next, network.down = [Fault.UNSENT] * MOST_TRIES, False

    reloads(simon)
    simon.page.locator("#problem").press("Enter")

    simon.page.wait_for_function(
        "() => document.querySelector('#dialog textarea')?.value === 'L’image est grise'"
    )
