"""Who opened the record of a minor: noted once an hour, told to those who run the centre."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certif.accounts.models import Role
from certif.audit.models import AuditEvent
from certif.audit.openings import note_opening
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TODAY = "2026-11-21 12:10+01:00"


@pytest.fixture(autouse=True)
def _on_one_day():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def manager(client):
    user = MembershipFactory(user__first_name="Claire", user__last_name="Fontaine").user
    client.force_login(user)
    return user


@pytest.fixture
def session(manager):
    return ExamSessionFactory(centre=manager.memberships.get().centre)


@pytest.fixture
def minor(session):
    return born(session, date(2010, 5, 4), birth_name="Dupont", first_name="Paul")


def born(session, day, **names):
    return CandidateFactory(session=session, birth_date=day, **names)


def address(candidate):
    return reverse("sessions:candidate_edit", args=[candidate.session_id, candidate.pk])


def openings():
    return AuditEvent.objects.filter(kind="candidate.opened")


def test_opening_the_record_of_a_minor_is_noted(client, manager, minor):
    client.get(address(minor))

    event = openings().get()
    assert (event.actor_id, event.candidate_id) == (manager.pk, minor.pk)
    assert event.centre_id == minor.session.centre_id


def test_it_is_noted_once_however_often_it_is_opened(client, minor):
    client.get(address(minor))
    client.get(address(minor))

    assert openings().count() == 1


def test_it_is_noted_again_the_next_hour(client, minor):
    client.get(address(minor))
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        client.get(address(minor))

    assert openings().count() == 2


def test_each_person_and_each_record_has_its_line(client, session, minor):
    client.get(address(minor))
    client.get(address(born(session, date(2011, 1, 1))))
    client.force_login(MembershipFactory(centre=session.centre).user)
    client.get(address(minor))

    assert openings().count() == 3


@pytest.mark.parametrize(
    ("day", "lines"),
    [(date(2008, 11, 21), 0), (date(2008, 11, 22), 1), (date(1990, 1, 1), 0)],
    ids=["eighteen today", "eighteen tomorrow", "of age"],
)
def test_only_the_record_of_somebody_under_eighteen(client, session, day, lines):
    client.get(address(born(session, day)))

    assert openings().count() == lines


def test_the_day_is_that_of_the_centre(client):
    centre = CentreFactory(time_zone="Pacific/Noumea")
    client.force_login(MembershipFactory(centre=centre).user)
    candidate = born(ExamSessionFactory(centre=centre), date(2008, 11, 22))

    with time_machine.travel("2026-11-21 15:00Z", tick=False):
        client.get(address(candidate))

    assert not openings().exists()


def test_a_head_reads_nothing_and_is_not_noted(client, minor):
    client.head(address(minor))

    assert not openings().exists()


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}],
    ids=str,
)
def test_a_browser_that_reads_ahead_is_given_nothing(client, minor, headers):
    response = client.get(address(minor), headers=headers)

    assert response.status_code == 409
    assert "Dupont" not in response.text
    assert not openings().exists()


def test_a_record_that_is_refused_is_not_opened(client, minor):
    type(minor.session).objects.filter(pk=minor.session_id).update(
        state="finalised", finalised_at=timezone.now(), finalised_by=minor.session.created_by
    )

    assert client.get(address(minor)).status_code == 409
    assert not openings().exists()


def test_the_page_costs_one_query_more(client, session, minor):
    adult = born(session, date(1990, 1, 1))

    with CaptureQueriesContext(connection) as of_age:
        client.get(address(adult))
    with CaptureQueriesContext(connection) as under:
        client.get(address(minor))

    assert len(under) - len(of_age) == 1


def test_the_constraint_alone_holds_the_hour(rf, session, minor):
    request = rf.get("/")
    request.user = UserFactory()

    with CaptureQueriesContext(connection) as queries:
        note_opening(request, "candidate.opened", session=session, candidate=minor)
        note_opening(request, "candidate.opened", session=session, candidate=minor)

    statements = [query["sql"].split()[0] for query in queries]
    assert [word for word in statements if word in {"SELECT", "UPDATE"}] == []
    assert openings().count() == 1


# --- Who reads them -------------------------------------------------------------------------------


def page(name, session, *args):
    return reverse(f"sessions:{name}", args=[session.pk, *args])


def test_a_manager_reads_who_opened_what(client, minor, soup):
    client.get(address(minor))

    line = soup(client.get(page("session_openings", minor.session)), ".timeline li span")

    assert line.text == "Claire FONTAINE a ouvert le dossier de Paul DUPONT."


def test_the_history_is_not_drowned_by_them(client, minor, soup):
    client.get(address(minor))

    response = client.get(page("session_history", minor.session))

    assert soup(response).select(".timeline li") == []
    assert soup(response, "#to-openings")["href"] == page("session_openings", minor.session)


def test_a_member_is_not_led_to_them(client, session, soup):
    client.force_login(MembershipFactory(centre=session.centre, role=Role.MEMBER).user)

    assert soup(client.get(page("session_history", session))).select("#to-openings") == []
    assert client.get(page("session_openings", session)).status_code == 404


def test_nobody_has_opened_any(client, session):
    response = client.get(page("session_openings", session))

    assert "Personne n’a encore ouvert le dossier d’un mineur" in response.text
