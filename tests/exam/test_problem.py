import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from exam.models import Question
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode
from tests import situations
from tests.exam.browsers import HTMX, browser, holding
from tests.factories import QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db

TEXT = "L’image est grise"


@pytest.fixture
def attempt(bank):
    return situations.started()


@pytest.fixture
def client(attempt):
    return holding(attempt)


def url(name, attempt, **query):
    return reverse(f"exam:{name}", args=[attempt.candidate_id], query=query or None)


def raise_problem(client, attempt, **others):
    data = {"number": 1, "question": attempt.question_ids[0], "text": TEXT}
    return client.post(url("problem", attempt), data | others, **HTMX)


def accept(attempt, **others):
    return invigilation_actions.accept_problem(
        attempt.problems.get(), code=IncidentCode.objects.get(code="E1"), by=UserFactory(), **others
    )


def reject(attempt, word):
    return invigilation_actions.reject_problem(attempt.problems.get(), word=word, by=UserFactory())


def text_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def test_the_candidate_is_asked_what_happens(client, attempt):
    response = client.get(url("problem", attempt), **HTMX)

    assert "Que se passe-t-il ?" in text_of(response)
    assert "La question 1 attendra sa réponse" in text_of(response)


def test_once_told_the_question_waits_with_the_words(client, attempt, soup):
    response = raise_problem(client, attempt)

    article = soup(response, "#question")
    assert response.status_code == 200
    assert "Votre surveillant a été prévenu" in article.h1.get_text()
    assert article.blockquote.get_text() == TEXT
    assert not article.select("#answer")


def test_a_reload_shows_the_question_on_hold(client, attempt, soup):
    fragment = soup(raise_problem(client, attempt), "#question blockquote")

    assert soup(client.get(url("test", attempt)), "#question blockquote") == fragment


def test_the_question_on_hold_is_still_shown_to_the_invigilator(client, attempt, soup):
    statement = Question.objects.get(pk=attempt.question_ids[0]).statement

    raise_problem(client, attempt)

    assert soup(client.get(url("test", attempt)), "#held-statement").get_text() == statement


def test_a_timed_question_is_hidden_while_its_clock_stands_still(client, attempt, soup):
    Question.objects.filter(pk=attempt.question_ids[0]).update(time_limit=60)
    client.post(url("begin", attempt), {"number": 1})

    raise_problem(client, attempt)

    page = soup(client.get(url("test", attempt)))
    assert not page.select("#held-statement, [data-limit]")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "Écrivez ce qui se passe."), ("x" * 501, "limité à 500 caractères (501 écrits)")],
)
def test_what_is_missing_is_said_in_the_dialog_and_kept(client, attempt, text, sentence):
    response = raise_problem(client, attempt, text=text)

    assert response.status_code == 422
    assert response["HX-Retarget"] == "#dialog"
    assert sentence in text_of(response)
    assert text in response.content.decode()


def test_without_javascript_the_page_follows(client, attempt):
    data = {"number": 1, "question": attempt.question_ids[0], "text": TEXT}

    response = client.post(url("problem", attempt), data)

    assert response.status_code == 302
    assert response.url == url("test", attempt)


def test_an_answer_sent_from_another_page_is_refused_and_the_hold_is_shown(client, attempt):
    raise_problem(client, attempt)

    response = client.post(url("answer", attempt), {"number": 1, "value": 1}, **HTMX)

    assert response.status_code == 409
    assert "retirez d’abord votre signalement" in text_of(response)


def test_a_poll_hears_nothing_while_nobody_answered(client, attempt, django_assert_max_num_queries):
    raise_problem(client, attempt)
    wait = url("problem_wait", attempt, p=attempt.problems.get().pk)

    with django_assert_max_num_queries(3):
        response = client.get(wait, **HTMX)

    assert response.status_code == 204


def test_the_page_wakes_with_the_question_that_took_the_number(client, attempt, soup):
    competence = Question.objects.get(pk=attempt.question_ids[0]).competence
    spare = QuestionFactory(competence=competence)
    raise_problem(client, attempt)
    accept(attempt)

    response = client.get(url("problem_wait", attempt, p=attempt.problems.get().pk), **HTMX)

    assert soup(response, "#statement").get_text() == spare.statement
    assert "La question a été remplacée" in soup(response, "#decided").get_text()
    assert "Question 1 / 48" in soup(response, "#exam-top").get_text()


def test_the_page_wakes_with_the_word_of_the_invigilator(client, attempt, soup):
    raise_problem(client, attempt)
    reject(attempt, "Cliquez sur l’image.")

    response = client.get(url("problem_wait", attempt, p=attempt.problems.get().pk), **HTMX)

    assert "Cliquez sur l’image." in soup(response, "#decided").get_text()
    assert soup(response).select("#answer")


def test_without_a_spare_the_candidate_is_told_to_pass(client, attempt, soup):
    raise_problem(client, attempt)
    accept(attempt)

    told = soup(client.get(url("test", attempt)), "#decided").get_text()
    assert "Si vous ne pouvez pas répondre, cliquez sur «\u00a0Je passe\u00a0»." in told


def test_what_was_decided_is_told_until_the_question_is_answered(client, attempt, soup):
    raise_problem(client, attempt)
    reject(attempt, "Continuez.")

    response = client.post(url("answer", attempt), {"number": 1, "value": 1}, **HTMX)

    assert not soup(response).select("#decided")


def test_an_answer_to_the_question_that_was_replaced_is_not_kept(client, attempt):
    withdrawn = attempt.question_ids[0]
    QuestionFactory(competence=Question.objects.get(pk=withdrawn).competence)
    raise_problem(client, attempt)
    accept(attempt)

    data = {"number": 1, "question": withdrawn, "value": 1}
    response = client.post(url("answer", attempt), data, **HTMX)

    assert response.status_code == 409
    assert "Cette question a été remplacée" in text_of(response)
    assert not attempt.answers.exists()


def test_the_candidate_may_take_it_back_and_go_on(client, attempt, soup):
    raise_problem(client, attempt)

    response = client.post(
        url("problem_withdraw", attempt), {"problem": attempt.problems.get().pk}, **HTMX
    )

    assert response.status_code == 200
    assert soup(response).select("#answer")


def test_taking_back_what_was_answered_shows_the_answer(client, attempt, soup):
    raise_problem(client, attempt)
    reject(attempt, "Continuez.")

    response = client.post(
        url("problem_withdraw", attempt), {"problem": attempt.problems.get().pk}, **HTMX
    )

    assert response.status_code == 409
    assert "Continuez." in soup(response, "#decided").get_text()


def test_another_browser_raises_nothing(attempt):
    response = raise_problem(browser(attempt.candidate.user), attempt)

    assert not attempt.problems.exists()
    assert response["HX-Redirect"] == url("test", attempt)


def test_once_the_test_is_over_the_end_is_shown(client, attempt):
    situations.answer_all(attempt)

    assert "Test terminé" in text_of(client.get(url("problem", attempt)))
