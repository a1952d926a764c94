from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from finalisation import actions
from sessions.enums import SessionState
from sessions.models import ExamSession
from tests import situations
from tests.factories import CentreFactory, ExamSessionFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

LIST = reverse("admin:exam_sessions_examsession_changelist")
MOST_QUERIES = 12


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


def with_comment(session):
    comments = {"has_incident": True, "global_comment": "Alarme incendie."}
    actions.save_closing_file(session, by=UserFactory(), comments=comments)
    return situations.finalised(session)


def finalised_at_once(count):
    """Many rows without their tests: what the list costs does not depend on them."""
    officer = UserFactory(officer=True)
    for session in ExamSessionFactory.create_batch(count):
        actions.save_closing_file(session, by=officer, comments={"has_incident": False})
    ExamSession.objects.update(
        state=SessionState.FINALISED, finalised_at=timezone.now(), finalised_by=officer
    )


def numbers(soup, response):
    return [int(cell.text) for cell in soup(response).select("#result_list .field-number")]


def test_the_list_shows_what_is_to_examine_first(client, officer, soup):
    to_examine = with_comment(situations.finished().candidate.session)
    situations.finalised()

    response = client.get(LIST)

    assert numbers(soup, response) == [to_examine.pk]
    assert soup(response).select_one(".piles [aria-current]").text.split()[:2] == ["À", "traiter"]


def test_another_pile_is_one_click_away(client, officer, soup):
    with_comment(situations.finished().candidate.session)
    ready = situations.finalised()

    assert numbers(soup, client.get(LIST, {"pile": "pretes"})) == [ready.pk]


def test_a_search_by_number_looks_into_every_pile(client, officer, soup):
    published = situations.published()

    assert numbers(soup, client.get(LIST, {"q": published.pk})) == [published.pk]


def test_a_search_by_the_name_of_the_centre(client, officer, soup):
    session = situations.finalised(
        situations.finished(
            session=ExamSessionFactory(centre=CentreFactory(name="Lycée des Embruns"))
        ).candidate.session
    )
    situations.finalised()

    assert numbers(soup, client.get(LIST, {"q": "embruns"})) == [session.pk]


@pytest.mark.parametrize("value", ["moi", "personne", "x", "9" * 30])
def test_the_filter_by_officer_takes_anything(client, officer, value):
    assert client.get(LIST, {"officier": value}).status_code == 200


def test_the_sessions_i_took_in_charge(client, officer, soup):
    mine = actions.assign_officer(situations.finalised(), by=officer)
    situations.finalised()

    response = client.get(LIST, {"pile": "pretes", "officier": "moi"})

    assert numbers(soup, response) == [mine.pk]


def test_a_filter_by_code_and_one_by_centre(client, officer, soup):
    session = situations.finalised()

    parameters = {"pile": "pretes", "centre": session.centre_id}

    assert numbers(soup, client.get(LIST, parameters)) == [session.pk]
    assert numbers(soup, client.get(LIST, {**parameters, "code": "E1"})) == []


def of_kind(kind):
    session = ExamSessionFactory(centre=CentreFactory(kind=kind))
    return situations.finalised(situations.finished(session=session).candidate.session)


def test_a_filter_by_the_kind_of_the_centre(client, officer, soup):
    of_kind("SCO")
    company = of_kind("PRO")

    response = client.get(LIST, {"pile": "pretes", "type": "PRO"})

    assert numbers(soup, response) == [company.pk]
    assert "professionnel" in soup(response, "#changelist-filter").text


@pytest.mark.parametrize("value", ["", "x", "\0", "SCO,PRO"])
def test_a_kind_that_does_not_exist_filters_nothing(client, officer, soup, value):
    session = of_kind("SUP")

    response = client.get(LIST, {"pile": "pretes", "type": value})

    assert numbers(soup, response) == [session.pk]


def test_a_filter_by_date_stays_in_the_pile(client, officer, soup):
    days = [date(2026, 5, 4), date(2026, 6, 8), date(2026, 6, 9)]
    first, _, third = sessions = [situations.finalised() for _ in days]
    for session, day in zip(sessions, days, strict=True):
        ExamSession.objects.filter(pk=session.pk).update(date=day)
    june = {"pile": "pretes", "date__year": 2026, "date__month": 6}

    assert numbers(soup, client.get(LIST, {"pile": "pretes", "date__month": 5})) == [first.pk]
    assert numbers(soup, client.get(LIST, {**june, "date__day": 9})) == [third.pk]
    assert numbers(soup, client.get(LIST, {**june, "pile": "publiees"})) == []


