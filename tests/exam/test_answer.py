from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from exam.enums import AttemptState, Outcome, QuestionKind
from exam.models import Answer, Attempt, Question
from invigilation import actions as invigilation_actions
from tests import situations
from tests.exam.browsers import HTMX, browser, holding
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

EMPTY = "Choisissez ou écrivez une réponse, ou cliquez sur « Je passe »."
OTHER_QUESTION = "Vous avez déjà répondu à cette question. Voici la question suivante."


@pytest.fixture
def attempt(bank):
    return situations.started()


def change(attempt, **fields):
    Question.objects.filter(pk=attempt.question_ids[0]).update(**fields)


def answer(attempt, *, client=None, htmx=False, **data):
    address = reverse("exam:answer", args=[attempt.candidate_id])
    return (client or holding(attempt)).post(
        address, {"number": 1} | data, **(HTMX if htmx else {})
    )


def kept(attempt, number=1):
    return Answer.objects.get(attempt=attempt, number=number)


def words(element):
    return " ".join(element.get_text().split())


def test_an_answer_is_kept_and_the_next_question_comes(attempt):
    response = answer(attempt, value=1)

    assert response.url == reverse("exam:test", args=[attempt.candidate_id])
    assert (kept(attempt).value, kept(attempt).outcome) == ([1], Outcome.RIGHT)


def test_by_htmx_the_next_question_and_the_bar_come_at_once(attempt, soup):
    response = answer(attempt, value=1, htmx=True)

    assert response.status_code == 200
    assert words(soup(response, "title")) == "Question 2 / 48 · certif"
    assert "Question 2 / 48" in words(soup(response, "#exam-top[hx-swap-oob]"))
    assert soup(response, "[name=number]")["value"] == "2"


def test_several_answers_are_kept_in_order_and_once(attempt):
    change(attempt, kind=QuestionKind.MULTIPLE, answers=[0, 2])

    answer(attempt, value=["2", "0", "2"])

    assert (kept(attempt).value, kept(attempt).outcome) == ([0, 2], Outcome.RIGHT)


def test_a_text_is_cleaned_and_folded(attempt):
    change(attempt, kind=QuestionKind.TEXT, choices=[], answers=["Orvigny"])

    answer(attempt, value="  ÔRVIGNY ")

    assert (kept(attempt).value, kept(attempt).outcome) == ("ÔRVIGNY", Outcome.RIGHT)


def test_a_number_is_understood_with_a_comma(attempt):
    change(attempt, kind=QuestionKind.NUMBER, choices=[], answers=["3.5"])

    answer(attempt, value="3,5")

    assert kept(attempt).outcome == Outcome.RIGHT


def test_a_question_is_passed(attempt):
    answer(attempt, value=1, passed=1)

    assert (kept(attempt).value, kept(attempt).outcome) == (None, Outcome.PASSED)


@pytest.mark.parametrize("kind", QuestionKind.values)
def test_an_empty_answer_is_refused_with_the_way_out(attempt, soup, kind):
    change(attempt, kind=kind)

    response = answer(attempt)

    assert response.status_code == 422
    assert words(soup(response, "#id_value_error")) == EMPTY
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (QuestionKind.SINGLE, "3", "Cette proposition n’existe pas"),
        (QuestionKind.SINGLE, "-1", "Cette proposition n’existe pas"),
        (QuestionKind.SINGLE, "La première", "Cette proposition n’existe pas"),
        (QuestionKind.MULTIPLE, ["0", "9"], "Cette proposition n’existe pas"),
        (QuestionKind.TEXT, "a" * 201, "200 caractères"),
        (QuestionKind.TEXT, "a\x00", "caractère non autorisé"),
        (QuestionKind.NUMBER, "six", "Écrivez un nombre"),
        (QuestionKind.NUMBER, "sNaN", "Écrivez un nombre"),
    ],
)
def test_an_answer_out_of_shape_is_refused(attempt, soup, kind, value, sentence):
    change(attempt, kind=kind)

    response = answer(attempt, value=value)

    assert response.status_code == 422
    assert sentence in words(soup(response, "#id_value_error"))
    assert not Answer.objects.exists()


def test_what_was_typed_is_kept(attempt, soup):
    change(attempt, kind=QuestionKind.NUMBER)

    assert soup(answer(attempt, value="six vidéos"), "#id_value")["value"] == "six vidéos"


