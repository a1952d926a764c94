"""What officers watch: what is reported, on which questions, how soon sessions are finalised."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certif.audit.models import record
from exam import actions as exam_actions
from exam.models import Question
from finalisation.statistics import Statistics
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, IncidentReport
from tests import situations
from tests.factories import ExamSessionFactory, QuestionFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

PAGE = reverse("admin:exam_sessions_examsession_statistics")


def report(attempt, code, number=None, text=""):
    return IncidentReport.objects.create(
        candidate=attempt.candidate,
        code=IncidentCode.objects.get(code=code),
        needs_description=False,
        needs_question=number is not None,
        question_number=number,
        description=text,
        written_by=UserFactory(),
        written_on="board",
    )


@pytest.fixture
def attempt():
    return situations.started()


@pytest.fixture
def officer(client):
    client.force_login(UserFactory(officer=True))


def labels(lines):
    return [(line.label.partition(" ")[0], line.count) for line in lines]


def test_reports_are_counted_by_code_the_most_frequent_first(attempt):
    report(attempt, "C5")
    report(attempt, "E1", 3)
    report(attempt, "E1", 4)

    assert labels(Statistics(7).by_code()) == [("E1", 2), ("C5", 1)]


def test_a_report_taken_back_is_not_counted(attempt):
    IncidentReport.objects.filter(pk=report(attempt, "C5").pk).update(
        discarded_at=timezone.now(), discarded_by=UserFactory(), discarded_why="Erreur"
    )

    assert not Statistics(7).by_code()


def test_a_report_older_than_the_period_is_not_counted(attempt):
    IncidentReport.objects.filter(pk=report(attempt, "C5").pk).update(
        written_at=timezone.now() - timedelta(days=2)
    )

    assert not Statistics(1).by_code()
    assert Statistics(7).by_code()


def test_the_same_question_is_found_under_its_number_in_each_test(attempt):
    other = situations.started()
    question = attempt.question_ids[0]
    other.question_ids = [*other.question_ids[:4], question, *other.question_ids[5:]]
    other.save(update_fields=["question_ids"])
    report(attempt, "E1", 1)
    report(other, "E4", 5)

    (line,) = Statistics(1).by_question()

    assert (line.pk, line.count, line.detail) == (question, 2, "E1, E4")
    assert line.label == str(Question.objects.get(pk=question))


def replace_first_question(attempt):
    """Its problem is accepted on the day, with a report. Gives the question that was withdrawn."""
    withdrawn = Question.objects.get(pk=attempt.question_ids[0])
    QuestionFactory(competence=withdrawn.competence)
    seat = {"seat_key": attempt.seat_key, "by": attempt.candidate.user}
    exam_actions.raise_problem(attempt, number=1, text="Image grise", **seat)
    invigilation_actions.accept_problem(
        attempt.problems.get(),
        code=IncidentCode.objects.get(code="E7"),
        description="Image grise",
        by=UserFactory(),
    )
    attempt.refresh_from_db()
    return withdrawn


def test_the_question_that_was_withdrawn_is_blamed_and_not_the_one_that_took_its_place(attempt):
    withdrawn = replace_first_question(attempt)

    (line,) = Statistics(1).by_question()

    assert (line.pk, line.count) == (withdrawn.pk, 1)


def test_the_one_that_took_its_place_is_blamed_for_what_was_decided_after(attempt):
    withdrawn = replace_first_question(attempt)
    IncidentReport.objects.filter(pk=report(attempt, "E1", 1).pk).update(
        resolved_at=timezone.now(), resolution="Décidé à la finalisation."
    )

    lines = Statistics(1).by_question()

    assert {line.pk for line in lines} == {withdrawn.pk, attempt.question_ids[0]}


def test_a_number_that_the_test_has_not_is_no_question(attempt):
    report(attempt, "E1", attempt.question_count + 1)

    assert not Statistics(1).by_question()


def test_reports_are_counted_by_day_the_last_one_first(attempt):
    report(attempt, "C5")
    IncidentReport.objects.update(written_at=timezone.now() - timedelta(days=2))
    report(attempt, "C5")
    report(attempt, "C5")

    assert [line.count for line in Statistics(7).by_day()] == [2, 1]


def test_over_a_year_reports_are_counted_by_month(attempt):
    report(attempt, "C5")
    IncidentReport.objects.update(written_at=timezone.now() - timedelta(days=62))
    report(attempt, "C5")

    assert [line.count for line in Statistics(365).by_day()] == [1, 1]


def finalised_after(hours):
    session = ExamSessionFactory()
    now = timezone.now()
    type(session).objects.filter(pk=session.pk).update(
        state="finalised",
        starts_at=now - timedelta(hours=hours + 2),
        ends_at=now - timedelta(hours=hours),
        finalised_at=now,
        finalised_by=UserFactory(),
    )
    return session


def test_half_of_the_sessions_were_finalised_within_the_median():
    for hours in (1, 5, 50):
        finalised_after(hours)

    delays = Statistics(7).delays()

    assert (delays.count, delays.late, delays.median) == (3, 1, "5\u00a0h\u00a000")


def opened_again(session):
    record("session.reopened", by=UserFactory(), session=session, why="Il manque une heure.")


def test_a_session_that_officers_opened_again_tells_nothing_of_the_delay():
    opened_again(finalised_after(60))

    assert Statistics(7).delays().count == 0


def test_the_centres_that_are_late_are_told_with_what_is_still_to_do():
    finalised_after(3)
    was_late, is_late = finalised_after(60), ExamSessionFactory()
    type(is_late).objects.filter(pk=is_late.pk).update(
        centre=was_late.centre,
        starts_at=timezone.now() - timedelta(hours=70),
        ends_at=timezone.now() - timedelta(hours=60),
    )

    (line,) = Statistics(7).late_centres()

    assert (line.label, line.count) == (was_late.centre.name, 2)
    assert line.detail == "1 encore à finaliser"


def test_a_session_that_officers_opened_again_is_no_lateness_of_its_centre():
    opened_again(finalised_after(60))

    assert not Statistics(7).late_centres()


@pytest.mark.parametrize("days", ["", "1", "7", "30", "365", "12", "x", "9" * 30])
def test_the_page_shows_any_period(client, officer, days):
    assert client.get(PAGE, {"jours": days}).status_code == 200


def test_the_page_leads_to_the_question(client, officer, attempt, soup):
    report(attempt, "E1", 1)

    link = soup(client.get(PAGE)).select_one("#questions a")

    assert link["href"] == reverse("admin:exam_question_change", args=[attempt.question_ids[0]])


def test_the_page_costs_the_same_for_many_reports(client, officer, attempt):
    report(attempt, "E1", 1)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for number in range(2, 12):
        report(attempt, "E2", number)

    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)

    assert len(many) == len(one)


def test_somebody_of_a_centre_does_not_see_it(client):
    client.force_login(UserFactory())

    assert client.get(PAGE).status_code in (302, 403, 404)
