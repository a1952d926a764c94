from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exam import actions
from exam.enums import QuestionKind
from exam.models import Attempt, Question
from sessions.models import Candidate
from tests import situations
from tests.exam.browsers import HTMX, browser, holding
from tests.factories import CandidateFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(bank):
    return situations.started(birth_name="Delarue", first_name="Sophie")


def first_question(attempt, **fields):
    Question.objects.filter(pk=attempt.question_ids[0]).update(**fields)


def page(attempt, client=None):
    return (client or holding(attempt)).get(reverse("exam:test", args=[attempt.candidate_id]))


def words(element):
    return " ".join(element.get_text().split())


def without_tokens(element):
    for token in element.select("[name=csrfmiddlewaretoken], [name=operation]"):
        token.decompose()
    return element


def test_the_bar_says_where_the_candidate_is_and_who(attempt, soup):
    bar = words(soup(page(attempt), "#exam-top"))

    assert "Question 1 / 48" in bar
    assert "DELARUE Sophie" in bar
    assert f"N° de certification {attempt.certification_number}" in bar
    assert "reste 1 h 45" in bar


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (0, "0 question faite sur 48"),
        (1, "1 question faite sur 48"),
        (2, "2 questions faites sur 48"),
    ],
)
def test_the_bar_counts_what_is_done_as_french_does(attempt, soup, done, told):
    Attempt.objects.update(answered_count=done)

    assert soup(page(attempt), "#exam-top progress")["aria-label"] == told


def test_the_statement_is_the_title_under_its_competence(attempt, soup):
    first_question(attempt, statement="Que vaut 1 + 1 ?")
    question = soup(page(attempt), "#question")

    assert question.h1.get_text() == "Que vaut 1 + 1 ?"
    assert question.select_one(".competence").get_text() == (
        "Mener une recherche et une veille d’information"
    )


def test_the_page_holds_nothing_but_the_question(attempt, soup):
    response = page(attempt)

    buttons = soup(response).select("button:not(#stay-button)")
    names = [button.get_text().split("…")[0].strip() for button in buttons]
    assert names == ["Je valide", "Je passe"]
    links = [link.get_text().strip() for link in soup(response).select("nav, footer a, main a")]
    assert links == ["Signaler un problème", "Accessibilité : non conforme (nouvel onglet)"]


def test_the_page_says_whom_to_ask_without_leading_out_of_the_test(attempt, soup):
    footer = soup(page(attempt), "footer")

    assert "Des questions ? certif@pix.fr" in words(footer)
    assert not footer.select("a[href^=mailto]")


@pytest.mark.parametrize(
    ("kind", "control"),
    [
        (QuestionKind.SINGLE, "input[type=radio]"),
        (QuestionKind.MULTIPLE, "input[type=checkbox]"),
        (QuestionKind.TEXT, "input[type=text]"),
        (QuestionKind.NUMBER, "input[inputmode=decimal]"),
    ],
)
def test_each_kind_has_its_controls(attempt, soup, kind, control):
    first_question(attempt, kind=kind)

    assert soup(page(attempt), "#answer").select(control)


def test_the_right_answers_are_not_on_the_page(attempt):
    first_question(attempt, kind=QuestionKind.TEXT, answers=["marjolaine"])

    assert b"marjolaine" not in page(attempt).content


def test_an_image_carries_its_alternative(attempt, soup):
    first_question(attempt, image="questions/1/dessin.svg", image_alt="Un dessin de chat")

    image = soup(page(attempt), "#question > img")

    assert image["alt"] == "Un dessin de chat"
    assert "/test/fichiers/1/image?" in image["src"]


def test_a_link_opens_beside_the_test(attempt, soup):
    first_question(attempt, link="/certifications/sites/velodune/")

    link = soup(page(attempt), ".resources a")

    assert (link["target"], link["rel"]) == ("_blank", ["noopener"])


def test_the_deadline_counts_the_extra_time(bank, soup):
    attempt = situations.started(extra_time_percent=33)

    assert "reste 2 h 20" in words(soup(page(attempt), "#exam-top"))


def test_past_the_deadline_the_page_says_so_and_stays_open(attempt, soup):
    Attempt.objects.filter(pk=attempt.pk).update(started_at=timezone.now() - timedelta(hours=2))

    response = page(attempt)

    assert "Temps écoulé : prévenez votre surveillant" in words(soup(response, "#exam-top"))
    assert soup(response, "#validate")


@pytest.mark.parametrize(("percent", "time"), [(0, "1 min 30 s"), (33, "2 min 00 s")])
def test_a_timed_question_shows_its_own_clock(bank, soup, percent, time):
    attempt = situations.started(extra_time_percent=percent)
    first_question(attempt, time_limit=90)
    with time_machine.travel(timezone.now(), tick=False):
        actions.begin_question(attempt, number=1, seat_key=attempt.seat_key)
        limit = words(soup(page(attempt), ".limit"))

    assert limit == f"Cette question est chronométrée : {time}"


