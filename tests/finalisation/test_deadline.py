"""The deadline in a calendar, and what officers see of those that were missed."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from certif.audit.models import record
from finalisation.actions import reopen
from sessions.enums import SessionState
from tests import situations
from tests.factories import ExamSessionFactory, MembershipFactory, UserFactory
from tests.finalisation.pages import words

pytestmark = pytest.mark.django_db

LIST = reverse("admin:exam_sessions_examsession_changelist")


@pytest.fixture
def session(client):
    session = ExamSessionFactory(site="Œuvres, Cie; et fils", room="Salle\\208")
    client.force_login(MembershipFactory(centre=session.centre).user)
    return session


def calendar_of(client, session):
    return client.get(reverse("finalisation:deadline", args=[session.pk]))


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")


def test_the_file_is_a_calendar(client, session):
    answer = calendar_of(client, session)

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert f"finalisation-{session.pk}.ics" in answer["Content-Disposition"]
    lines = unfolded(answer.content.decode())
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])


def test_the_event_ends_when_the_48_hours_do(client, session):
    lines = unfolded(calendar_of(client, session).content.decode())

    assert f"DTEND:{session.finalise_before:%Y%m%dT%H%M%SZ}" in lines


def test_it_warns_a_day_and_eight_hours_before(client, session):
    lines = unfolded(calendar_of(client, session).content.decode())

    assert [line for line in lines if line.startswith("TRIGGER")] == [
        "TRIGGER;RELATED=END:-PT24H",
        "TRIGGER;RELATED=END:-PT8H",
    ]


def test_marks_of_the_format_are_escaped(client, session):
    text = calendar_of(client, session).content.decode()

    assert "Œuvres\\, Cie\\; et fils" in text.replace("\r\n ", "")
    assert "Salle\\\\208" in text.replace("\r\n ", "")


def test_no_line_is_longer_than_75_bytes(client, session):
    session.site = "Établissement " * 10
    session.save(update_fields=["site"])

    lines = calendar_of(client, session).content.split(b"\r\n")

    assert max(map(len, lines)) <= 75


def test_the_link_is_on_the_page_of_a_session_that_is_over(client, session):
    session.ends_at, session.starts_at = timezone.now(), timezone.now() - timedelta(hours=2)
    session.save(update_fields=["starts_at", "ends_at"])

    page = client.get(reverse("sessions:session_detail", args=[session.pk])).content.decode()

    assert reverse("finalisation:deadline", args=[session.pk]) in page


def over_since(hours):
    session = ExamSessionFactory()
    now = timezone.now()
    session.starts_at, session.ends_at = (
        now - timedelta(hours=hours + 2),
        now - timedelta(hours=hours),
    )
    session.save(update_fields=["starts_at", "ends_at"])
    return session


def finalised_now(session):
    session.move_to(SessionState.FINALISED, by=UserFactory(), at=timezone.now())
    return session


@pytest.fixture
def officer(client):
    client.force_login(UserFactory(officer=True))


@pytest.mark.usefixtures("officer")
def test_officers_find_the_late_sessions(client):
    late, early = over_since(hours=49), over_since(hours=47)

    page = client.get(LIST, {"pile": "ouvertes", "echeance": "retard"})

    assert [session.pk for session in page.context["cl"].queryset] == [late.pk]
    assert early.pk != late.pk


@pytest.mark.usefixtures("officer")
def test_officers_find_what_was_finalised_late(client):
    late = finalised_now(over_since(hours=49))
    finalised_now(over_since(hours=47))
    again = over_since(hours=72)
    with time_machine.travel(timezone.now() - timedelta(hours=60)):
        record("session.finalised", by=UserFactory(), session=again, late="")
    finalised_now(again)

    page = client.get(LIST, {"pile": "toutes", "echeance": "retard"})

    assert [session.pk for session in page.context["cl"].queryset] == [late.pk]


@pytest.mark.usefixtures("officer")
def test_the_first_page_of_officers_counts_the_late_sessions(client):
    over_since(hours=49)
    over_since(hours=47)

    page = client.get(reverse("admin:index")).content.decode()

    assert "1 session à finaliser en retard" in page.replace("\u00a0", " ")


@pytest.mark.usefixtures("officer")
def test_the_first_page_of_officers_says_nothing_when_none_is_late(client):
    over_since(hours=47)

    assert "en retard" not in client.get(reverse("admin:index")).content.decode()


# --- Opened again by officers ---------------------------------------------------------------------


@pytest.fixture
def opened_again(session):
    """Of the member who reads, three days after its end."""
    now = timezone.now()
    session.starts_at, session.ends_at = now - timedelta(hours=74), now - timedelta(hours=72)
    session.save(update_fields=["starts_at", "ends_at"])
    record("session.reopened", by=UserFactory(), session=session, why="Il manque une heure.")
    return session


def test_the_page_of_a_session_opened_again_says_so_and_blames_nobody(client, opened_again, soup):
    page = words(soup(client.get(opened_again.get_absolute_url()), "main"))

    assert "Pix a rouvert cette session." in page
    assert "retard" not in page
    assert "À finaliser avant" not in page


def test_its_closing_page_says_so_too(client, opened_again, soup):
    type(opened_again).objects.update(first_started_at=opened_again.starts_at, started_count=1)
    address = reverse("finalisation:closing_file", args=[opened_again.pk])

    page = words(soup(client.get(address), "main"))

    assert "Pix a rouvert cette session" in page
    assert "tardive" not in page


def test_the_list_of_the_centre_says_so_and_does_not_count_it_late(client, opened_again, soup):
    address = reverse("sessions:session_list", args=[opened_again.centre_id])

    page = words(soup(client.get(address), "#list tbody"))
    late = words(soup(client.get(address, {"statut": "en-retard"}), "main"))

    assert "Rouverte par Pix" in page
    assert "Rouverte par Pix" not in late


def test_officers_do_not_find_it_among_the_late_ones(client, opened_again):
    client.force_login(UserFactory(officer=True))

    page = client.get(LIST, {"pile": "ouvertes", "echeance": "retard"})

    assert not page.context["cl"].queryset.exists()


@pytest.mark.parametrize(
    ("first", "is_flagged"), [(47, False), (49, True)], ids=["in time", "late"]
)
def test_the_list_flags_what_was_first_finalised_late(
    client, bank, soup, time_machine, first, is_flagged
):
    session = situations.finished().candidate.session
    time_machine.move_to(session.ends_at + timedelta(hours=first))
    situations.finalised(session)
    reopen(session, why="Il manque une heure.", by=UserFactory(officer=True))
    time_machine.move_to(session.ends_at + timedelta(hours=60))
    situations.finalised(session)
    client.force_login(MembershipFactory(centre=session.centre).user)

    page = client.get(reverse("sessions:session_list", args=[session.centre_id]))

    assert ("Finalisée en retard" in words(soup(page, "#list tbody"))) is is_flagged
