"""The clock of the centre, on every page and document, wherever the reader is."""

import re
from datetime import date, time

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from sessions.documents.registry import documents
from tests import situations
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    MembershipFactory,
    UserFactory,
)
from tests.sessions.papers import text_of

# Half past eight in Nouméa, on Monday 14 December: still Sunday in Paris, Cayenne and London.
HALF_PAST_EIGHT = "2026-12-13 21:30Z"
ELSEWHERE = re.compile(r"\b(18|19|21|22|23)\s?h|13/12|13 décembre|\bdimanche 13")


@pytest.fixture(autouse=True)
def reader_is_in_cayenne():
    with timezone.override("America/Cayenne"), time_machine.travel(HALF_PAST_EIGHT, tick=False):
        yield


@pytest.fixture
def session(bank):
    session = ExamSessionFactory(
        centre=CentreFactory(time_zone="Pacific/Noumea"),
        date=date(2026, 12, 14),
        start_time=time(8),
    )
    CandidateFactory(session=session, birth_name="Bernier")
    return session


@pytest.fixture
def running(session):
    return situations.started(session=session)


def words(response):
    """What is read on the page, its spaces made plain."""
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(page.get_text(" ").split())


def visit(client, user, name, *args):
    client.force_login(user)
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return words(response)


@pytest.mark.parametrize(
    "name", ["session_detail", "candidate_list", "documents", "session_delete", "password_renew"]
)
def test_pages_of_a_session_are_on_its_clock(client, session, name):
    member = MembershipFactory(centre=session.centre).user

    page = visit(client, member, f"sessions:{name}", session.pk)

    assert not ELSEWHERE.search(page)


@pytest.mark.parametrize("name", ["session_detail", "session_delete"])
def test_pages_that_say_the_hour_say_eight(client, session, name):
    member = MembershipFactory(centre=session.centre).user

    assert "8 h 00" in visit(client, member, f"sessions:{name}", session.pk)


def test_list_says_eight_and_today(client, session, soup):
    client.force_login(MembershipFactory(centre=session.centre).user)
    url = reverse("sessions:session_list", args=[session.centre_id])

    page = client.get(f"{url}?periode=aujourdhui")

    assert soup(page, "[data-label=Date]").text == "14/12/2026"
    assert soup(page, "[data-label=Heure]").text == "8\u00a0h\u00a000"
    assert soup(page, "#week-title").text == "Semaine du 14 au 20 décembre 2026"
    assert not ELSEWHERE.search(words(page))


def test_form_shows_the_hour_of_the_centre(client, session, soup):
    client.force_login(MembershipFactory(centre=session.centre).user)

    page = client.get(reverse("sessions:session_edit", args=[session.pk]))

    assert soup(page, "#id_start_time")["value"] == "08:00"
    assert soup(page, "#id_date")["value"] == "2026-12-14"


def test_history_and_finalisation_are_on_its_clock(client, running):
    session = running.candidate.session
    member = MembershipFactory(centre=session.centre).user

    history = visit(client, member, "sessions:session_history", session.pk)
    closing = visit(client, member, "finalisation:closing_file", session.pk)

    assert "Lundi 14 décembre 2026" in history
    assert "8 h 30" in history
    assert not ELSEWHERE.search(history)
    assert not ELSEWHERE.search(closing)


def test_room_is_on_its_clock(client, running):
    session = running.candidate.session
    invigilator = InvigilatorAccessFactory(session=session).user

    board = visit(client, invigilator, "invigilation:board", session.pk)
    code = visit(client, invigilator, "invigilation:code", session.pk)

    assert "8 h 00" in board
    assert not ELSEWHERE.search(board)
    assert not ELSEWHERE.search(code)


def test_candidate_is_on_its_clock(client, session):
    candidate = CandidateFactory(session=session, joined=True)

    for_him = visit(client, candidate.user, "exam:start", candidate.pk)

    assert not ELSEWHERE.search(for_him)


def test_officer_reads_the_clock_of_the_centre(client, session):
    situations.finished(session=session)
    situations.finalised(session)
    officer = UserFactory(officer=True)

    page = visit(client, officer, "admin:exam_sessions_examsession_change", session.pk)

    assert "8 h 00" in page
    assert not ELSEWHERE.search(page)


@pytest.mark.parametrize(
    "key", [each.key for each in documents() if each.content_type == "application/pdf"]
)
def test_documents_are_on_its_clock(client, session, key):
    client.force_login(MembershipFactory(centre=session.centre).user)

    pdf = client.get(reverse("sessions:document", args=[session.pk, key])).content

    paper = text_of(pdf)
    assert "8 h 00" in paper
    assert not ELSEWHERE.search(paper)


# --- 48 hours are hours that pass -----------------------------------------------------------------


@pytest.fixture
def row(client, db, soup):
    """The deadline of a session that ends on the Saturday before a clock change of Paris."""

    def at(day, now):
        membership = MembershipFactory()
        ExamSessionFactory(centre=membership.centre, date=day, start_time=time(9))
        client.force_login(membership.user)
        with time_machine.travel(now, tick=False):
            page = client.get(reverse("sessions:session_list", args=[membership.centre_id]))
        return " ".join(soup(page, "[data-label=Échéance]").text.split())

    return at


@pytest.mark.parametrize(
    ("day", "now", "said"),
    [
        (date(2026, 3, 28), "2026-03-28 09:45Z", "30/03/2026, 11 h 45 Reste 2 jours"),
        (date(2026, 3, 28), "2026-03-30 09:45Z", "30/03/2026, 11 h 45 Reste 0 min"),
        (date(2026, 3, 28), "2026-03-30 09:46Z", "30/03/2026, 11 h 45 En retard de 1 min"),
        (date(2026, 10, 24), "2026-10-24 08:45Z", "26/10/2026, 9 h 45 Reste 2 jours"),
        (date(2026, 10, 24), "2026-10-26 08:45Z", "26/10/2026, 9 h 45 Reste 0 min"),
        (date(2026, 10, 24), "2026-10-26 08:46Z", "26/10/2026, 9 h 45 En retard de 1 min"),
    ],
)
def test_deadline_is_forty_eight_hours_whatever_the_clocks_do(row, day, now, said):
    assert row(day, now) == said
