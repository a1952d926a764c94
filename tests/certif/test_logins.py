"""How long a login stands: by the gestures of its person, not by the polls of its pages."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.urls import reverse

from certif.accounts.logins import OF_A_SITTING, OF_ONE, POLLED_REGIONS, POLLS, WAY_OUT
from tests import situations
from tests.certif.logins import MORNING, at, logged_in
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    UserFactory,
)
from tests.test_access import URLS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_logins")]

PROFILE, END, STAY = "/compte/", "/compte/connexion/", "/compte/rester/"


@pytest.fixture
def person(clock):
    return logged_in(UserFactory())


@pytest.fixture
def tablet(session):
    return logged_in(situations.invigilator_of(session))


def is_let_in(browser, path=PROFILE):
    return browser.get(path).status_code == 200


def board_of(session):
    return reverse("invigilation:board", args=[session.pk])


def poll_of(session):
    session.refresh_from_db()
    return f"{reverse('invigilation:board_live', args=[session.pk])}?v={session.version}&n=0"


def test_half_an_hour_without_a_gesture_ends_a_login(person, clock):
    at(clock, minutes=31)

    assert not is_let_in(person)


def test_a_gesture_gives_another_half_hour(person, clock):
    at(clock, minutes=29)
    assert is_let_in(person)
    at(clock, minutes=58)

    assert is_let_in(person)


def test_a_form_sent_is_a_gesture(person, clock):
    at(clock, minutes=29)
    person.post(PROFILE, {"first_name": "Ada", "last_name": ""})
    at(clock, minutes=58)

    assert is_let_in(person)


def test_no_gesture_gives_more_than_ten_hours(person, clock):
    visits = [at(clock, minutes=20 * n) or is_let_in(person) for n in range(30)]
    at(clock, hours=9, minutes=59)
    assert all(visits)
    assert is_let_in(person)
    at(clock, hours=10, minutes=1)

    assert not is_let_in(person)


def test_a_busy_person_is_written_once_in_three_minutes(person, clock):
    at(clock, minutes=4)
    is_let_in(person)
    end = Session.objects.get().expire_date
    at(clock, minutes=6)

    is_let_in(person)

    assert Session.objects.get().expire_date == end == MORNING + timedelta(minutes=34)


def test_what_is_written_in_a_login_does_not_prolong_it(person, clock):
    at(clock, minutes=2)
    login = person.session
    login["word"] = "kept"
    login.save()

    assert Session.objects.get().expire_date == MORNING + timedelta(minutes=30)


def test_asking_how_long_remains_prolongs_nothing(person, clock):
    at(clock, minutes=26)

    assert person.get(END).json()["seconds"] == 240
    assert person.get(END).json()["seconds"] == 240


def test_what_remains_is_rounded_up_so_that_the_page_never_comes_early(person, clock):
    at(clock, minutes=29, seconds=59.5)

    assert person.get(END).json()["seconds"] == 1


def test_a_page_is_told_whose_login_stands(person):
    assert person.get(END).json()["account"] == person.get(PROFILE).wsgi_request.user.pk


def test_a_page_is_told_a_token_that_its_forms_may_send(person):
    person.handler.enforce_csrf_checks = True
    token = {"X-CSRFToken": person.get(END).json()["token"]}

    assert person.post(PROFILE, {"first_name": "Ada", "last_name": ""}).status_code == 403
    assert person.post(STAY, headers=token).status_code == 302


def test_staying_gives_another_half_hour(person, clock):
    at(clock, minutes=26)

    assert person.post(STAY, headers={"Accept": "application/json"}).json()["seconds"] == 1800


def test_staying_without_javascript_leads_back_to_the_page(person):
    page = {"Referer": f"http://testserver{PROFILE}"}

    assert person.post(STAY, headers=page).url == PROFILE


@pytest.mark.parametrize("page", ["", "https://ailleurs.example/compte/", "http://testserver/rien"])
def test_staying_leads_to_no_other_site(person, page):
    assert person.post(STAY, headers={"Referer": page}).url == "/"


# --- A sitting ------------------------------------------------------------------------------------


def test_the_list_on_screen_outlives_a_quiet_test(tablet, session, clock):
    tablet.get(board_of(session))
    at(clock, hours=3, minutes=50)

    assert is_let_in(tablet, board_of(session))


def test_the_polls_of_the_list_prolong_nothing(tablet, session, clock):
    tablet.get(board_of(session))
    end = Session.objects.get().expire_date
    at(clock, hours=3)

    assert tablet.get(poll_of(session)).status_code == 204
    assert Session.objects.get().expire_date == end == MORNING + timedelta(hours=4)


def test_four_hours_without_a_touch_end_the_polls_too(tablet, session, clock):
    tablet.get(board_of(session))
    at(clock, hours=4, minutes=1)

    assert tablet.get(poll_of(session)).status_code == 302


def test_a_second_session_of_the_day_is_not_cut_by_the_absolute_limit(tablet, session, clock):
    tablet.get(board_of(session))
    hours = [at(clock, hours=n) or is_let_in(tablet, board_of(session)) for n in range(14)]
    at(clock, hours=14, minutes=1)

    assert all(hours)
    assert not is_let_in(tablet, board_of(session))


def test_a_busy_room_is_written_once_in_twenty_four_minutes(tablet, session, clock):
    tablet.get(board_of(session))
    at(clock, minutes=23)
    tablet.get(board_of(session))

    assert Session.objects.get().expire_date == MORNING + timedelta(hours=4)


def test_staying_on_the_list_is_staying_for_a_sitting(tablet, session, clock):
    tablet.get(board_of(session))
    at(clock, hours=3)
    page = {"Referer": f"http://testserver{board_of(session)}", "Accept": "application/json"}

    assert tablet.post(STAY, headers=page).json()["seconds"] == 4 * 3600


def test_whoever_left_the_room_is_idle_as_anywhere_else(tablet, session, clock):
    tablet.get(board_of(session))
    tablet.post(reverse("invigilation:leave", args=[session.pk]), follow=True)
    at(clock, minutes=31)

    assert not is_let_in(tablet)


def test_the_door_of_a_room_that_was_left_is_no_sitting(tablet, session, clock):
    tablet.post(reverse("invigilation:leave", args=[session.pk]), follow=True)
    assert tablet.get(board_of(session)).status_code == 404
    at(clock, minutes=31)

    assert not is_let_in(tablet)


def test_leaving_one_room_puts_nobody_out_of_another(tablet, session, clock):
    other = ExamSessionFactory(starts_at=MORNING)
    InvigilatorAccessFactory(session=other, user=session.accesses.get().user)
    tablet.get(board_of(other))
    tablet.post(reverse("invigilation:leave", args=[session.pk]), follow=True)
    at(clock, hours=3)

    assert is_let_in(tablet, board_of(other))


def test_leaving_sent_again_gives_no_more(tablet, session, clock):
    tablet.get(board_of(session))
    leaving = reverse("invigilation:leave", args=[session.pk])
    operation = {"operation": str(uuid4())}
    tablet.post(leaving, operation)
    tablet.post(leaving, operation, follow=True)
    at(clock, minutes=31)

    assert not is_let_in(tablet)


@pytest.mark.parametrize(
    "way_in", ["/surveillance/", "/certifications/", "/certifications/entrainement/1/"]
)
def test_what_anybody_may_open_is_not_of_a_sitting(person, way_in, clock, bank):
    at(clock, minutes=10)
    assert is_let_in(person, way_in)
    at(clock, minutes=41)

    assert not is_let_in(person)


def test_a_candidate_who_waits_for_the_code_is_in_a_sitting(clock, session):
    candidate = CandidateFactory(session=session, joined=True)
    browser = logged_in(candidate.user)
    browser.get(reverse("exam:start", args=[candidate.pk]))
    at(clock, hours=3, minutes=50)

    assert is_let_in(browser)


def test_a_candidate_who_thinks_is_not_put_out_of_the_test(clock, bank):
    attempt = situations.started(session=ExamSessionFactory(starts_at=MORNING))
    candidate = logged_in(attempt.candidate.user)
    candidate.get(reverse("exam:test", args=[attempt.candidate_id]))
    at(clock, hours=3, minutes=50)

    assert candidate.get(PROFILE).status_code == 200


# --- Polls ----------------------------------------------------------------------------------------

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
ASKS_BY_ITSELF = re.compile(r"""<[^<>]*\bhx-trigger=["'](?:every|load)\b[^<>]*>""")


