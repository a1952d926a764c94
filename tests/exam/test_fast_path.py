"""The beat answered in front of Django: what Django would say, or nothing."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from certif.lib import fast_path
from exam import actions as exam_actions
from exam import seat
from exam.enums import AttemptState
from exam.models import Attempt, Beat, Question
from invigilation import actions as invigilation_actions
from tests import situations
from tests.exam.browsers import browser, holding
from tests.exam.open_pages import (
    END_OF_RIGHT,
    Door,
    Test,
    close_account,
    give_row_to_somebody_else,
    log_out_elsewhere,
    seat_name,
    sent,
)
from tests.factories import CandidateFactory, UserFactory
from tests.in_front import cookies_of, plain

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_connection_is_left"),
]

HEADERS = ("X-Test-Deadline", "X-Test-Granted", "X-Question-Limit")


@pytest.fixture
def attempt(bank):
    return situations.started()


@pytest.fixture
def test_page(attempt):
    return Test(attempt)


def told(headers):
    return {name: headers.get(name) for name in HEADERS}


def seen_at():
    return Beat.objects.get().last_seen_at


# --- The beat -------------------------------------------------------------------------------------


def test_a_beat_is_answered_in_front_and_kept(test_page):
    long_ago = timezone.now() - timedelta(seconds=30)
    Beat.objects.update(last_seen_at=long_ago)

    answer = test_page.in_front()

    assert (answer.status, answer.content) == ("204 No Content", b"")
    assert seen_at() > long_ago


def end(page):
    invigilation_actions.end_test(page.candidate, by=UserFactory())


def finish(page):
    situations.answer_all(page.candidate.attempt)


def resume_elsewhere(page):
    invigilation_actions.authorise_resume(page.candidate, by=UserFactory())
    code = page.candidate.session.access_code
    exam_actions.enter_test(page.candidate, code, by=page.candidate.user)


def close_with_the_session(page):
    Attempt.objects.update(
        state=AttemptState.CLOSED, ended_at=timezone.now(), ended_by=page.candidate.user
    )


def fall_silent(page):
    Attempt.objects.update(silent_since=timezone.now())


@pytest.mark.parametrize(
    "happens",
    [*END_OF_RIGHT, end, finish, resume_elsewhere, close_with_the_session, fall_silent],
    ids=lambda happens: happens.__name__,
)
def test_a_beat_that_is_not_plain_is_for_django_and_leaves_no_trace(test_page, happens):
    happens(test_page)
    before = seen_at()

    assert test_page.in_front() is None
    assert seen_at() == before


@pytest.mark.parametrize(
    ("happens", "status"),
    [
        (log_out_elsewhere, 302),
        (close_account, 302),
        (give_row_to_somebody_else, 404),
        (end, 409),
        (resume_elsewhere, 409),
    ],
)
def test_the_page_of_what_ended_learns_it_from_django(test_page, happens, status):
    happens(test_page)

    assert test_page.of_django().status_code == status


def test_the_first_beat_after_a_silence_breaks_it(test_page):
    fall_silent(test_page)
    assert test_page.in_front() is None

    assert test_page.of_django().status_code == 204
    assert Attempt.objects.get().silent_since is None
    assert test_page.in_front()


def grant_minutes(page):
    situations.granted(page.candidate.attempt, 10)


def set_extra_time(page):
    invigilation_actions.set_extra_time(page.candidate, percent=33, by=UserFactory())


def answer_one(page):
    situations.answer_all(page.candidate.attempt, upto=1)


def begin(page):
    attempt = Attempt.objects.get()
    number, key = attempt.current_number, attempt.seat_key
    exam_actions.begin_question(attempt, number=number, seat_key=key)


def begin_the_next(page):
    answer_one(page)
    begin(page)


def tell_a_problem(page):
    """Before the question begins."""
    attempt = Attempt.objects.get()
    facts = {"number": 1, "text": "L’image est grise", "seat_key": attempt.seat_key}
    exam_actions.raise_problem(attempt, by=page.candidate.user, **facts)


@pytest.mark.parametrize("query", ["", "?limit"])
@pytest.mark.parametrize(
    "happens",
    [grant_minutes, set_extra_time, begin, answer_one, begin_the_next, tell_a_problem],
    ids=lambda happens: happens.__name__,
)
def test_the_ends_told_in_front_are_those_of_django(test_page, happens, query):
    Question.objects.update(time_limit=90)
    happens(test_page)

    front = told(dict(test_page.in_front(query).headers))

    assert front == told(test_page.of_django(query))


def test_the_minutes_granted_reach_the_page_by_its_next_beat(test_page):
    before = int(dict(test_page.in_front().headers)["X-Test-Deadline"])
    grant_minutes(test_page)

    after = dict(test_page.in_front().headers)

    assert int(after["X-Test-Deadline"]) - before == 10 * 60 * 1000
    assert after["X-Test-Granted"] == "10"


def test_the_limit_is_told_to_who_asks_for_it(test_page):
    Question.objects.update(time_limit=90)
    begin(test_page)

    assert "X-Question-Limit" in dict(test_page.in_front("?limit").headers)
    assert "X-Question-Limit" not in dict(test_page.in_front().headers)


def test_a_question_without_a_limit_has_no_end_of_its_own(test_page):
    assert "X-Question-Limit" not in dict(test_page.in_front("?limit").headers)


@pytest.mark.parametrize("side", ["in_front", "of_django"])
def test_a_sign_of_life_never_goes_back(test_page, side):
    later = timezone.now() + timedelta(seconds=20)
    Beat.objects.update(last_seen_at=later)

    assert getattr(test_page, side)()
    assert seen_at() == later


@pytest.mark.parametrize("query", ["", "?limit"])
def test_a_beat_in_front_asks_nothing_of_the_connection_of_django(test_page, query):
    def answer():
        return test_page.in_front(query), connections["default"].connection

    with ThreadPoolExecutor() as threads:
        front, opened = threads.submit(answer).result()

    assert front
    assert opened is None


# --- Whose beat -----------------------------------------------------------------------------------


def test_a_browser_that_does_not_hold_the_test_is_for_django(attempt):
    holder, other = Test(attempt), browser(attempt.candidate.user)
    cookies = {**cookies_of(holder.browser)}
    del cookies[seat_name(attempt)]

    assert holder.in_front(cookies=cookies) is None
    assert holder.in_front()
    assert other.post(holder.at("beat")).status_code == 409


def test_a_seat_whose_signature_was_touched_holds_nothing(attempt, test_page):
    touched = test_page.cookies()[seat_name(attempt)] + "x"

    assert test_page.in_front(cookies=test_page.cookies(**{seat_name(attempt): touched})) is None


def test_a_seat_is_too_old_after_a_day(attempt):
    client = browser(attempt.candidate.user)
    with time_machine.travel(time.time() - seat.LASTS.total_seconds() - 60):
        old = holding(attempt).cookies[seat_name(attempt)].value
    door = Door(attempt.candidate, client)
    page = Test(attempt)
    cookies = {**door.cookies(), seat_name(attempt): old}

    assert page.in_front(cookies=cookies, HTTP_X_CSRFTOKEN=door.token) is None


def test_the_seat_of_another_test_is_no_seat(attempt, test_page):
    other = Test(situations.started())
    theirs = other.cookies()[seat_name(other.candidate.attempt)]

    assert test_page.in_front(cookies=test_page.cookies(**{seat_name(attempt): theirs})) is None


def test_the_pass_of_somebody_else_is_no_pass(test_page):
    theirs = Test(situations.started()).cookies()["candidate"]

    assert test_page.in_front(cookies=test_page.cookies(candidate=theirs)) is None


def test_the_pass_of_another_row_of_the_same_person_is_no_pass(attempt, test_page):
    other = CandidateFactory(user=attempt.candidate.user, linked_at=timezone.now())
    theirs = Door(other, test_page.browser).cookies()["candidate"]

    assert test_page.in_front(cookies=test_page.cookies(candidate=theirs)) is None


def test_the_pass_of_a_board_is_no_pass(attempt):
    user = attempt.candidate.user
    client, name = browser(user), settings.SESSION_COOKIE_NAME
    key = client.cookies[name].value
    badge = fast_path.Pass("board")
    given = badge.write(attempt.candidate_id, user, key, until=int(time.time()) + 60)
    page = Test(attempt)

    assert page.in_front(cookies=page.cookies(candidate=given, **{name: key})) is None


def test_a_pass_is_of_one_login(attempt, test_page):
    name = settings.SESSION_COOKIE_NAME
    other_login = cookies_of(browser(attempt.candidate.user))[name]

    assert test_page.in_front(cookies=test_page.cookies(**{name: other_login})) is None


def test_after_a_logout_the_cookies_of_before_open_nothing(test_page):
    kept = test_page.cookies()
    headers = {"X-CSRFToken": test_page.token}
    test_page.browser.post(reverse("account_logout"), headers=headers)

    assert test_page.in_front(cookies=kept) is None


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_a_pass_that_was_touched_is_no_pass(test_page, place):
    parts = test_page.cookies()["candidate"].split(".")
    parts[place] += "0"

    assert test_page.in_front(cookies=test_page.cookies(candidate=".".join(parts))) is None


def test_without_a_pass_a_beat_is_for_django(test_page):
    assert test_page.in_front(cookies=test_page.cookies(candidate="")) is None


# --- Forgery --------------------------------------------------------------------------------------


def secure(**headers):
    """As a proxy that speaks https says it, with nothing of where the page was."""
    return {"wsgi.url_scheme": "https", **headers}


@pytest.mark.parametrize(
    "values",
    [
        {"HTTP_X_CSRFTOKEN": ""},
        {"HTTP_X_CSRFTOKEN": "x" * 64},
        {"HTTP_ORIGIN": "http://elsewhere.example"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_ORIGIN": "https://127.0.0.1"},
        secure(),
        secure(HTTP_REFERER="https://elsewhere.example/"),
        secure(HTTP_REFERER="http://127.0.0.1/"),
        {"CONTENT_LENGTH": "3"},
        {"REQUEST_METHOD": "GET"},
        {"HTTP_HOST": "elsewhere.example"},
    ],
    ids=str,
)
def test_what_another_site_could_send_is_for_django(test_page, values):
    before = seen_at()

    assert test_page.in_front(**values) is None
    assert seen_at() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRFToken": ""},
        {"X-CSRFToken": "x" * 64},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "https://testserver"},
    ],
    ids=str,
)
def test_what_another_site_could_send_is_refused_by_django(test_page, headers):
    assert test_page.of_django(**headers).status_code == 403


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"HTTP_ORIGIN": "http://127.0.0.1"},
        {"CONTENT_LENGTH": "0"},
        secure(HTTP_ORIGIN="https://127.0.0.1"),
        secure(HTTP_REFERER="https://127.0.0.1/certifications/"),
    ],
    ids=str,
)
def test_what_the_page_sends_is_answered_in_front(test_page, values):
    assert test_page.in_front(**values)


def test_behind_a_proxy_that_speaks_https_the_page_is_answered_in_front(test_page, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    origin = {"HTTP_ORIGIN": "https://127.0.0.1"}

    assert test_page.in_front(**origin, HTTP_X_FORWARDED_PROTO="https")
    assert test_page.in_front(**origin, HTTP_X_FORWARDED_PROTO="http") is None


def test_the_token_of_another_browser_is_none(test_page):
    theirs = Test(situations.started()).token

    assert test_page.in_front(HTTP_X_CSRFTOKEN=theirs) is None


def test_a_browser_without_a_token_of_its_own_is_for_django(test_page):
    cookies = test_page.cookies()
    del cookies[settings.CSRF_COOKIE_NAME]

    assert test_page.in_front(cookies=cookies) is None


def test_bare_http_is_for_django_to_send_to_https(test_page, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert test_page.in_front() is None


# --- The pass -------------------------------------------------------------------------------------


def test_the_pass_goes_to_the_pages_of_its_candidate_and_to_no_script(test_page):
    morsel = test_page.browser.cookies["candidate"]

    assert test_page.at("beat").startswith(morsel["path"])
    assert test_page.at("waiting").startswith(morsel["path"])
    assert morsel["path"].endswith(f"/{test_page.candidate.pk}/")
    assert (morsel["samesite"], morsel["httponly"]) == ("Strict", True)


@pytest.mark.parametrize("name", ["test", "beat"])
def test_an_old_pass_is_replaced_by_django(test_page, name):
    old = test_page.cookies()["candidate"]
    ask = {"test": lambda: test_page.browser.get(test_page.at("test")), "beat": test_page.of_django}
    with time_machine.travel(time.time() + fast_path.LASTS + 1):
        assert test_page.in_front() is None
        ask[name]()
        assert test_page.cookies()["candidate"] != old
        assert test_page.in_front()


def test_an_answer_renews_the_pass(attempt, test_page):
    old = test_page.cookies()["candidate"]
    fields = {"number": 1, "question": attempt.question_ids[0], "passed": 1}
    headers = {"X-CSRFToken": test_page.token, "HX-Request": "true"}
    with time_machine.travel(time.time() + fast_path.LASTS - 1):
        test_page.browser.post(test_page.at("answer"), fields, headers=headers)

    assert test_page.cookies()["candidate"] != old


def test_a_pass_that_is_young_is_not_given_again(test_page):
    assert "candidate" not in test_page.of_django().cookies


# --- The real server ------------------------------------------------------------------------------


def test_the_server_answers_the_beat_in_front_with_the_headers_of_django(server, test_page):
    front = server.ask("POST", test_page.at("beat"), headers=sent(test_page))
    of_django = server.ask("POST", test_page.at("beat"), headers=sent(test_page, "candidate"))

    assert (front[0], of_django[0]) == (204, 204)
    assert "Set-Cookie" not in front[1]
    assert "candidate=" in of_django[1]["Set-Cookie"]
    assert plain(front[1]) == plain(of_django[1])


def test_a_beat_acknowledged_by_the_server_is_kept(server, test_page):
    before = timezone.now()

    status, _headers = server.ask("POST", test_page.at("beat"), headers=sent(test_page))

    assert status == 204
    assert seen_at() >= before


def test_a_test_ended_meanwhile_is_told_by_the_server_at_the_next_beat(server, test_page):
    assert server.ask("POST", test_page.at("beat"), headers=sent(test_page))[0] == 204

    end(test_page)

    assert server.ask("POST", test_page.at("beat"), headers=sent(test_page))[0] == 409