def test_a_timed_question_too_late_says_so(attempt, soup):
    first_question(attempt, time_limit=90)
    Attempt.objects.filter(pk=attempt.pk).update(
        question_shown_at=timezone.now() - timedelta(seconds=91)
    )

    assert "temps écoulé" in words(soup(page(attempt), ".limit"))


def test_a_reload_shows_the_same_question(attempt, soup):
    situations.answer_all(attempt, upto=7)

    first, second = page(attempt), page(attempt)

    assert soup(first, "#statement") == soup(second, "#statement")
    assert "Question 8 / 48" in words(soup(second, "#exam-top"))


def test_the_finished_test_shows_its_end_and_calls_the_invigilator(bank, soup):
    attempt = situations.finished()

    main = words(soup(page(attempt), "main"))

    assert "Test terminé" in main
    assert f"N° de certification {attempt.certification_number}" in main
    assert "Appelez votre surveillant pour lui montrer cet écran." in main


def test_the_end_is_shown_in_any_browser_of_the_candidate(bank):
    attempt = situations.finished()

    response = page(attempt, browser(attempt.candidate.user))

    assert "Test terminé" in response.content.decode()


def test_a_test_ended_by_the_invigilator_says_so(bank, soup):
    main = words(soup(page(situations.ended()), "main"))

    assert "Test terminé par le surveillant" in main
    assert "Appelez votre surveillant" not in main


def test_a_test_closed_by_the_finalisation_says_so(attempt, soup):
    situations.give_reason(attempt)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        situations.finalised(attempt.candidate.session)

    assert "à la finalisation de la session" in words(soup(page(attempt), "main"))


def test_another_browser_is_told_and_shown_the_way_back(attempt, soup):
    response = page(attempt, browser(attempt.candidate.user))

    assert response.status_code == 409
    assert "Votre test a été repris sur un autre poste" in words(soup(response, "h1"))
    back = soup(response, "main a")
    assert back["href"] == reverse("exam:start", args=[attempt.candidate_id])
    assert "primary" not in back["class"]
    assert "redemande le code, puis l’autorisation de votre surveillant" in words(
        soup(response, "main")
    )


def test_a_key_that_was_forged_holds_nothing(attempt):
    client = browser(attempt.candidate.user)
    client.cookies[f"seat-{attempt.candidate_id}"] = f"{attempt.seat_key}:1v:forged"

    assert page(attempt, client).status_code == 409


def test_the_key_of_a_neighbour_holds_nothing(attempt):
    neighbour = holding(situations.started())
    client = browser(attempt.candidate.user)
    stolen = next(value for name, value in neighbour.cookies.items() if "seat" in name)
    client.cookies[f"seat-{attempt.candidate_id}"] = stolen.value

    assert page(attempt, client).status_code == 409


def test_before_the_start_there_is_the_code(bank):
    candidate = situations.present(CandidateFactory(joined=True))

    response = browser(candidate.user).get(reverse("exam:test", args=[candidate.pk]))

    assert response.url == reverse("exam:start", args=[candidate.pk])


def test_somebody_elses_test_does_not_exist(attempt):
    assert page(attempt, browser(UserFactory())).status_code == 404


def test_an_impossible_number_is_not_found(attempt):
    assert holding(attempt).get(f"/certifications/{10**20}/test/").status_code == 404


def test_the_fragment_of_the_next_question_is_the_one_of_the_page(attempt, soup):
    client = holding(attempt)
    address = reverse("exam:answer", args=[attempt.candidate_id])
    fragment = soup(client.post(address, {"number": 1, "passed": 1}, **HTMX), "#question")

    fresh = soup(page(attempt, client), "#question")

    assert without_tokens(fragment) == without_tokens(fresh)


def test_the_page_costs_the_same_at_the_first_and_at_the_last_question(
    attempt, django_assert_num_queries
):
    client = holding(attempt)
    with CaptureQueriesContext(connection) as at_first:
        page(attempt, client)
    situations.answer_all(attempt, upto=47)
    CandidateFactory.create_batch(24, session=attempt.candidate.session)

    with django_assert_num_queries(len(at_first)):
        page(attempt, client)
    assert Candidate.objects.count() == 25


def test_the_end_of_the_day_is_without_the_link_to_the_results(bank, soup):
    assert not soup(page(situations.finished()), "main").select("a")


def test_after_the_finalisation_the_end_leads_to_the_results(bank, soup):
    attempt = situations.finished()
    situations.finalised(attempt.candidate.session)

    assert soup(page(attempt), "main a")["href"] == reverse("results:my_results")


def test_who_logs_out_at_the_end_leaves_the_place_to_the_next_pupil(bank, soup):
    form = soup(page(situations.finished()), "main form")

    assert form["action"] == reverse("account_logout")
    assert form.select_one("[name=next]")["value"] == reverse("exam:join")
