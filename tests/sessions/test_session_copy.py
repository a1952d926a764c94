from datetime import date, time

import pytest
import time_machine

from sessions.models import ExamSession
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, MembershipFactory

DAY = date(2026, 12, 14)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel("2026-11-20 12:00Z", tick=False):
        yield


@pytest.fixture
def member(db):
    return MembershipFactory()


@pytest.fixture
def copy(client, member):
    client.force_login(member.user)
    return lambda model: client.get(f"/sessions/centre/{member.centre_id}/nouvelle/?modele={model}")


def value(soup, response, field):
    return soup(response, f"#id_{field}").get("value", "")


def schedule(soup, response):
    return [value(soup, response, field) for field in ("date", "start_time", "end_time")]


def test_copy_is_the_form_of_a_session_of_the_same_room(copy, member, soup):
    model = ExamSessionFactory(centre=member.centre, date=DAY, observations="Accès par la cour.")
    CandidateFactory(session=model)

    page = copy(model.pk)

    assert value(soup, page, "site") == "Collège Anne Frank"
    assert value(soup, page, "room") == "Salle 208"
    assert soup(page, "#id_invigilators").text.strip() == "Paul Éluard"
    assert "Accès par la cour." in soup(page, "#id_observations").text
    assert "Les candidats ne sont pas copiés" in page.text
    assert ExamSession.objects.count() == 1


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (time(9), None, ["2026-12-14", "11:00", ""]),
        (time(9), time(11), ["2026-12-14", "11:00", "13:00"]),
        (time(9, 15), time(11, 1), ["2026-12-14", "12:00", "13:46"]),
        (time(20), time(22, 30), ["2026-12-14", "23:00", ""]),
        (time(22), None, ["2026-12-15", "22:00", ""]),
        (time(21), time(23, 30), ["2026-12-15", "21:00", "23:30"]),
    ],
)
def test_copy_begins_at_the_next_full_hour_or_the_next_day(
    copy, member, soup, start, end, expected
):
    model = ExamSessionFactory(centre=member.centre, date=DAY, start_time=start, end_time=end)

    assert schedule(soup, copy(model.pk)) == expected


def test_copy_of_a_past_session_waits_for_its_day(copy, member, soup):
    model = ExamSessionFactory(centre=member.centre, date=date(2026, 11, 19))

    assert schedule(soup, copy(model.pk)) == ["", "09:00", ""]


def test_copy_is_on_the_clock_of_the_centre(client, db, soup):
    membership = MembershipFactory(centre=CentreFactory(time_zone="Pacific/Noumea"))
    model = ExamSessionFactory(centre=membership.centre, date=DAY, start_time=time(8))
    client.force_login(membership.user)

    page = client.get(f"/sessions/centre/{membership.centre_id}/nouvelle/?modele={model.pk}")

    assert schedule(soup, page) == ["2026-12-14", "10:00", ""]


def test_copy_is_created_with_secrets_of_its_own_and_no_candidate(client, copy, member):
    model = ExamSessionFactory(centre=member.centre, date=DAY)
    CandidateFactory(session=model)
    client.force_login(member.user)

    client.post(
        f"/sessions/centre/{member.centre_id}/nouvelle/?modele={model.pk}",
        {
            "site": model.site,
            "room": model.room,
            "date": "2026-12-14",
            "start_time": "11:00",
            "invigilators": model.invigilators,
        },
    )

    created = ExamSession.objects.exclude(pk=model.pk).get()
    assert created.password != model.password
    assert created.access_code != model.access_code
    assert not created.candidates.exists()


@pytest.mark.parametrize("model", ["abc", "²", "0", "-1", "9" * 5000, "%00", "9" * 18])
def test_unknown_model_is_not_found(copy, model):
    assert copy(model).status_code == 404


def test_session_of_another_centre_is_not_a_model(copy, member):
    elsewhere = ExamSessionFactory(centre=MembershipFactory(user=member.user).centre)

    assert copy(elsewhere.pk).status_code == 404


def test_list_offers_to_duplicate_each_session(client, member, soup):
    model = ExamSessionFactory(centre=member.centre)
    client.force_login(member.user)

    menu = soup(client.get(f"/sessions/centre/{member.centre_id}/"), f"#menu-{model.pk}")

    url = f"/sessions/centre/{member.centre_id}/nouvelle/?modele={model.pk}"
    assert menu.find("a", string="Dupliquer")["href"] == url
