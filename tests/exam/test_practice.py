import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exam.enums import QuestionKind
from exam.practice import QUESTIONS
from tests import situations
from tests.exam.browsers import HTMX, browser
from tests.factories import CandidateFactory, UserFactory

pytestmark = pytest.mark.django_db

SINGLE, MULTIPLE, IMAGE, NUMBER, TEXT = range(1, 6)
RIGHT = {SINGLE: ["0"], MULTIPLE: ["0", "1"], IMAGE: ["0"], NUMBER: ["12"], TEXT: ["b3"]}


@pytest.fixture
def client(client):
    client.force_login(UserFactory())
    return client


def words(element):
    return " ".join(element.get_text().split())


def without_tokens(element):
    for token in element.select("[name=csrfmiddlewaretoken], [name=operation]"):
        token.decompose()
    return element


def address(number):
    return reverse("exam:practice", args=[number])


def answer(client, number, value, **headers):
    return client.post(address(number), {"value": value}, **headers)


def test_it_has_five_questions_one_of_each_kind_and_an_image():
    assert len(QUESTIONS) == 5
    assert {question.kind for question in QUESTIONS} == set(QuestionKind)
    assert [bool(question.image) for question in QUESTIONS].count(True) == 1


@pytest.mark.parametrize("number", RIGHT)
def test_it_says_that_nothing_is_kept(client, soup, number):
    band = words(soup(client.get(address(number)), "#exam-top"))

    assert f"Question {number} / 5" in band
    assert "Entraînement : rien n’est enregistré." in band


@pytest.mark.parametrize("number", RIGHT)
def test_a_right_answer_is_told_in_a_word(client, soup, number):
    response = answer(client, number, RIGHT[number])

    assert words(soup(response, "#result")).startswith("Juste !")


@pytest.mark.parametrize("number", [SINGLE, MULTIPLE, IMAGE])
def test_a_wrong_choice_is_told_with_the_right_one(client, soup, number):
    response = answer(client, number, ["2"])

    assert words(soup(response, "#result")).startswith("Faux. ")


def test_every_right_answer_is_told(client, soup):
    response = answer(client, MULTIPLE, ["3"])

    assert words(soup(response, "#result")) == (
        "Faux. Les bonnes réponses : Se déconnecter du site · Fermer le navigateur"
    )


def test_every_right_choice_is_marked(client, soup):
    question = soup(answer(client, MULTIPLE, ["3"]), "#question")

    assert [words(right) for right in question.select(".answer.is-right")] == [
        "Se déconnecter du site",
        "Fermer le navigateur",
    ]


def test_a_question_passed_is_not_called_wrong(client, soup):
    response = client.post(address(NUMBER), {"passed": "1", "value": ""})

    assert words(soup(response, "#result")) == "Question passée. La bonne réponse : 12"


def test_an_empty_answer_is_asked_again(client, soup):
    response = client.post(address(TEXT), {"value": ""})

    assert response.status_code == 422
    assert "Choisissez ou écrivez une réponse" in words(soup(response, "#question"))
    assert soup(response, "#validate") is not None


def test_what_is_no_number_is_refused_as_in_the_test(client):
    assert answer(client, NUMBER, "douze").status_code == 422


def test_an_answer_given_is_not_changed(client, soup):
    question = soup(answer(client, SINGLE, ["1"]), "#question")

    assert len(question.select("[name=value][disabled]")) == 4
    assert question.select_one("[name=value][checked]")["value"] == "1"
    assert question.select("#validate, #pass") == []


def test_the_next_question_follows(client, soup):
    assert soup(answer(client, SINGLE, ["0"]), "#next")["href"] == address(MULTIPLE)


def test_the_last_one_leads_back(client, soup):
    question = soup(answer(client, TEXT, "B3"), "#question")

    assert question.select_one("#next")["href"] == reverse("exam:join")
    assert "C’était la dernière question de l’entraînement." in words(question)


def test_whoever_comes_from_the_code_page_goes_back_there(client, soup):
    response = client.post(f"{address(TEXT)}?candidat=12", {"value": "B3"})

    assert soup(response, "#next")["href"] == reverse("exam:start", args=[12])
    assert soup(response, "#answer")["action"] == f"{address(TEXT)}?candidat=12"


def test_it_leads_back_to_pages_of_ours_only(client, soup):
    response = client.get(f"{address(TEXT)}?candidat=//exemple.test")

    assert soup(response, ".leave a")["href"] == reverse("exam:join")


@pytest.mark.parametrize("number", [0, 6])
def test_there_is_no_other_question(client, number):
    assert client.get(address(number)).status_code == 404


def test_an_answer_without_reloading_is_the_same_question(client, soup):
    fragment = answer(client, SINGLE, ["0"], **HTMX)
    page = answer(client, SINGLE, ["0"])

    assert fragment.content.startswith(b"<article")
    assert without_tokens(soup(fragment, "#question")) == without_tokens(soup(page, "#question"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_written(client, method):
    with CaptureQueriesContext(connection) as queries:
        getattr(client, method)(address(SINGLE), {"value": "0"})

    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []


def test_one_finds_it_before_joining(client, soup):
    page = soup(client.get(reverse("exam:join")))

    assert page.select(f'a[href="{address(SINGLE)}"]') != []


def test_one_finds_it_before_the_code(soup):
    candidate = CandidateFactory(joined=True)
    page = soup(browser(candidate.user).get(reverse("exam:start", args=[candidate.pk])))

    assert page.select(f'a[href="{address(SINGLE)}?candidat={candidate.pk}"]') != []


def test_whoever_began_his_test_is_not_sent_to_practise(bank, soup):
    candidate = situations.started().candidate
    page = soup(browser(candidate.user).get(reverse("exam:start", args=[candidate.pk])))

    assert page.select('a[href*="entrainement"]') == []
