"""Who guesses, and who has what he should not (docs/faults.md, A)."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import permutations
from math import sqrt

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certif.lib.refusals import Refusal, TooManyTries
from exam import actions as exam_actions
from exam.actions.refusals import WrongAccessCode
from sessions import actions, codes
from sessions.actions.refusals import WrongSessionOrPassword
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

NINE = datetime(2026, 12, 14, 9, 0, tzinfo=UTC)
JOIN = reverse("invigilation:join")

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


def outcome(act, *args, **kwargs):
    """What an action refuses with; None when it is done."""
    try:
        act(*args, **kwargs)
    except Refusal as refusal:
        return type(refusal)
    return None


def join(session, by, password="C-22222"):
    return outcome(actions.join_as_invigilator, session.pk, password, by=by)


def sprayed(first, count, by):
    """One password, tried on each number in turn."""
    numbers = range(first.pk + 1, first.pk + 1 + count)
    return [outcome(actions.join_as_invigilator, n, "C-22222", by=by) for n in numbers]


# --- One secret, many guesses ---------------------------------------------------------------------


def judged_until(clock, minutes, guess):
    """How many of the guesses made, one every ten seconds, were judged at all."""
    answers = [(clock.shift(timedelta(seconds=10)), guess())[1] for _ in range(minutes * 60 // 10)]
    return len(answers) - answers.count(TooManyTries)


def test_a_password_is_guessed_twelve_times_in_the_time_of_a_sitting(clock):
    session, user = ExamSessionFactory(), UserFactory()

    assert judged_until(clock, 140, lambda: join(session, user)) <= 12
    clock.shift(timedelta(minutes=64))
    assert join(session, user, session.password) is None


def test_a_code_is_guessed_twelve_times_in_the_time_of_a_sitting(bank, clock):
    candidate = CandidateFactory(joined=True)
    situations.present(candidate)
    guess = (exam_actions.enter_test, candidate, "BCDF22")

    assert judged_until(clock, 140, lambda: outcome(*guess, by=candidate.user)) <= 12


def test_a_person_is_looked_for_ten_times_an_hour(clock):
    """Is this minor on a list? One account asks, of session after session."""
    session, user = ExamSessionFactory(), UserFactory()
    person = {"birth_name": "Lovelace", "first_name": "Ada", "birth_date": NINE.date()}

    def guess():
        return outcome(actions.link_candidate, session.pk, by=user, **person)

    assert judged_until(clock, 60, guess) <= 10


# --- What the answer costs ------------------------------------------------------------------------


def asked(act, *args, **kwargs):
    with CaptureQueriesContext(connection) as queries:
        outcome(act, *args, **kwargs)
    return [re.sub(r"'[^']*'|\d+", "", query["sql"]) for query in queries]


def test_an_unknown_session_asks_the_database_as_much_as_a_wrong_name():
    session = ExamSessionFactory()
    person = {"birth_name": "Lovelace", "first_name": "Ada", "birth_date": NINE.date()}
    known, unknown = (
        asked(actions.link_candidate, number, by=UserFactory(), **person)
        for number in (session.pk, session.pk + 1)
    )

    assert known == unknown


def test_an_unknown_session_asks_the_database_as_much_as_a_wrong_password():
    session = ExamSessionFactory()
    known, unknown = (
        asked(actions.join_as_invigilator, number, "C-22222", by=UserFactory())
        for number in (session.pk, session.pk + 1)
    )

    assert known == unknown


# --- One guess, many secrets ----------------------------------------------------------------------


def test_one_password_is_tried_on_twenty_sessions_an_hour(clock):
    session, user = ExamSessionFactory(), UserFactory()

    answers = sprayed(session, 25, user)

    assert answers == [WrongSessionOrPassword] * 20 + [TooManyTries] * 5
    assert join(session, user, session.password) is TooManyTries
    clock.shift(timedelta(hours=1, seconds=1))
    assert join(session, user, session.password) is None


def test_who_guesses_from_session_to_session_slows_nobody_else(clock):
    session = ExamSessionFactory()
    sprayed(session, 25, UserFactory())

    assert join(session, UserFactory(), session.password) is None


def test_ones_own_session_does_not_wipe_out_the_guesses_at_others(clock):
    session, user = ExamSessionFactory(), UserFactory()
    sprayed(session, 19, user)
    join(session, user, session.password)

    assert sprayed(session, 2, user) == [WrongSessionOrPassword, TooManyTries]


def test_who_joins_thirty_rooms_with_their_passwords_never_waits(clock):
    user, rooms = UserFactory(), ExamSessionFactory.create_batch(30)

    assert [join(room, user, room.password) for room in rooms] == [None] * 30


# --- By account, never by address -----------------------------------------------------------------


def test_a_forged_address_gives_no_try_more(client):
    session = ExamSessionFactory()
    client.force_login(UserFactory())
    wrong = {"number": session.pk, "password": "C-22222"}

    statuses = [
        client.post(JOIN, wrong, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}").status_code for n in range(6)
    ]

    assert statuses == [422] * 5 + [429]


def morning_of(candidate):
    """Joins and starts, with a typo in his name and one in the code; from the school’s address."""
    client = Client(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.1")
    client.force_login(UserFactory())
    identity = {
        "session_number": candidate.session_id,
        "first_name": candidate.first_name,
        "birth_name": candidate.birth_name,
        "birth_date": "10/12/2012",
    }
    start = reverse("exam:start", args=[candidate.pk])
    asked = [
        (reverse("exam:join"), {**identity, "first_name": "Adda"}),
        (reverse("exam:join"), identity),
        (start, {"code": "BCDF22"}),
        (start, {"code": candidate.session.access_code}),
    ]
    return [client.post(url, data).status_code for url, data in asked]


def test_a_room_behind_one_address_is_never_slowed(bank):
    session = ExamSessionFactory()
    candidates = CandidateFactory.create_batch(20, session=session)
    for candidate in candidates:
        situations.present(candidate)

    assert [morning_of(candidate) for candidate in candidates] == [[422, 302, 422, 302]] * 20


# --- The secrets themselves -----------------------------------------------------------------------


def test_a_code_opens_no_session_but_its_own(bank):
    rooms = [CandidateFactory(joined=True) for _ in range(6)]
    for candidate in rooms:
        situations.present(candidate)

    answers = {
        outcome(exam_actions.enter_test, mine, other.session.access_code, by=mine.user)
        for mine, other in permutations(rooms[:5], 2)
    }

    assert answers <= {WrongAccessCode, TooManyTries}
    own = rooms[5]
    assert outcome(exam_actions.enter_test, own, own.session.access_code, by=own.user) is None


DRAWN = 10_000
PLACES = [
    *[(codes.draw_access_code, place, codes.CODE_LETTERS) for place in range(4)],
    *[(codes.draw_access_code, place, codes.CODE_DIGITS) for place in range(4, 6)],
    *[(codes.draw_password, place, codes.PASSWORD_ALPHABET) for place in range(2, 7)],
]


@pytest.mark.parametrize(("draw", "place", "alphabet"), PLACES)
def test_every_sign_is_as_likely_as_another(draw, place, alphabet):
    """Within seven standard deviations."""
    counts = Counter(draw()[place] for _ in range(DRAWN))
    expected = DRAWN / len(alphabet)

    assert set(counts) == set(alphabet)
    assert max(abs(count - expected) for count in counts.values()) < 7 * sqrt(expected)
