from datetime import time

import pytest
import time_machine
from django.urls import reverse

from certif.accounts.models import Role
from sessions.enums import SessionState
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
    UserFactory,
    days_ago,
)
from tests.situations import finalised, started

NOON = "2026-11-20 12:00Z"


@pytest.fixture
def member(db):
    return MembershipFactory(role=Role.MEMBER)


@pytest.fixture
def show(client, member):
    client.force_login(member.user)
    return lambda query="": client.get(f"/sessions/centre/{member.centre_id}/{query}")


def rows(soup, response):
    return soup(response).select("tbody tr")


def test_row_says_all_that_the_centre_needs(show, member, soup):
    session = ExamSessionFactory(centre=member.centre, site="Annexe", room="Salle 12")
    CandidateFactory.create_batch(3, session=session)

    row = soup(show(), "tbody tr").text

    assert str(session.pk) in row
    assert "Annexe" in row
    assert "Salle 12" in row
    assert "Paul Éluard" in row
    assert "9\u00a0h\u00a000" in row
    assert "Créée" in row
    assert soup(show(), "[data-label='Candidats inscrits']").text == "3"
    assert soup(show(), "[data-label='Tests commencés']").text == "0"


@time_machine.travel(NOON, tick=False)
def test_what_is_to_be_finalised_comes_first(show, member, soup):
    finished = ExamSessionFactory(centre=member.centre, date=days_ago(1))
    late = ExamSessionFactory(centre=member.centre, date=days_ago(9))
    tomorrow = ExamSessionFactory(centre=member.centre, date=days_ago(-1))
    next_week = ExamSessionFactory(centre=member.centre, date=days_ago(-7))

    shown = [row.th.a["href"] for row in rows(soup, show())]

    assert shown == [s.get_absolute_url() for s in (late, finished, tomorrow, next_week)]


@time_machine.travel(NOON, tick=False)
def test_time_left_and_lateness_are_said(show, member, soup):
    ExamSessionFactory(centre=member.centre, date=days_ago(9))
    ExamSessionFactory(centre=member.centre, date=days_ago(1))

    late, recent = rows(soup, show())

    assert "En retard de 7\u00a0jours\u00a02\u00a0h" in late.text
    assert "Reste 21\u00a0h\u00a045" in recent.text


@time_machine.travel(NOON, tick=False)
def test_deadline_is_on_the_clock_of_the_centre(client, db, soup):
    membership = MembershipFactory(centre=CentreFactory(time_zone="Pacific/Noumea"))
    ExamSessionFactory(centre=membership.centre, date=days_ago(-3), start_time=time(9))
    client.force_login(membership.user)

    response = client.get(f"/sessions/centre/{membership.centre_id}/")

    assert soup(response, "[data-label='Échéance']").text == "25/11/202610\u00a0h\u00a045"


def test_finalised_session_is_under_its_filter(show, member, soup, bank):
    session = finalised(ExamSessionFactory(centre=member.centre))
    ExamSessionFactory(centre=member.centre)

    assert soup(show("?statut=finalisees"), "tbody th a")["href"] == session.get_absolute_url()


def test_session_in_review_reads_finalised(show, member, bank, soup):
    session = finalised(ExamSessionFactory(centre=member.centre))
    session.move_to(SessionState.IN_REVIEW, by=session.finalised_by, at=session.finalised_at)

    assert soup(show("?statut=finalisees"), "tbody .badge").text == "Finalisée"


def test_running_session_reads_started_and_is_to_be_finalised(show, member, bank, soup):
    session = ExamSessionFactory(centre=member.centre)
    started(session=session)

    assert soup(show("?statut=a-finaliser"), "tbody .badge.is-running").text == "Test commencé"


def test_unknown_filter_and_page_show_the_list(show, member, soup):
    ExamSessionFactory(centre=member.centre)

    assert len(rows(soup, show("?statut=inconnu&page=zero"))) == 1


def test_pages_hold_twenty_five(show, member, soup):
    ExamSessionFactory.create_batch(26, centre=member.centre)

    assert len(rows(soup, show())) == 25
    assert len(rows(soup, show("?page=2"))) == 1


def test_empty_centre_offers_to_create(show, member, soup):
    link = soup(show(), ".empty a")

    assert link["href"] == reverse("sessions:session_create", args=[member.centre_id])


def test_other_centres_of_the_person_are_offered(show, member):
    other = MembershipFactory(user=member.user).centre
    foreign = CentreFactory(name="Ailleurs")

    page = show().text

    assert f"/sessions/centre/{other.pk}/" in page
    assert foreign.name not in page


def test_sessions_of_another_centre_are_not_shown(show, soup):
    ExamSessionFactory()

    assert rows(soup, show()) == []


@pytest.mark.parametrize("count", [1, 25])
def test_query_count_does_not_grow_with_sessions(show, member, count, django_assert_num_queries):
    for session in ExamSessionFactory.create_batch(count, centre=member.centre):
        CandidateFactory(session=session)

    # login, user, centre, centres of the person, count of the page, sessions
    with django_assert_num_queries(6):
        show()


def test_invigilator_has_no_list(client, member):
    client.force_login(UserFactory())

    assert client.get(f"/sessions/centre/{member.centre_id}/").status_code == 404
