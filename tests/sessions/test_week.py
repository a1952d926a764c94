from datetime import date, time

import pytest
import time_machine

from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
)
from tests.situations import finalised, started

FRIDAY_NOON = "2026-11-20 12:00Z"


@pytest.fixture
def member(db):
    return MembershipFactory()


@pytest.fixture
def week(client, member, soup):
    client.force_login(member.user)
    url = f"/sessions/centre/{member.centre_id}/"
    return lambda query="": soup(client.get(url + query), "#week")


def table(week):
    return [
        [" ".join(cell.text.split()) for cell in row.select("th, td")]
        for row in week.select("tbody tr")
    ]


def enrol(session, count):
    CandidateFactory.create_batch(count, session=session)
    return session


@time_machine.travel(FRIDAY_NOON, tick=False)
def test_each_day_says_its_sessions_its_seats_and_what_is_late(week, member, bank):
    centre = member.centre
    enrol(ExamSessionFactory(centre=centre, date=date(2026, 11, 16)), 3)
    enrol(ExamSessionFactory(centre=centre, date=date(2026, 11, 16), room="CDI"), 2)
    enrol(ExamSessionFactory(centre=centre, date=date(2026, 11, 19)), 4)
    finalised(ExamSessionFactory(centre=centre, date=date(2026, 11, 20)))
    enrol(ExamSessionFactory(centre=centre, date=date(2026, 11, 22)), 1)
    ExamSessionFactory(centre=centre, date=date(2026, 11, 23))

    assert table(week()) == [
        ["lundi 16 novembre", "2", "5", "2", "2"],
        ["mardi 17 novembre", "0", "0", "0", "0"],
        ["mercredi 18 novembre", "0", "0", "0", "0"],
        ["jeudi 19 novembre", "1", "4", "1", "0"],
        ["vendredi 20 novembre (aujourd’hui)", "1", "1", "0", "0"],
        ["samedi 21 novembre", "0", "0", "0", "0"],
        ["dimanche 22 novembre", "1", "1", "0", "0"],
    ]


@time_machine.travel(FRIDAY_NOON, tick=False)
def test_picture_shows_the_figures_of_the_table(week, member):
    enrol(ExamSessionFactory(centre=member.centre, date=date(2026, 11, 16)), 4)
    enrol(ExamSessionFactory(centre=member.centre, date=date(2026, 11, 20), start_time=time(20)), 8)
    ExamSessionFactory(centre=member.centre, date=date(2026, 11, 21))

    picture = week().svg

    assert [text.text for text in picture.select("text")] == ["4", "8", "0"]
    bars = [(bar["class"][1], bar["height"]) for bar in picture.select(".bar")]
    assert bars == [("is-late", "44"), ("is-ahead", "88"), ("is-ahead", "4")]
    assert picture.select_one(".today")["x"] == "57.14%"


@time_machine.travel(FRIDAY_NOON, tick=False)
def test_picture_obeys_the_strict_policy(week, member):
    ExamSessionFactory(centre=member.centre)

    assert not week().select("[style], style, script")


@time_machine.travel(FRIDAY_NOON, tick=False)
def test_day_leads_to_its_sessions(client, week, member, soup):
    ExamSessionFactory(centre=member.centre, room="tomorrow", date=date(2026, 11, 21))
    ExamSessionFactory(centre=member.centre, room="sunday", date=date(2026, 11, 22))

    link = week().select(".week-days a")[0]["href"]
    page = client.get(f"/sessions/centre/{member.centre_id}/{link.removesuffix('#list')}")

    assert [cell.text for cell in soup(page).select("[data-label=Salle]")] == ["tomorrow"]


@time_machine.travel(FRIDAY_NOON, tick=False)
def test_what_waits_is_counted_in_all_the_weeks(week, member, bank):
    ExamSessionFactory(centre=member.centre, date=date(2026, 10, 1))
    ExamSessionFactory(centre=member.centre, date=date(2026, 11, 19))
    started(session=ExamSessionFactory(centre=member.centre, start_time=time(12)))

    text = " ".join(week("?semaine=2026-12-01").text.split())

    assert (
        "Aucune session cette semaine-là. 2 sessions à finaliser en tout, dont 1 en retard." in text
    )


@time_machine.travel(FRIDAY_NOON, tick=False)
def test_other_weeks_are_one_step_away(week, member):
    ExamSessionFactory(centre=member.centre)

    present, other = week(), week("?semaine=2026-12-03&q=208")

    assert present.h2.text == "Semaine du 16 au 22 novembre 2026"
    assert [a["href"] for a in present.select("nav a")] == [
        "?semaine=2026-11-09#week",
        "?semaine=2026-11-23#week",
    ]
    assert other.h2.text == "Semaine du 30 novembre au 6 décembre 2026"
    assert [a.text for a in other.select("nav a")] == ["Précédente", "Cette semaine", "Suivante"]
    assert other.select("nav a")[0]["href"] == "?q=208&semaine=2026-11-23#week"


@pytest.mark.parametrize(
    ("zone", "now", "monday"),
    [
        ("Europe/Paris", "2026-11-22 22:59Z", "16"),
        ("Europe/Paris", "2026-11-22 23:00Z", "23"),
        ("Pacific/Noumea", "2026-11-22 12:59Z", "16"),
        ("Pacific/Noumea", "2026-11-22 13:00Z", "23"),
        ("Pacific/Tahiti", "2026-11-23 09:59Z", "16"),
        ("Pacific/Tahiti", "2026-11-23 10:00Z", "23"),
    ],
)
def test_week_turns_at_midnight_of_the_centre(client, db, soup, zone, now, monday):
    membership = MembershipFactory(centre=CentreFactory(time_zone=zone))
    with time_machine.travel(now, tick=False):
        ExamSessionFactory(centre=membership.centre)
        client.force_login(membership.user)
        page = client.get(f"/sessions/centre/{membership.centre_id}/")

    assert soup(page, "#week-title").text.startswith(f"Semaine du {monday} au ")


@time_machine.travel(FRIDAY_NOON, tick=False)
def test_fragment_is_the_element_of_the_page(client, member, soup):
    ExamSessionFactory(centre=member.centre)
    client.force_login(member.user)
    url = f"/sessions/centre/{member.centre_id}/?semaine=2026-11-12&q=208"

    fragment = client.get(url, headers={"HX-Request": "true", "HX-Target": "week"})

    assert str(soup(fragment, "#week")) == str(soup(client.get(url), "#week"))
    assert not soup(fragment).select("html, #results")


@pytest.mark.parametrize("count", [1, 25])
def test_query_count_does_not_grow_with_sessions(client, member, count, django_assert_num_queries):
    for session in ExamSessionFactory.create_batch(count, centre=member.centre):
        CandidateFactory(session=session)
    client.force_login(member.user)

    # login, user, centre, week, waiting
    with django_assert_num_queries(5):
        client.get(
            f"/sessions/centre/{member.centre_id}/",
            headers={"HX-Request": "true", "HX-Target": "week"},
        )


def test_a_week_that_begins_with_a_month_says_its_first_day(week, member):
    ExamSessionFactory(centre=member.centre)

    assert "Semaine du 1er au 7 juin 2026" in " ".join(week("?semaine=2026-06-03").text.split())


@time_machine.travel(FRIDAY_NOON, tick=False)
def test_the_present_week_without_a_session_is_called_this_one(week, member):
    ExamSessionFactory(centre=member.centre, date=date(2030, 1, 14))

    assert "Aucune session cette semaine." in " ".join(week().text.split())
