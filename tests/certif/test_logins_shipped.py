"""The limits of production, as they are shipped, where a login is asked: pages, polls, the admin."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from certif import settings as shipped
from exam.models import Attempt
from invigilation.fast_path import SILENCES_EVERY
from tests import situations
from tests.certif.logins import LIMITS, MORNING, at, logged_in
from tests.exam.open_pages import Test
from tests.factories import MembershipFactory, UserFactory
from tests.in_front import cookies_of, in_front

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_connection_is_left", "shipped_logins"),
]

HTMX = {"HX-Request": "true"}


def end_of_login():
    return Session.objects.get().expire_date - MORNING


def told(page, soup):
    box = soup(page, "#stay")
    return int(box["data-left"]), int(box["data-warning"])


def test_what_is_shipped_is_what_is_written_down():
    assert [getattr(shipped, name) for name in LIMITS] == [
        timedelta(minutes=30),
        timedelta(hours=10),
        timedelta(hours=4),
        timedelta(minutes=5),
    ]


# --- A page ---------------------------------------------------------------------------------------


def test_a_page_warns_five_minutes_before_half_an_hour(clock, soup):
    browser = logged_in(UserFactory())

    assert told(browser.get("/compte/"), soup) == (1800, 300)


def test_a_page_opened_near_the_absolute_end_says_what_is_left_of_it(clock, soup):
    browser = logged_in(UserFactory())
    [(at(clock, minutes=25 * n), browser.get("/compte/")) for n in range(24)]
    at(clock, hours=9, minutes=50)

    assert told(browser.get("/compte/"), soup) == (600, 300)
    at(clock, hours=10)
    assert browser.get("/compte/").url == "/connexion/?next=/compte/"


def test_the_pages_of_a_sitting_warn_five_minutes_before_four_hours(session, bank, clock, soup):
    tablet = logged_in(situations.invigilator_of(session))
    attempt = situations.started(session=session)
    seated = Test(attempt).browser

    board = tablet.get(reverse("invigilation:board", args=[session.pk]))
    question = seated.get(reverse("exam:test", args=[attempt.candidate_id]))

    assert told(board, soup) == told(question, soup) == (4 * 3600, 300)


# --- A poll of htmx -------------------------------------------------------------------------------


def test_a_poll_of_htmx_neither_prolongs_nor_outlives_half_an_hour(session, clock):
    browser = logged_in(MembershipFactory(centre=session.centre).user)
    live = reverse("finalisation:live", args=[session.pk])
    browser.get(reverse("finalisation:closing_file", args=[session.pk]))

    polls = [(at(clock, minutes=n), browser.get(live, headers=HTMX))[1] for n in range(30)]

    assert {poll.status_code for poll in polls} <= {200, 204}
    assert not any("HX-Refresh" in poll for poll in polls)
    assert end_of_login() == timedelta(minutes=30)
    at(clock, minutes=30)
    assert browser.get(live, headers=HTMX)["HX-Refresh"] == "true"


# --- In front of Django ---------------------------------------------------------------------------


class Board:
    def __init__(self, session):
        self.browser = logged_in(situations.invigilator_of(session))
        self.browser.get(reverse("invigilation:board", args=[session.pk]))
        session.refresh_from_db()
        live = reverse("invigilation:board_live", args=[session.pk])
        self.address = f"{live}?v={session.version}&n={SILENCES_EVERY}"

    def in_front(self):
        return in_front(self.address, cookies_of(self.browser))

    def of_django(self):
        return self.browser.get(self.address, headers=HTMX)


def polled(page, clock, *, until):
    """Every eight minutes, Django giving another pass when the one it gave is over. The answers in front."""
    answers = []
    for minutes in range(8, until, 8):
        at(clock, minutes=minutes)
        page.of_django()
        answers.append(page.in_front().status)
    return answers


def test_an_idle_board_polls_in_front_for_four_hours_and_no_longer(session, clock):
    board = Board(session)

    answers = polled(board, clock, until=240)

    assert set(answers) == {"204 No Content"}
    assert end_of_login() == timedelta(hours=4)
    at(clock, hours=4)
    assert board.in_front() is None
    assert board.of_django()["HX-Refresh"] == "true"


def test_an_idle_question_beats_in_front_for_four_hours_and_no_longer(session, bank, clock):
    attempt = situations.started(session=session)
    Attempt.objects.update(granted_minutes=200)
    page = Test(attempt)

    answers = polled(page, clock, until=240)

    assert set(answers) == {"204 No Content"}
    assert end_of_login() == timedelta(hours=4)
    at(clock, hours=4)
    assert page.in_front() is None
    assert page.of_django().url.startswith("/connexion/")
    assert Attempt.objects.get().ended_at is None


def test_the_absolute_end_holds_in_front_whatever_the_gestures(session, clock):
    board = Board(session)
    page = reverse("invigilation:board", args=[session.pk])
    [(at(clock, hours=n), board.browser.get(page)) for n in range(14)]
    at(clock, hours=13, minutes=55)
    board.of_django()

    assert board.in_front().status == "204 No Content"
    at(clock, hours=14)
    assert board.in_front() is None


# --- The admin ------------------------------------------------------------------------------------


@pytest.fixture
def officer(clock):
    return logged_in(UserFactory(officer=True))


def test_the_admin_is_idle_after_half_an_hour(officer, clock):
    at(clock, minutes=29)
    assert officer.get("/admin/").status_code == 200
    at(clock, minutes=59)

    assert officer.get("/admin/").status_code == 302
    assert officer.get("/admin/", headers=HTMX)["HX-Refresh"] == "true"


def test_the_admin_ends_after_ten_hours_whatever_the_gestures(officer, clock):
    [(at(clock, minutes=25 * n), officer.get("/admin/")) for n in range(24)]
    at(clock, hours=9, minutes=59)
    assert officer.get("/admin/").status_code == 200
    at(clock, hours=10)

    assert officer.get("/admin/").status_code == 302
