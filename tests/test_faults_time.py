"""Time, on an exam day: every zone of the country, the nights when clocks change, clocks that are wrong."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from certif.accounts.models import Centre
from certif.audit.models import AuditEvent
from certif.lib.wallclock import to_instant
from exam.models import Attempt
from invigilation import actions as invigilation_actions
from sessions.models import TEST_DURATION, ExamSession
from tests import situations
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
    UserFactory,
)
from tests.sessions.papers import text_of

ZONES = [
    "Pacific/Wallis",
    "Pacific/Noumea",
    "Indian/Kerguelen",
    "Indian/Reunion",
    "Indian/Mayotte",
    "Europe/Paris",
    "America/Miquelon",
    "America/Cayenne",
    "America/Guadeloupe",
    "America/Martinique",
    "America/St_Barthelemy",
    "America/Marigot",
    "Pacific/Gambier",
    "Pacific/Marquesas",
    "Pacific/Tahiti",
]
MONDAY = date(2026, 6, 1)

pytestmark = pytest.mark.django_db


def session_in(zone, *, day=MONDAY):
    centre = CentreFactory(time_zone=zone)
    return ExamSessionFactory(centre=centre, date=day, start_time=time(8))


def at(zone, hour, minute=0, *, day=MONDAY):
    return time_machine.travel(to_instant(day, time(hour, minute), zone), tick=False)


def words(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


@pytest.fixture
def read(client):
    def read(user, name, *ids):
        client.force_login(user)
        return client.get(reverse(name, args=ids))

    return read


# --- Each zone ------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_a_session_at_eight_reads_eight_on_every_page(read, bank, zone):
    session = session_in(zone)
    member = MembershipFactory(centre=session.centre).user
    with at(zone, 8, 30):
        situations.started(session=session)
        invigilator = situations.invigilator_of(session)
        pages = [
            read(member, "sessions:session_list", session.centre_id),
            read(member, "sessions:session_detail", session.pk),
            read(invigilator, "invigilation:board", session.pk),
        ]
        closing = read(member, "finalisation:closing_file", session.pk)

    assert ["8 h 00" in words(page) for page in pages] == [True, True, True]
    assert "10 h 15" in words(pages[2])
    assert "9 h 45" in words(closing)


@pytest.mark.parametrize("zone", ZONES)
def test_a_history_that_is_taken_away_is_on_the_clock_of_the_centre(read, bank, zone):
    session = session_in(zone)
    with at(zone, 8, 30):
        situations.started(session=session)
        member = MembershipFactory(centre=session.centre).user
        taken = read(member, "sessions:history_csv", session.pk).content.decode()

    assert "01/06/2026 08:30" in taken


@pytest.mark.parametrize("zone", ["Pacific/Wallis", "Pacific/Marquesas"])
def test_a_paper_printed_at_the_end_of_the_world_says_eight(read, zone):
    session = CandidateFactory(session=session_in(zone)).session
    with at(zone, 7):
        member = MembershipFactory(centre=session.centre).user
        paper = text_of(read(member, "sessions:document", session.pk, "feuille-emargement").content)

    assert "8 h 00" in paper
    assert "01/06/2026 à 7 h 00" in paper


@pytest.mark.parametrize("zone", ZONES)
def test_the_sessions_of_today_are_those_of_the_day_of_the_centre(client, soup, zone):
    session = session_in(zone)
    client.force_login(MembershipFactory(centre=session.centre).user)
    url = reverse("sessions:session_list", args=[session.centre_id])

    def listed(hour, minute, day):
        with at(zone, hour, minute, day=day):
            page = soup(client.get(url, {"periode": "aujourdhui"}))
        return len(page.select("[data-label=Heure]"))

    assert listed(23, 59, MONDAY - timedelta(days=1)) == 0
    assert listed(0, 0, MONDAY) == 1
    assert listed(23, 59, MONDAY) == 1
    assert listed(0, 0, MONDAY + timedelta(days=1)) == 0


def test_a_centre_that_changes_its_zone_moves_none_of_its_sessions():
    session = session_in("Europe/Paris")

    Centre.objects.filter(pk=session.centre_id).update(time_zone="Pacific/Tahiti")

    kept = ExamSession.objects.get(pk=session.pk)
    assert kept.starts_at == datetime(2026, 6, 1, 6, tzinfo=UTC)
    assert kept.starts_at.astimezone(kept.zone).hour == 8


# --- The night when clocks change -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "shown"),
    [("2026-03-29 00:30Z", "4 h 15"), ("2026-10-25 00:30Z", "3 h 15")],
    ids=["spring", "autumn"],
)
def test_a_test_across_a_change_of_the_clocks_lasts_its_hour_and_three_quarters(
    read, bank, now, shown
):
    with time_machine.travel(now, tick=False):
        attempt = situations.started()
        session = attempt.candidate.session
        board = read(situations.invigilator_of(session), "invigilation:board", session.pk)

    assert attempt.deadline - attempt.started_at == TEST_DURATION == timedelta(minutes=105)
    assert shown in words(board)


# --- Clocks that are wrong ------------------------------------------------------------------------


def test_nodes_whose_clocks_differ_tell_what_happened_in_its_order(bank):
    with time_machine.travel("2026-12-14 08:00:30Z", tick=False):
        attempt = situations.started()
    with time_machine.travel("2026-12-14 08:00:00Z", tick=False):
        situations.answer_all(attempt, value=[1], upto=1)
        invigilation_actions.end_test(attempt.candidate, by=UserFactory())

    lines = AuditEvent.objects.filter(candidate_id=attempt.candidate_id).values_list(
        "kind", flat=True
    )
    assert list(lines) == ["attempt.ended", "attempt.started", "presence.present"]
    assert Attempt.objects.get().answers.count() == 1


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Pacific/Tahiti"])
def test_a_process_takes_its_zone_from_the_settings_and_not_from_its_machine(zone):
    told = "import django, time; django.setup(); print(time.tzname)"
    environment = {**os.environ, "TZ": zone, "DJANGO_SETTINGS_MODULE": "certif.settings"}

    output = subprocess.check_output([sys.executable, "-c", told], env=environment, text=True)

    assert output == "('CET', 'CEST')\n"