def test_the_same_answer_again_is_one_answer(attempt):
    answer(attempt, value=1)

    assert answer(attempt, value=1).status_code == 302
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("data", [{"value": 2}, {"passed": 1}, {"value": 9}, {}])
def test_an_answered_question_is_not_answered_again(attempt, soup, data):
    answer(attempt, value=1)

    response = answer(attempt, **data)

    assert response.status_code == 409
    assert OTHER_QUESTION in words(soup(response, "#question"))
    assert "Question 2 / 48" in words(soup(response, "#exam-top"))
    assert kept(attempt).value == [1]


@pytest.mark.parametrize("number", ["0", "3", "49", "-1", "un", "", "9" * 5000])
def test_no_other_question_can_be_answered(attempt, number):
    assert answer(attempt, number=number, value=1).status_code == 409
    assert not Answer.objects.exists()


def test_another_browser_answers_nothing(attempt):
    response = answer(attempt, value=1, client=browser(attempt.candidate.user))

    assert response.status_code == 409
    assert "Votre test a été repris sur un autre poste" in response.content.decode()
    assert not Answer.objects.exists()


def test_another_browser_is_sent_to_the_truth_by_htmx(attempt):
    response = answer(attempt, value=1, client=browser(attempt.candidate.user), htmx=True)

    assert response.status_code == 409
    assert response["HX-Redirect"] == reverse("exam:test", args=[attempt.candidate_id])


def test_after_the_end_nothing_is_answered_and_the_end_is_shown(attempt):
    client = holding(attempt)
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())

    response = answer(attempt, value=1, client=client)

    assert response.status_code == 409
    assert "Test terminé par le surveillant" in response.content.decode()
    assert not Answer.objects.exists()


def test_what_comes_after_the_end_is_not_acknowledged_by_htmx_either(attempt):
    client = holding(attempt)
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())

    response = answer(attempt, value=1, client=client, htmx=True)

    assert response.status_code == 409
    assert response["HX-Redirect"] == reverse("exam:test", args=[attempt.candidate_id])


def test_the_last_answer_leads_to_the_end_screen(attempt):
    client = holding(attempt)
    situations.answer_all(attempt, upto=47)

    response = client.post(
        reverse("exam:answer", args=[attempt.candidate_id]), {"number": 48, "value": 1}, follow=True
    )

    assert "Test terminé" in response.content.decode()
    assert Attempt.objects.get(pk=attempt.pk).state == AttemptState.FINISHED


def test_the_last_answer_leads_to_the_end_screen_by_htmx(attempt):
    client = holding(attempt)
    situations.answer_all(attempt, upto=47)

    response = answer(attempt, number=48, value=1, client=client, htmx=True)

    assert response["HX-Redirect"] == reverse("exam:test", args=[attempt.candidate_id])


@pytest.mark.parametrize(
    ("percent", "seconds", "outcome"),
    [
        (0, 94, Outcome.RIGHT),
        (0, 97, Outcome.WRONG),
        (50, 139, Outcome.RIGHT),
        (50, 142, Outcome.WRONG),
    ],
)
def test_a_timed_question_answered_too_late_is_wrong(bank, percent, seconds, outcome):
    attempt = situations.started(extra_time_percent=percent)
    change(attempt, time_limit=90)
    with time_machine.travel(timezone.now(), tick=False):
        Attempt.objects.filter(pk=attempt.pk).update(
            question_shown_at=timezone.now() - timedelta(seconds=seconds)
        )
        answer(attempt, value=1)

    assert kept(attempt).outcome == outcome


def test_after_a_resume_the_test_goes_on_at_its_place(attempt, soup):
    candidate, other = attempt.candidate, browser(attempt.candidate.user)
    situations.answer_all(attempt, upto=7)
    invigilation_actions.authorise_resume(candidate, by=UserFactory())

    response = other.post(
        reverse("exam:start", args=[candidate.pk]),
        {"code": candidate.session.access_code},
        follow=True,
    )

    assert "Question 8 / 48" in words(soup(response, "#exam-top"))


def test_somebody_elses_test_does_not_exist(attempt):
    assert answer(attempt, value=1, client=browser(UserFactory())).status_code == 404
