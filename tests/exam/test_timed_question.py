"""The page of a timed question: the screen before it, its clock, and its end."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from exam import actions
from exam.enums import Outcome
from exam.models import Answer, Attempt, Question
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode
from tests import situations
from tests.exam.browsers import HTMX, browser, holding
from tests.factories import QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db

STATEMENT = "Combien de messages cette boîte contient-elle ?"


@pytest.fixture
def attempt(bank):
    attempt = situations.started()
    image = default_storage.save("questions/1/boite.svg", ContentFile(b"<svg/>"))
    sheet = default_storage.save("questions/1/liste.csv", ContentFile(b"a"))
    Question.objects.filter(pk=attempt.question_ids[0]).update(
        time_limit=90,
        statement=STATEMENT,
        choices=["Onze", "Douze"],
        image=image,
        image_alt="Une boîte de réception",
        attachment=sheet,
        link="/certifications/sites/velodune/",
    )
    return attempt


@pytest.fixture
def client(attempt):
    return holding(attempt)


def url(name, attempt, *others):
    return reverse(f"exam:{name}", args=[attempt.candidate_id, *others])


def page(client, attempt):
    return client.get(url("test", attempt))


def presses(client, attempt, *, htmx=True, **others):
    data = {"number": 1, "question": attempt.question_ids[0]} | others
    return client.post(url("begin", attempt), data, **HTMX if htmx else {})


def sends(client, attempt, **data):
    data = {"number": 1, "question": attempt.question_ids[0]} | data
    return client.post(url("answer", attempt), data, **HTMX)


def words(element):
    return " ".join(element.get_text(" ").split())


# --- Before it begins -----------------------------------------------------------------------------


def test_it_is_announced_with_its_time_and_what_one_may_do(client, attempt, soup):
    question = soup(page(client, attempt), "#question")

    assert question.h1.get_text() == "Question chronométrée"
    assert question.select_one(".competence").get_text() == (
        "Mener une recherche et une veille d’information"
    )
    assert "Vous aurez 1 min 30 s pour répondre." in words(question)
    assert "En attendant, celui du test continue." in words(question)
    controls = [words(control) for control in question.select("a, button")]
    assert controls == ["Commencer la question …", "Je passe …", "Signaler un problème"]
    assert [button["id"] for button in question.select(".primary")] == ["begin"]


@pytest.mark.parametrize(
    ("seconds", "percent", "time"),
    [
        (45, 0, "45 s pour répondre."),
        (120, 0, "2 min pour répondre."),
        (90, 33, "2 min pour répondre."),
        (65, 0, "1 min 5 s pour répondre."),
    ],
)
def test_the_time_is_told_as_a_person_says_it(bank, soup, seconds, percent, time):
    attempt = situations.started(extra_time_percent=percent)
    Question.objects.update(time_limit=seconds)

    assert f"Vous aurez {time}" in words(soup(page(holding(attempt), attempt), "#question"))


def test_nothing_of_it_is_on_the_page(client, attempt):
    told = page(client, attempt).content.decode()

    for secret in [STATEMENT, "Onze", "Une boîte de réception", "test/fichiers", "sites/velodune"]:
        assert secret not in told


@pytest.mark.parametrize(("kind", "content"), [("image", b"<svg/>"), ("fichier", b"a")])
def test_its_files_are_there_once_it_began(client, attempt, kind, content):
    file = url("question_file", attempt, 1, kind)
    assert client.get(file).status_code == 404

    presses(client, attempt)

    assert b"".join(client.get(file)) == content


def test_the_page_begins_nothing(client, attempt):
    page(client, attempt)

    assert Attempt.objects.get().question_shown_at is None


@pytest.mark.parametrize("data", [{"value": 1}, {"value": "autre"}, {}])
def test_an_answer_before_it_begins_is_refused_and_the_screen_shown(client, attempt, soup, data):
    response = sends(client, attempt, **data)

    assert response.status_code == 409
    assert soup(response, "h1").get_text() == "Question chronométrée"
    assert "cliquez d’abord sur « Commencer la question »" in words(soup(response, "[role=alert]"))
    assert not Answer.objects.exists()


def test_it_is_passed_before_it_begins(client, attempt, soup):
    response = sends(client, attempt, passed=1)

    assert response.status_code == 200
    assert "Question 2 / 48" in words(soup(response, "#exam-top"))
    assert Answer.objects.get().outcome == Outcome.PASSED


def test_its_form_carries_all_that_passes_it_without_javascript(client, attempt, soup):
    form = soup(page(client, attempt), "form:has(#pass)")
    fields = {field["name"]: field["value"] for field in form.select("input")}

    response = client.post(form["action"], fields)

    assert response.url == url("test", attempt)
    assert Answer.objects.get().outcome == Outcome.PASSED
    assert "Question 2 / 48" in words(soup(page(client, attempt), "#exam-top"))


def test_to_pass_it_is_sent_again_as_an_answer_is(client, attempt, soup):
    form = soup(page(client, attempt), "form:has(#pass)")

    assert form["data-resend"] == "answer"
    assert form.select_one("[name=operation]")["value"]
    assert form.find_parent(attrs={"data-one": True}).select("#begin")


def test_passed_by_a_form_sent_again_it_is_passed_once(client, attempt, soup):
    sends(client, attempt, passed=1)

    response = sends(client, attempt, passed=1)

    assert response.status_code == 200
    assert "Question 2 / 48" in words(soup(response, "#exam-top"))
    assert Answer.objects.count() == 1


def test_the_pass_of_a_page_whose_question_was_replaced_passes_nothing(client, attempt):
    withdrawn = attempt.question_ids[0]
    QuestionFactory(competence=Question.objects.get(pk=withdrawn).competence, time_limit=60)
    replace(client, attempt)

    response = sends(client, attempt, passed=1, question=withdrawn)

    assert response.status_code == 409
    assert not Answer.objects.exists()


@pytest.mark.parametrize("has_begun", [False, True])
def test_the_press_of_another_page_after_a_pass_or_before_leads_on(
    client, attempt, soup, has_begun
):
    if has_begun:
        presses(client, attempt)
    sends(client, attempt, passed=1)

    response = presses(client, attempt)

    assert response.status_code == 409
    assert "Vous avez déjà répondu à cette question" in words(soup(response, "#question"))
    assert Attempt.objects.get().question_shown_at is None


# --- A problem before it begins -------------------------------------------------------------------


def raises(client, attempt):
    told = {"number": 1, "question": attempt.question_ids[0], "text": "Je n’entends rien"}
    return client.post(url("problem", attempt), told, **HTMX)


def reject(attempt):
    problem = attempt.problems.get()
    invigilation_actions.reject_problem(problem, word="Mettez le casque.", by=UserFactory())


def wakes(client, attempt):
    return client.get(url("problem_wait", attempt), {"p": attempt.problems.last().pk}, **HTMX)


def test_the_window_of_a_problem_is_that_of_any_question(client, attempt, soup):
    link = soup(page(client, attempt), "#problem")

    asked = soup(client.get(link["href"], **HTMX), "form")

    assert asked.select_one("[name=question]")["value"] == str(attempt.question_ids[0])
    assert "La question 1 attendra sa réponse" in words(asked.find_parent())


def test_while_the_problem_waits_nothing_of_it_is_shown(client, attempt, soup):
    held = soup(raises(client, attempt), "#question")

    assert held.h1.get_text() == "Votre surveillant a été prévenu"
    assert not held.select("#begin, #pass, #held-statement")
    assert STATEMENT not in page(client, attempt).content.decode()
    assert wakes(client, attempt).status_code == 204


def test_the_press_of_another_page_while_the_problem_waits_begins_nothing(client, attempt, soup):
    raises(client, attempt)

    response = presses(client, attempt)

    assert response.status_code == 409
    assert "cette question attend sa réponse" in words(soup(response, "[role=alert]"))
    assert Attempt.objects.get().question_shown_at is None


def test_once_the_problem_is_rejected_it_is_announced_again_with_the_word(client, attempt, soup):
    raises(client, attempt)
    reject(attempt)

    back = soup(wakes(client, attempt), "#question")

    assert "Mettez le casque." in words(back.select_one("#decided"))
    assert "Vous aurez 1 min 30 s pour répondre." in words(back)
    assert Attempt.objects.get().question_shown_at is None


def test_the_word_read_before_it_begins_is_not_told_again_once_its_clock_runs(
    client, attempt, soup
):
    raises(client, attempt)
    reject(attempt)

    begun = soup(presses(client, attempt), "#question")

    assert begun.h1.get_text() == STATEMENT
    assert not begun.select("#decided")


def test_the_word_that_answers_a_problem_of_its_course_is_told(client, attempt, soup):
    presses(client, attempt)
    raises(client, attempt)
    reject(attempt)

    back = soup(wakes(client, attempt), "#question")

    assert back.h1.get_text() == STATEMENT
    assert "Mettez le casque." in words(back.select_one("#decided"))


def test_once_the_problem_is_withdrawn_it_is_announced_again(client, attempt, soup):
    raises(client, attempt)

    back = client.post(
        url("problem_withdraw", attempt), {"problem": attempt.problems.get().pk}, **HTMX
    )

    assert soup(back, "h1").get_text() == "Question chronométrée"


def test_once_the_problem_is_accepted_another_question_is_announced(client, attempt, soup):
    held = Question.objects.get(pk=attempt.question_ids[0])
    QuestionFactory(competence=held.competence, time_limit=60)
    replace(client, attempt)

    back = soup(wakes(client, attempt), "#question")

    assert "La question a été remplacée" in words(back.select_one("#decided"))
    assert "Vous aurez 1 min pour répondre." in words(back)


def test_without_a_spare_to_pass_is_told_and_there(client, attempt, soup):
    replace(client, attempt)

    back = soup(wakes(client, attempt), "#question")

    assert "cliquez sur « Je passe »" in words(back.select_one("#decided"))
    assert back.select("#pass")
    assert sends(client, attempt, passed=1).status_code == 200


def test_the_question_that_replaced_another_is_announced_too(client, attempt, soup):
    held = Question.objects.get(pk=attempt.question_ids[0])
    spare = QuestionFactory(competence=held.competence, time_limit=60)
    presses(client, attempt)
    replace(client, attempt)

    before = soup(page(client, attempt), "#question")
    assert "La question a été remplacée" in words(before.select_one("#decided"))
    assert "Vous aurez 1 min pour répondre." in words(before)
    begun = soup(presses(client, attempt, question=spare.pk), "#question")
    assert begun.h1.get_text() == spare.statement
    assert not begun.select("#decided")


def replace(client, attempt):
    told = {"number": 1, "question": attempt.question_ids[0], "text": "L’image est grise"}
    client.post(url("problem", attempt), told)
    invigilation_actions.accept_problem(
        attempt.problems.get(), code=IncidentCode.objects.get(code="E1"), by=UserFactory()
    )


def test_a_reopened_test_announces_its_question_again(client, attempt, soup):
    presses(client, attempt)
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())
    actions.reopen_test(attempt.candidate, reason="Erreur", by=UserFactory())

    back = page(holding(Attempt.objects.get()), attempt)

    assert soup(back, "h1").get_text() == "Question chronométrée"


# --- The press ------------------------------------------------------------------------------------


def test_the_press_shows_the_question_with_all_its_time(client, attempt, soup):
    with time_machine.travel(timezone.now(), tick=False):
        response = presses(client, attempt)

    assert response.status_code == 200
    assert soup(response, "#statement").get_text() == STATEMENT
    assert words(soup(response, ".limit")) == "Cette question est chronométrée : 1 min 30 s"
    assert soup(response, "#problem")


def test_the_press_without_javascript_leads_to_the_page(client, attempt):
    response = presses(client, attempt, htmx=False)

    assert response.url == url("test", attempt)
    assert STATEMENT in page(client, attempt).content.decode()


def test_a_press_whose_answer_was_lost_shows_what_is_left(client, attempt, soup):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        presses(client, attempt)
    with time_machine.travel(now + timedelta(seconds=20), tick=False):
        response = presses(client, attempt)

    assert response.status_code == 200
    assert "1 min 10 s" in words(soup(response, ".limit"))


def test_the_press_of_an_older_page_shows_the_current_question(client, attempt, soup):
    situations.answer_all(attempt, upto=1)

    response = presses(client, attempt)

    assert response.status_code == 409
    assert "Vous avez déjà répondu à cette question" in words(soup(response, "#question"))
    assert "Question 2 / 48" in words(soup(response, "#exam-top"))


def test_another_browser_presses_in_vain(attempt):
    response = presses(browser(attempt.candidate.user), attempt)

    assert response["HX-Redirect"] == url("test", attempt)
    assert Attempt.objects.get().question_shown_at is None


def test_nobody_presses_for_somebody_else(attempt):
    assert presses(browser(UserFactory()), attempt).status_code == 404


# --- Its end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "primary"), [(89, "Je valide"), (91, "Je passe")])
def test_once_the_time_is_over_to_pass_is_the_button_to_press(
    client, attempt, soup, seconds, primary
):
    presses(client, attempt)

    with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False):
        buttons = soup(page(client, attempt)).select("#answer button")

    named = [button.get_text().split("…")[0].strip() for button in buttons if is_primary(button)]
    assert named == [primary]


def is_primary(button):
    return "primary" in button.get("class", [])


def test_a_question_without_a_limit_is_answered_by_the_primary_button(client, attempt, soup):
    situations.answer_all(attempt, upto=1)

    assert is_primary(soup(page(client, attempt), "#validate"))
    assert not is_primary(soup(page(client, attempt), "#pass"))
