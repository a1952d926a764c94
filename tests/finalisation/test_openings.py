"""Who opened the records of minors on the day and after it: the room, the closing page, the results."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certif.accounts.models import Role
from certif.audit.models import AuditEvent
from certif.audit.openings import OPENINGS
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from tests import situations
from tests.factories import CandidateFactory, MembershipFactory, UserFactory
from tests.finalisation.pages import HTMX, url

pytestmark = pytest.mark.django_db

MINOR, OF_AGE = date(2012, 3, 4), date(1980, 3, 4)
AHEAD = {"Sec-Purpose": "prefetch"}
IN_ROOM = ["history", "reports", "report"]


def noted():
    """Of each opening: what, who, whose record, how many."""
    lines = AuditEvent.objects.filter(OPENINGS).order_by("pk")
    return [(line.kind, line.actor_id, line.candidate_id, line.data) for line in lines]


@pytest.fixture
def candidate(session):
    """A minor, whose test is over, with a report."""
    born = {"birth_date": MINOR, "birth_name": "Dupont", "first_name": "Paul"}
    candidate = situations.finished(session=session, **born).candidate
    reported(candidate)
    return candidate


def reported(candidate):
    return invigilation_actions.write_report(
        candidate,
        code=IncidentCode.objects.get(code="C3"),
        description="Arrivé à 9 h 20",
        by=UserFactory(),
        screen=Screen.BOARD,
    )


@pytest.fixture
def others(session):
    """Two on the list who did not start: a minor, and a person of age."""
    CandidateFactory(session=session, birth_date=MINOR)
    CandidateFactory(session=session, birth_date=OF_AGE)


# --- In the room ----------------------------------------------------------------------------------


@pytest.fixture
def invigilator(session, client):
    user = situations.invigilator_of(session)
    client.force_login(user)
    return user


def in_room(name, session, *args):
    return reverse(f"invigilation:{name}", args=[session.pk, *args])


@pytest.mark.parametrize("name", IN_ROOM)
def test_an_invigilator_who_opens_what_is_written_of_a_minor_is_noted(
    client, session, candidate, invigilator, name
):
    client.get(in_room(name, session, candidate.pk))
    client.get(in_room(name, session, candidate.pk))

    assert noted() == [("candidate.opened", invigilator.pk, candidate.pk, {})]


def test_correcting_a_report_opens_the_record(client, session, candidate, invigilator):
    report = candidate.reports.get()

    client.get(in_room("report_correct", session, candidate.pk, report.pk))

    assert noted() == [("candidate.opened", invigilator.pk, candidate.pk, {})]


def test_taking_a_report_back_opens_the_record(client, session, candidate, invigilator):
    report = candidate.reports.get()

    client.get(in_room("report_discard", session, candidate.pk, report.pk))

    assert noted() == [("candidate.opened", invigilator.pk, candidate.pk, {})]


@pytest.mark.parametrize("name", IN_ROOM)
def test_a_browser_that_reads_ahead_is_given_no_record(
    client, session, candidate, invigilator, name
):
    response = client.get(in_room(name, session, candidate.pk), headers=AHEAD)

    assert response.status_code == 409
    assert noted() == []


@pytest.mark.parametrize("name", IN_ROOM)
def test_the_record_of_a_person_of_age_is_not_noted(client, session, candidate, invigilator, name):
    type(candidate).objects.update(birth_date=OF_AGE)

    client.get(in_room(name, session, candidate.pk))

    assert noted() == []


def test_the_board_and_its_poll_are_no_opening(client, session, candidate, invigilator):
    client.get(in_room("board", session))
    client.get(in_room("board_live", session), {"v": 0}, **HTMX)

    assert noted() == []


# --- The closing page -----------------------------------------------------------------------------


def test_the_closing_page_is_noted_with_how_many_minors(client, session, candidate, others, member):
    client.get(url("closing_file", session))
    client.get(url("closing_file", session))

    assert noted() == [("closing.opened", member.pk, None, {"count": 2})]


def test_the_closing_page_of_people_of_age_is_not_noted(client, session, candidate, member):
    type(candidate).objects.update(birth_date=OF_AGE)

    client.get(url("closing_file", session))

    assert noted() == []


def test_the_closing_page_that_answers_a_form_is_noted(client, session, candidate, member):
    response = client.post(url("not_held", session), {"comment": ""})

    assert response.status_code == 422
    assert noted() == [("closing.opened", member.pk, None, {"count": 1})]


def test_the_receipt_is_noted(client, session, candidate, member):
    situations.finalised(session)

    client.get(url("closing_file", session))

    assert noted() == [("closing.opened", member.pk, None, {"count": 1})]


def test_a_browser_that_reads_ahead_is_given_no_closing_page(client, session, candidate, member):
    assert client.get(url("closing_file", session), headers=AHEAD).status_code == 409
    assert noted() == []


def test_the_poll_of_the_closing_page_is_no_opening(client, session, candidate, member):
    client.get(url("live", session), {"v": ""}, **HTMX)

    assert noted() == []


def test_the_poll_that_finds_the_session_finalised_is_no_opening(
    client, session, candidate, member
):
    situations.finalised(session)

    response = client.get(url("live", session), {"v": ""}, **HTMX)

    assert "a finalisé la session" in response.text
    assert noted() == []


def test_noting_the_closing_page_costs_one_query(client, session, candidate, others, member):
    client.get(url("closing_file", session))
    with CaptureQueriesContext(connection) as under:
        client.get(url("closing_file", session))
    type(candidate).objects.update(birth_date=OF_AGE)
    with CaptureQueriesContext(connection) as of_age:
        client.get(url("closing_file", session))

    assert len(under) - len(of_age) == 1


def test_the_reports_of_a_minor_opened_from_the_closing_page_are_noted(
    client, session, candidate, member
):
    client.get(url("report", session, candidate.pk))

    assert noted() == [("candidate.opened", member.pk, candidate.pk, {})]


@pytest.mark.parametrize("name", ["report_correct", "report_discard"])
def test_a_report_of_a_minor_opened_from_the_closing_page_is_noted(
    client, session, candidate, member, name
):
    client.get(url(name, session, candidate.reports.get().pk))

    assert noted() == [("candidate.opened", member.pk, candidate.pk, {})]


def test_a_dialog_that_is_refused_opens_no_record(client, session, candidate, member):
    situations.finalised(session)

    assert client.get(url("report", session, candidate.pk)).status_code == 409
    assert [kind for kind, *_who in noted()] == ["closing.opened"]


# --- The results ----------------------------------------------------------------------------------


@pytest.fixture
def published(session, candidate, others):
    situations.finished(session=session, birth_date=OF_AGE)
    return situations.published(session)


def test_the_results_are_noted_with_those_of_how_many_minors(client, published, member):
    client.get(url("session_results", published))
    client.get(url("session_results", published))

    assert noted() == [("results.opened", member.pk, None, {"count": 1})]


def test_results_that_are_not_given_are_not_opened(client, session, candidate, member):
    situations.finalised(session)

    assert client.get(url("session_results", session)).status_code == 409
    assert noted() == []


def test_a_browser_that_reads_ahead_is_given_no_result(client, published, member):
    assert client.get(url("session_results", published), headers=AHEAD).status_code == 409
    assert noted() == []


# --- What the head of the centre reads ------------------------------------------------------------


def test_each_page_has_its_sentence(client, published, candidate, soup):
    manager = MembershipFactory(
        centre=published.centre,
        role=Role.MANAGER,
        user__first_name="Claire",
        user__last_name="Fontaine",
    ).user
    client.force_login(manager)
    client.get(url("closing_file", published))
    client.get(url("session_results", published))

    page = client.get(reverse("sessions:session_openings", args=[published.pk]))

    assert [line.text for line in soup(page).select(".timeline span")] == [
        "Claire FONTAINE a ouvert les résultats, avec le dossier de 1 mineur.",
        "Claire FONTAINE a ouvert la finalisation, avec les dossiers de 2 mineurs.",
    ]