def asking_by_themselves():
    return {
        f"{path.name}-{number}": tag
        for path in TEMPLATES
        for number, tag in enumerate(ASKS_BY_ITSELF.findall(path.read_text()), start=1)
    }


def is_known(tag):
    addresses = set(re.findall(r"""{% url ["']([\w:]+)""", tag))
    return (
        bool(addresses & POLLS) or set(re.findall(r'hx-target="#([\w-]+)"', tag)) & POLLED_REGIONS
    )


def test_what_asks_by_itself_in_a_template_is_no_gesture():
    asking = asking_by_themselves()

    assert [place for place, tag in asking.items() if not is_known(tag)] == []
    assert len(asking) >= 4


@pytest.mark.parametrize("region", sorted(POLLED_REGIONS))
def test_a_region_that_asks_by_itself_prolongs_nothing(person, clock, region):
    at(clock, minutes=20)
    person.get(PROFILE, headers={"HX-Request": "true", "HX-Target": region})
    at(clock, minutes=31)

    assert not is_let_in(person)


def test_every_poll_is_an_address_of_the_site():
    assert set(URLS) >= POLLS


def test_what_is_of_a_sitting_exists():
    assert {name.partition(":")[0] for name in URLS} >= OF_A_SITTING
    assert set().union(*URLS.values()) >= OF_ONE
    assert WAY_OUT in URLS
