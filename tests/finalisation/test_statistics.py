"""What officers watch: what is reported, on which questions, how soon sessions are finalised."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
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
PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2026, 11, 18, 11, 30, tzinfo=PARIS)


def report(attempt, code, number=None, text="", at=None):
    return IncidentReport.objects.create(
        candidate=attempt.candidate,
        code=IncidentCode.objects.get(code=code),
        needs_description=False,
        needs_question=number is not None,
        question_number=number,
        description=text,
        written_by=UserFactory(),
        written_on="board",
        written_at=at or timezone.now(),
    )


@pytest.fixture
def attempt():
    return situations.started()


@pytest.fixture
def officer(client):
    client.force_login(UserFactory(officer=True))


def labels(table):
    return [(row.label.partition(" ")[0], row.count) for row in table.rows]


def counts(row):
    return [cell.count for cell in row.cells]


def test_reports_are_counted_by_code_the_most_frequent_first(attempt):
    report(attempt, "C5")
    report(attempt, "E1", 3)
    report(attempt, "E1", 4)

    assert labels(Statistics(7).by_code()) == [("E1", 2), ("C5", 1)]


def test_a_report_taken_back_is_not_counted(attempt):
    IncidentReport.objects.filter(pk=report(attempt, "C5").pk).update(
        discarded_at=timezone.now(), discarded_by=UserFactory(), discarded_why="Erreur"
    )

    assert not Statistics(7).by_code().rows


def test_a_report_older_than_the_period_is_not_counted(attempt):
    IncidentReport.objects.filter(pk=report(attempt, "C5").pk).update(
        written_at=timezone.now() - timedelta(days=2)
    )

    assert not Statistics(1).by_code().rows
    assert Statistics(7).by_code().rows


def test_the_same_question_is_found_under_its_number_in_each_test(attempt):
    other = situations.started()
    question = attempt.question_ids[0]
    other.question_ids = [*other.question_ids[:4], question, *other.question_ids[5:]]
    other.save(update_fields=["question_ids"])
    report(attempt, "E1", 1)
    report(other, "E4", 5)

    (row,) = Statistics(1).by_question().rows

    assert (row.pk, row.count, row.detail) == (question, 2, "E1, E4")
    assert row.label == str(Question.objects.get(pk=question))


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

    (row,) = Statistics(1).by_question().rows

    assert (row.pk, row.count) == (withdrawn.pk, 1)


def test_the_one_that_took_its_place_is_blamed_for_what_was_decided_after(attempt):
    withdrawn = replace_first_question(attempt)
    IncidentReport.objects.filter(pk=report(attempt, "E1", 1).pk).update(
        resolved_at=timezone.now(), resolution="Décidé à la finalisation."
    )

    rows = Statistics(1).by_question().rows

    assert {row.pk for row in rows} == {withdrawn.pk, attempt.question_ids[0]}


def test_a_number_that_the_test_has_not_is_no_question(attempt):
    report(attempt, "E1", attempt.question_count + 1)

    assert not Statistics(1).by_question().rows


def test_each_code_is_counted_day_after_day_with_the_days_of_none(attempt):
    report(attempt, "C5", at=MORNING - timedelta(days=6))
    report(attempt, "C5", at=MORNING)
    report(attempt, "E1", 1, at=MORNING - timedelta(days=1))

    by_code = Statistics(7, MORNING).by_code()

    assert (by_code.slices[0], by_code.slices[-1]) == ("mer 11/11", "mer 18/11")
    assert [counts(row) for row in by_code.rows] == [
        [0, 1, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 1, 0],
    ]


def test_the_highest_bar_is_the_greatest_number_of_the_whole_table(attempt):
    for number in range(1, 5):
        report(attempt, "E1", number, at=MORNING)
    report(attempt, "C5", at=MORNING)

    first, second = Statistics(7, MORNING).by_code().rows

    assert (first.cells[-1].height, second.cells[-1].height) == (24, 6)
    assert first.cells[0].height == 0


def test_the_smallest_number_still_has_a_bar(attempt):
    for number in range(1, 61):
        report(attempt, "E1", number, at=MORNING)
    report(attempt, "C5", at=MORNING)

    assert Statistics(7, MORNING).by_code().rows[1].cells[-1].height == 1


@pytest.mark.parametrize(
    ("days", "first", "last", "many"),
    [
        (1, "mar 9–12 h", "mer 9–12 h", 9),
        (7, "mer 11/11", "mer 18/11", 8),
        (30, "sem. 19/10", "sem. 16/11", 5),
        (365, "11/2025", "11/2026", 13),
    ],
)
def test_a_period_is_cut_in_few_slices_that_fit_a_telephone(days, first, last, many):
    slices = Statistics(days, MORNING).by_code().slices

    assert (slices[0], slices[-1], len(slices)) == (first, last, many)


@pytest.mark.parametrize("days", [1, 7, 30, 365])
def test_the_first_moment_of_a_period_and_its_last_have_their_slice(attempt, days):
    report(attempt, "C5", at=MORNING - timedelta(days=days, seconds=-1))
    report(attempt, "C5", at=MORNING)

    (row,) = Statistics(days, MORNING).by_code().rows

    assert (counts(row)[0], counts(row)[-1], row.count) == (1, 1, 2)


@pytest.mark.parametrize("change", [(2026, 3, 29, 12), (2026, 10, 25, 12)])
def test_the_night_when_the_clocks_change_loses_no_report(attempt, change):
    noon = datetime(*change, tzinfo=PARIS)
    for hours in range(1, 14):
        report(attempt, "C5", at=noon - timedelta(hours=hours))

    (row,) = Statistics(1, noon).by_code().rows

    assert sum(counts(row)) == row.count == 13


def test_a_day_is_one_of_paris(attempt):
    after_midnight = datetime(2026, 11, 17, 23, 30, tzinfo=ZoneInfo("UTC"))
    report(attempt, "C5", at=after_midnight)

    by_code = Statistics(7, after_midnight).by_code()

    assert by_code.slices[-1] == "mer 18/11"
    assert counts(by_code.rows[0])[-2:] == [0, 1]


def test_each_question_is_counted_day_after_day(attempt):
    report(attempt, "E1", 1, at=MORNING - timedelta(days=1))
    report(attempt, "E4", 1, at=MORNING)
    report(attempt, "E1", 1, at=MORNING)

    (row,) = Statistics(7, MORNING).by_question().rows

    assert counts(row)[-3:] == [0, 1, 2]


def test_the_questions_reported_most_are_kept(attempt):
    for number in range(1, 23):
        report(attempt, "E1", number, at=MORNING)
    report(attempt, "E4", 22, at=MORNING)

    rows = Statistics(7, MORNING).by_question().rows

    assert len(rows) == 20
    assert (rows[0].pk, rows[0].count) == (attempt.question_ids[21], 2)


def same_question(attempts):
    """The first question of the first one, given as first to them all."""
    for attempt in attempts[1:]:
        attempt.question_ids = [attempts[0].question_ids[0], *attempt.question_ids[1:]]
        attempt.save(update_fields=["question_ids"])
    return attempts


@pytest.fixture
def rooms(attempt):
    return same_question([attempt, situations.started(), situations.started()])


def test_a_question_reported_in_several_sessions_the_same_morning_stands_out(rooms):
    report(rooms[0], "E1", 1, at=MORNING.replace(hour=9, minute=4))
    report(rooms[0], "E4", 1, at=MORNING.replace(hour=9, minute=20))
    report(rooms[1], "E1", 1, at=MORNING.replace(hour=9, minute=58))

    (alert,) = Statistics(7, MORNING).standing_out()

    assert alert.pk == rooms[0].question_ids[0]
    assert alert.detail == (
        "3\u00a0signalements entre 9\u00a0h et 10\u00a0h aujourd’hui, dans 2\u00a0sessions"
    )


def test_it_stands_out_whatever_the_period_looked_at_and_in_its_order(rooms):
    for attempt in rooms:
        report(attempt, "E1", 1, at=MORNING)
        report(attempt, "E1", 2, at=MORNING)
    first, second = rooms[0].question_ids[:2]
    for attempt in rooms:
        attempt.question_ids = [first, second, *attempt.question_ids[2:]]
        attempt.save(update_fields=["question_ids"])
    report(rooms[0], "E4", 2, at=MORNING)

    assert [alert.pk for alert in Statistics(365, MORNING).standing_out()] == [second, first]


def test_one_room_that_reports_a_question_three_times_is_not_a_bad_question(attempt):
    for code in ("E1", "E4", "E5"):
        report(attempt, code, 1, at=MORNING)

    assert not Statistics(7, MORNING).standing_out()


def test_two_reports_are_not_enough_to_stand_out(rooms):
    report(rooms[0], "E1", 1, at=MORNING)
    report(rooms[1], "E1", 1, at=MORNING)

    assert not Statistics(7, MORNING).standing_out()


def test_what_was_reported_yesterday_does_not_stand_out_today(rooms):
    for attempt in rooms:
        report(attempt, "E1", 1, at=MORNING - timedelta(hours=12))

    assert not Statistics(7, MORNING).standing_out()


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

    assert (delays.count, delays.median) == (3, "5\u00a0h\u00a000")


def test_between_two_sessions_the_median_is_half_way():
    for hours in (2, 4, 8, 50):
        finalised_after(hours)

    assert Statistics(7).delays().median == "6\u00a0h\u00a000"


def ended(day, ends, finalised, zone="Europe/Paris"):
    """A session of that day, from its end to its finalisation, in hours of its own zone."""
    session = ExamSessionFactory(
        centre__time_zone=zone, date=day.date(), start_time=time(8), end_time=time(ends)
    )
    at = datetime.combine(day.date(), time(0), ZoneInfo(zone)) + timedelta(hours=finalised)
    type(session).objects.filter(pk=session.pk).update(
        state="finalised", finalised_at=at, finalised_by=UserFactory()
    )
    return session


@pytest.mark.parametrize(
    ("finalised", "place"),
    [(9, 0), (10.9, 0), (11, 1), (23.9, 1), (24, 2), (34, 2), (34.1, 3), (58, 3), (58.1, 4)],
)
def test_each_session_is_in_one_bar_of_the_histogram(finalised, place):
    ended(MORNING - timedelta(days=4), 10, finalised)

    bars = Statistics(7, MORNING).delays().lines

    assert [line.count for line in bars] == [int(n == place) for n in range(5)]


@pytest.mark.parametrize("zone", ["Pacific/Noumea", "America/Martinique", "Europe/Paris"])
def test_the_same_day_is_that_of_the_centre(zone):
    ended(MORNING - timedelta(days=4), 10, 23, zone)

    bars = Statistics(7, MORNING).delays().lines

    assert [line.count for line in bars] == [0, 1, 0, 0, 0]


def test_the_histogram_says_the_part_of_each_bar():
    for hours in (50, 60, 70, 25):
        finalised_after(hours)

    bars = Statistics(7).delays().lines

    assert [line.detail for line in bars[-2:]] == ["25\u00a0%", "75\u00a0%"]


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


def test_a_session_first_finalised_in_time_is_no_lateness_of_its_centre_once_opened_again():
    session = finalised_after(60)
    with time_machine.travel(timezone.now() - timedelta(hours=40)):
        record("session.finalised", by=UserFactory(), session=session)
    opened_again(session)

    assert not Statistics(7).late_centres()


def test_a_session_first_finalised_late_is_a_lateness_of_its_centre_once_opened_again():
    session = finalised_after(60)
    record("session.finalised", by=UserFactory(), session=session)
    opened_again(session)

    (line,) = Statistics(7).late_centres()

    assert line.count == 1


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


def test_the_page_costs_the_same_for_many_questions_that_stand_out(client, officer, rooms):
    now = timezone.now()
    for attempt in rooms:
        report(attempt, "E1", 1, at=now)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for number in range(1, 26):
        for attempt in rooms:
            attempt.question_ids[number] = rooms[0].question_ids[number]
            report(attempt, "E1", number + 1, at=now)
    for attempt in rooms:
        attempt.save(update_fields=["question_ids"])

    with CaptureQueriesContext(connection) as many:
        page = client.get(PAGE)

    assert page.content.count(b"dans 3") == 20
    assert len(many) == len(one)


def test_the_page_tells_first_the_question_that_stands_out(client, officer, rooms, soup):
    for attempt in rooms:
        report(attempt, "E1", 1)

    link = soup(client.get(PAGE)).select_one(".warning a")

    assert link["href"] == reverse("admin:exam_question_change", args=[rooms[0].question_ids[0]])


def test_the_pictures_are_beside_their_numbers_and_not_read_aloud(client, officer, attempt, soup):
    report(attempt, "C5")

    cells = soup(client.get(PAGE)).select("#codes tbody td")

    assert [cell.get_text(strip=True) for cell in cells] == ["1", *"0000000", "1"]
    assert all(cell.svg["aria-hidden"] == "true" for cell in cells[1:])


def test_somebody_of_a_centre_does_not_see_it(client):
    client.force_login(UserFactory())

    assert client.get(PAGE).status_code in (302, 403, 404)
