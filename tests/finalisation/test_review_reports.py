"""Which question a report is about, as officers read it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exam import actions as exam_actions
from exam.models import Question
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from tests import situations
from tests.factories import QuestionFactory, UserFactory
from tests.finalisation.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


@pytest.fixture
def replaced():
    """Question 7 was withdrawn on the day; the candidate then answered the one in its place."""
    attempt = situations.answer_all(situations.started(), value=[1], upto=6)
    held = Question.objects.get(pk=attempt.question_ids[6])
    Question.objects.filter(pk=held.pk).update(statement="Celle qui a été retirée.")
    QuestionFactory(competence=held.competence, statement="Celle qui l’a remplacée.")
    seat = {"seat_key": attempt.seat_key, "by": attempt.candidate.user}
    exam_actions.raise_problem(attempt, number=7, text="Image grise", **seat)
    invigilation_actions.accept_problem(
        attempt.problems.get(), code=code("E7"), description="Image grise", by=UserFactory()
    )
    return situations.answer_all(attempt, value=[1])


def code(name):
    return IncidentCode.objects.get(code=name)


def report(attempt, name, **fields):
    return invigilation_actions.write_report(
        attempt.candidate, code=code(name), by=UserFactory(), screen=Screen.BOARD, **fields
    )


def article(client, soup, session, report):
    page = client.get(reverse("admin:exam_sessions_examsession_change", args=[session.pk]))
    return words(soup(page, f"#signalement-{report.pk}"))


def test_a_report_accepted_on_the_day_tells_the_question_that_was_withdrawn(
    client, officer, soup, replaced
):
    session = situations.finalised(replaced.candidate.session)

    told = article(client, soup, session, replaced.candidate.reports.get())

    assert "Celle qui a été retirée." in told
    assert "Question retirée" in told
    assert "Celle qui l’a remplacée." not in told


def test_a_later_report_under_the_same_number_tells_the_question_in_its_place(
    client, officer, soup, replaced
):
    later = report(replaced, "E2", question_number=7)
    session = situations.finalised(replaced.candidate.session)

    told = article(client, soup, session, later)

    assert "Celle qui l’a remplacée." in told
    assert "juste" in told
    assert "Question retirée" not in told


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("A2", "Autre incident"),
        ("C6", "Suspicion de fraude"),
        ("C1", "Prénom, nom ou date de naissance à corriger"),
    ],
)
def test_a_report_says_what_it_is_without_the_list_it_was_chosen_from(
    client, officer, soup, name, said
):
    IncidentCode.objects.filter(code=name).update(active_from=date(2020, 1, 1))
    attempt = situations.finished()
    written = report(attempt, name, description="Alarme à 9 h 40.")
    session = situations.finalised(attempt.candidate.session)

    told = article(client, soup, session, written)

    assert f"{attempt.candidate} {said} écrit par" in told


def test_reports_on_questions_cost_the_same_for_1_and_25(client, officer):
    attempt = situations.finished()
    page = reverse("admin:exam_sessions_examsession_change", args=[attempt.candidate.session_id])
    report(attempt, "E2", question_number=1)
    client.get(page)
    with CaptureQueriesContext(connection) as alone:
        client.get(page)
    for number in range(2, 26):
        report(attempt, "E2", question_number=number)

    with CaptureQueriesContext(connection) as many:
        client.get(page)

    assert len(many) == len(alone)
