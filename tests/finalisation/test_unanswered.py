"""A problem that a candidate raised on a question and that nobody answered: the closing tells it."""

import pytest

from exam import actions as exam_actions
from exam.enums import ProblemState
from exam.models import QuestionProblem
from finalisation import actions
from finalisation.actions.refusals import ChangedMeanwhile
from finalisation.queries import read_closing
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, IncidentReport
from tests import situations
from tests.factories import UserFactory
from tests.finalisation.pages import HTMX, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def raised(bank, session, member):
    attempt = situations.started(session=session, birth_name="Durand", first_name="Simon")
    said = {"number": 1, "text": "L’image est grise", "seat_key": attempt.seat_key}
    exam_actions.raise_problem(attempt, by=attempt.candidate.user, **said)
    return attempt.problems.select_related("attempt__candidate__session").get()


@pytest.fixture
def dropped(session, raised):
    """The invigilator ended the test."""
    invigilation_actions.end_test(raised.attempt.candidate, by=UserFactory())
    situations.give_reason(raised.attempt)
    situations.over(session)
    return raised


def told(client, session, soup):
    return words(soup(client.get(url("closing_file", session)), "#unanswered"))


def test_it_is_told_with_the_candidate_the_question_and_the_words(client, session, dropped, soup):
    assert "DURAND Simon, question 1 : « L’image est grise »" in told(client, session, soup)


def test_it_is_told_while_the_test_still_runs(client, session, raised, soup):
    assert "DURAND Simon, question 1" in told(client, session, soup)


@pytest.mark.parametrize("state", [ProblemState.REJECTED, ProblemState.WITHDRAWN])
def test_what_was_answered_or_withdrawn_is_not(client, session, dropped, soup, state):
    QuestionProblem.objects.update(state=state)

    assert told(client, session, soup) == ""


def test_its_form_is_filled_in_with_the_number_and_the_words(client, session, dropped, soup):
    page = soup(client.get(url("closing_file", session)))
    (link,) = page.select("#unanswered a")

    form = soup(client.get(link["href"], **HTMX), "form")

    assert form.select_one("[name=question_number]")["value"] == "1"
    assert form.select_one("[name=description]").text.strip() == "L’image est grise"
    code = IncidentCode.objects.get(pk=form.select_one("[name=code][checked]")["value"])
    assert code.code == "E7"


def test_its_address_holds_none_of_his_words(client, session, dropped, soup):
    (link,) = soup(client.get(url("closing_file", session))).select("#unanswered a")

    assert link["href"].endswith(f"?problem={dropped.pk}")


def test_the_problem_of_another_candidate_fills_in_nothing(client, session, dropped, soup):
    other = situations.finished(session=session).candidate
    address = f"{url('report', session, other.pk)}?problem={dropped.pk}"

    form = soup(client.get(address, **HTMX), "form")

    assert "L’image est grise" not in str(form)


def test_once_its_report_is_written_it_is_told_no_more(client, session, dropped, soup):
    data = {
        "code": IncidentCode.objects.get(code="E7").pk,
        "question_number": "1",
        "description": "L’image est grise",
    }

    answer = client.post(url("report", session, dropped.attempt.candidate_id), data, **HTMX)

    assert IncidentReport.objects.get().question_number == 1
    assert words(soup(answer, "#unanswered")) == ""
    assert told(client, session, soup) == ""


def test_another_desk_hears_of_it(client, session, raised, soup):
    poll = f"{url('live', session)}?v=0&shape=0"

    answer = client.get(poll, **HTMX)

    assert "DURAND Simon, question 1" in words(soup(answer, "#unanswered"))


def test_it_keeps_nothing_from_being_finalised_and_the_confirmation_tells_it(
    client, session, dropped, soup
):
    asked = words(soup(client.post(url("confirm", session), **HTMX), "dialog"))

    assert "Un problème signalé par un candidat est resté sans réponse" in asked
    assert actions.finalise(session, by=UserFactory()).finalised_at


def test_one_raised_since_the_confirmation_asks_again(session, dropped):
    confirmed = read_closing(session).digest
    QuestionProblem.objects.update(state=ProblemState.WITHDRAWN)

    with pytest.raises(ChangedMeanwhile):
        actions.finalise(session, by=UserFactory(), confirmed=confirmed)


def test_with_one_not_all_went_well(client, session, bank, member, soup):
    attempt = situations.finished(session=session)
    situations.over(session)
    QuestionProblem.objects.create(
        attempt=attempt,
        number=1,
        question_id=attempt.question_ids[0],
        text="L’image est grise",
        state=ProblemState.DROPPED,
        decided_at=attempt.ended_at,
        decided_by=member,
    )

    page = soup(client.get(url("closing_file", session)))

    assert "Rien ne manque" in words(page.select_one("#missing"))
    assert not page.select("#all-well")


def test_the_window_that_ends_his_test_says_that_it_waits(client, session, raised, soup):
    asked = client.get(url("end_test", session, raised.attempt.candidate_id), **HTMX)

    assert "Son signalement sur la question 1 attend une réponse" in words(soup(asked, "dialog"))