def test_a_late_finalisation_is_flagged(client, officer, soup):
    session = situations.finalised()
    ended_at = session.finalised_at - timedelta(hours=48, minutes=1)
    ExamSession.objects.update(starts_at=ended_at - timedelta(hours=1), ends_at=ended_at)

    response = client.get(LIST, {"pile": "pretes"})

    assert soup(response, ".field-finalised .flag").text == "En retard"


def test_a_session_far_away_shows_the_hour_of_its_centre(client, officer, soup):
    centre = CentreFactory(time_zone="Pacific/Noumea")
    situations.finalised(
        situations.finished(session=ExamSessionFactory(centre=centre)).candidate.session
    )

    response = client.get(LIST, {"pile": "pretes"})

    assert "(Noumea)" in soup(response, ".field-finalised").text


@pytest.mark.parametrize("count", [1, 25])
def test_the_list_costs_the_same_for_1_and_25_sessions(client, officer, count):
    finalised_at_once(count)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(LIST, {"pile": "pretes"})

    assert response.context["cl"].result_count == count
    assert len(queries) <= MOST_QUERIES


def test_the_motive_is_told_while_the_session_is_to_examine(client, officer, soup):
    with_comment(situations.finished().candidate.session)

    assert soup(client.get(LIST), ".field-motives").text == "Commentaire"


def test_once_published_the_motive_is_no_longer_told(client, officer, soup):
    session = with_comment(situations.finished().candidate.session)
    actions.publish(session, by=officer, despite="un commentaire global")

    response = client.get(LIST, {"pile": "publiees"})

    assert soup(response, ".field-motives").text == "-"


@pytest.mark.parametrize("value", ["E1", "\0", "inconnu"])
def test_the_filter_by_code_takes_anything(client, officer, value):
    assert client.get(LIST, {"code": value}).status_code == 200


def select(sessions):
    return {
        "action": "publish_selected",
        "_selected_action": [session.pk for session in sessions],
    }


def test_publishing_a_selection_asks_first(client, officer):
    session = situations.finalised()

    response = client.post(f"{LIST}?pile=pretes", select([session]))

    session.refresh_from_db()
    assert f"Session {session.pk}" in response.text
    assert session.state == SessionState.FINALISED


def test_a_selection_sets_aside_what_is_undecided_and_says_why(client, officer, soup):
    ready = situations.finalised()
    undecided = with_comment(situations.finished().candidate.session)

    page = soup(client.post(f"{LIST}?pile=toutes", select([ready, undecided])))

    assert [field["value"] for field in page.select("[name=session]")] == [str(ready.pk)]
    assert f"Session {undecided.pk}" in page.select_one(".warning").text
    assert "commentaire global" in page.select_one(".warning").text


def test_a_selection_where_nothing_is_ready_offers_nothing_to_press(client, officer, soup):
    session = with_comment(situations.finished().candidate.session)

    page = soup(client.post(f"{LIST}?pile=toutes", select([session])))

    assert page.select("main form [type=submit]") == []


def test_a_selection_tells_what_is_published_already(client, officer, soup):
    session = situations.published()

    page = soup(client.post(f"{LIST}?pile=toutes", select([session])))

    assert page.select_one(".warning li li").text == "Déjà publiée."


def test_the_first_page_counts_what_waits(client, officer, soup):
    with_comment(situations.finished().candidate.session)

    response = client.get(reverse("admin:index"))

    first = soup(response).select_one(".piles a")
    assert first.select_one(".pile-label").text == "À traiter"
    assert first.select_one(".pile-count").text == "1"
    assert first["href"] == f"{LIST}?pile=a-traiter"


def test_the_first_page_costs_the_same_for_25_sessions(
    client, officer, django_assert_max_num_queries
):
    finalised_at_once(25)

    with django_assert_max_num_queries(8):
        client.get(reverse("admin:index"))
