import unicodedata
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from certif.accounts import throttle
from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from certif.lib.refusals import Refusal, TooManyTries
from finalisation import actions as finalisation_actions
from sessions import actions
from sessions.actions.refusals import (
    AlreadyAnotherCandidate,
    CandidateCannotInvigilate,
    InvigilatorCannotSit,
    NoSuchCandidate,
    RoomOver,
    SeatTaken,
    SessionClosed,
    SeveralCandidates,
    WrongSessionOrPassword,
)
from sessions.models import ExamSession, InvigilatorAccess
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db

BORN = date(2012, 12, 10)


def join(session, *, by=None, password="C-4KXQ7"):
    return actions.join_as_invigilator(session.pk, password, by=by or UserFactory())


def link(session, *, by=None, **identity):
    ada = {"birth_name": "Lovelace", "first_name": "Ada", "birth_date": BORN}
    return actions.link_candidate(session.pk, by=by or UserFactory(), **ada | identity)


@pytest.fixture
def session():
    return ExamSessionFactory()


@pytest.fixture
def ada(session):
    return CandidateFactory(session=session, birth_name="Lovelace")


# --- Invigilators ---------------------------------------------------------------------------------


def test_the_password_opens_the_room(session):
    user = UserFactory()

    join(session, by=user)

    assert session in ExamSession.objects.for_invigilator(user)
    assert AuditEvent.objects.get(kind="invigilator.joined").actor_id == user.pk


@pytest.mark.parametrize("typed", ["c-4kxq7", "4KXQ7", " C 4KXQ7 "])
def test_the_password_is_typed_in_any_way(session, typed):
    assert join(session, password=typed) == session


def test_an_old_password_still_opens_its_room():
    assert join(ExamSessionFactory(password="C-12344"), password="12344")


def test_a_wrong_password_and_an_unknown_session_read_the_same(session):
    with pytest.raises(WrongSessionOrPassword) as wrong:
        join(session, password="C-22222")
    with pytest.raises(WrongSessionOrPassword) as unknown:
        actions.join_as_invigilator(session.pk + 1, "C-4KXQ7", by=UserFactory())

    assert wrong.value.sentence == unknown.value.sentence
    assert not InvigilatorAccess.objects.exists()


def test_the_password_of_an_unknown_session_cannot_be_guessed(session):
    with pytest.raises(WrongSessionOrPassword):
        actions.join_as_invigilator(session.pk + 1, "C-00000", by=UserFactory())


def test_joining_twice_opens_one_access(session):
    user = UserFactory()

    join(session, by=user)
    join(session, by=user)

    assert InvigilatorAccess.objects.count() == 1


def test_any_number_of_invigilators_may_join(session):
    join(session)
    join(session)

    assert InvigilatorAccess.objects.open().count() == 2


def test_a_candidate_of_the_session_cannot_invigilate_it(session):
    candidate = CandidateFactory(session=session, joined=True)

    with pytest.raises(CandidateCannotInvigilate):
        join(session, by=candidate.user)


def test_a_candidate_of_another_session_may_invigilate_this_one(session):
    assert join(session, by=CandidateFactory(joined=True).user)


def test_the_sixth_wrong_password_of_an_account_waits(session):
    user = UserFactory()
    for _ in range(5):
        with pytest.raises(WrongSessionOrPassword):
            join(session, by=user, password="C-22222")

    with pytest.raises(TooManyTries):
        join(session, by=user)


def test_the_wrong_passwords_of_one_account_never_delay_another(session):
    for _ in range(5):
        with pytest.raises(WrongSessionOrPassword):
            join(session, by=UserFactory(), password="C-22222")

    assert join(session)
    assert throttle.failures(f"password:session:{session.pk}") == 5


def test_wrong_passwords_of_one_session_do_not_delay_another(session):
    user = UserFactory()
    for _ in range(5):
        with pytest.raises(WrongSessionOrPassword):
            join(session, by=user, password="C-22222")

    assert join(ExamSessionFactory(), by=user)


def test_a_right_password_forgets_the_wrong_ones(session):
    user = UserFactory()
    for _ in range(3):
        with pytest.raises(WrongSessionOrPassword):
            join(session, by=user, password="C-22222")
    join(session, by=user)

    for _ in range(5):
        with pytest.raises(WrongSessionOrPassword):
            join(session, by=user, password="C-22222")


def test_the_right_password_of_a_room_that_is_over_is_no_failure(bank):
    session, user = ExamSessionFactory(), UserFactory()
    situations.finished(session=session)
    situations.finalised(session)

    for _ in range(6):
        with pytest.raises(RoomOver):
            join(session, by=user)


def test_what_the_hour_refuses_unjudged_is_no_failure_of_the_session(session):
    user = UserFactory()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for other in ExamSessionFactory.create_batch(5):
            for _ in range(4):
                with pytest.raises(WrongSessionOrPassword):
                    join(other, by=user, password="C-22222")
        for _ in range(6):
            with pytest.raises(TooManyTries, match="en une heure"):
                join(session, by=user)
        clock.shift(timedelta(hours=1, minutes=1))

        assert join(session, by=user) == session


def test_leaving_ends_the_access_and_not_the_tests(bank):
    attempt = situations.started()
    session = attempt.candidate.session
    user = situations.invigilator_of(session)

    actions.leave_invigilation(session, by=user)

    attempt.refresh_from_db()
    assert attempt.is_running
    assert not ExamSession.objects.for_invigilator(user).exists()


def test_leaving_twice_writes_one_line(session):
    user = situations.invigilator_of(session)

    actions.leave_invigilation(session, by=user)
    actions.leave_invigilation(session, by=user)

    assert AuditEvent.objects.filter(kind="invigilator.left").count() == 1


def test_who_left_may_come_back(session):
    user = UserFactory()
    join(session, by=user)
    actions.leave_invigilation(session, by=user)

    join(session, by=user)

    assert session in ExamSession.objects.for_invigilator(user)


def test_an_old_press_sent_again_does_not_turn_out_who_came_back(session):
    user, press = UserFactory(), Operation(uuid4(), "the same press")
    join(session, by=user)
    actions.leave_invigilation(session, by=user, operation=press)
    join(session, by=user)

    actions.leave_invigilation(session, by=user, operation=press)

    assert session in ExamSession.objects.for_invigilator(user)


def test_the_centre_takes_back_one_access(session):
    user, other = situations.invigilator_of(session), situations.invigilator_of(session)
    access = InvigilatorAccess.objects.get(user=user)

    actions.revoke_invigilator(access, by=UserFactory())
    actions.revoke_invigilator(access, by=UserFactory())

    assert not ExamSession.objects.for_invigilator(user).exists()
    assert ExamSession.objects.for_invigilator(other).exists()
    assert AuditEvent.objects.filter(kind="invigilator.revoked").count() == 1


def test_the_password_of_a_finalised_session_opens_nothing(bank):
    session = ExamSessionFactory()
    situations.finished(session=session)
    situations.finalised(session)

    with pytest.raises(RoomOver):
        join(session)

    assert not InvigilatorAccess.objects.exists()


def test_who_was_in_a_finalised_room_enters_it_again_until_his_access_ends(bank):
    session, user = ExamSessionFactory(), UserFactory()
    join(session, by=user)
    situations.finished(session=session)
    situations.finalised(session)

    assert join(session, by=user) == session


def test_a_guess_at_a_finalised_session_learns_nothing_of_it(bank):
    session = ExamSessionFactory()
    situations.finished(session=session)
    situations.finalised(session)

    with pytest.raises(WrongSessionOrPassword):
        join(session, password="C-22222")


@pytest.fixture
def a_week(settings):
    return timedelta(days=settings.RETENTION["rooms"])


@pytest.fixture
def begun(session, bank):
    with time_machine.travel(session.starts_at, tick=False):
        situations.started(session=session)
    return session


def test_the_password_opens_a_room_that_is_not_closed_for_a_week(begun, a_week):
    with time_machine.travel(begun.ends_at + a_week - timedelta(minutes=1), tick=False):
        assert join(begun) == begun


def test_the_password_of_a_session_over_for_a_week_opens_nothing(begun, a_week):
    with (
        time_machine.travel(begun.ends_at + a_week + timedelta(minutes=1), tick=False),
        pytest.raises(RoomOver),
    ):
        join(begun)


def test_the_password_of_a_session_that_officers_opened_again_opens_it_for_a_week(
    session, bank, a_week
):
    with time_machine.travel(session.starts_at) as clock:
        situations.finished(session=session)
        situations.finalised(session)
        clock.move_to(session.ends_at + 2 * a_week)
        finalisation_actions.reopen(session, why="Un écran de fin à revoir.", by=UserFactory())

        assert join(session) == session

        clock.shift(a_week + timedelta(minutes=1))
        with pytest.raises(RoomOver):
            join(session)


def test_a_session_that_waits_for_a_later_day_is_opened_on_that_day(session, a_week):
    with time_machine.travel(session.ends_at + 2 * a_week, tick=False):
        assert join(session) == session


def test_a_session_begun_on_a_later_day_is_open_that_day(session, bank, a_week):
    with time_machine.travel(session.ends_at + 2 * a_week, tick=False):
        situations.started(session=session)

        assert join(session) == session


# --- Candidates -----------------------------------------------------------------------------------


def test_a_candidate_is_found_by_his_identity_and_linked(session, ada):
    user = UserFactory()

    candidate = link(session, by=user)

    assert (candidate, candidate.user) == (ada, user)
    assert AuditEvent.objects.get(kind="candidate.linked").candidate_id == ada.pk


@pytest.mark.parametrize("name", ["LOVELACE", " love lace ", "Lovélace", "Love-Lace"])
def test_an_identity_is_typed_in_any_way(session, ada, name):
    assert link(session, birth_name=name) == ada


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_accent_typed_on_another_keyboard_is_the_same(session, form):
    candidate = CandidateFactory(session=session, birth_name="Œuvrard", first_name="Éloïse")

    found = link(session, birth_name="OEUVRARD", first_name=unicodedata.normalize(form, "Éloïse"))

    assert found == candidate


@pytest.mark.parametrize(
    "identity",
    [{"birth_name": "Byron"}, {"first_name": "Augusta"}, {"birth_date": date(2012, 10, 12)}],
    ids=["name", "first name", "birth date"],
)
def test_one_wrong_fact_finds_nobody(session, ada, identity):
    with pytest.raises(NoSuchCandidate):
        link(session, **identity)


def test_an_unknown_session_and_an_unknown_person_read_the_same(session, ada):
    with pytest.raises(NoSuchCandidate) as person:
        link(session, birth_name="Byron")
    session.pk += 1
    with pytest.raises(NoSuchCandidate) as room:
        link(session)

    assert person.value.sentence == room.value.sentence


def test_two_homonyms_are_asked_their_birth_place(session, ada):
    type(ada).objects.filter(pk=ada.pk).update(birth_city="Lille")
    CandidateFactory(session=session, birth_name="Lovelace", birth_city="Lyon")

    with pytest.raises(SeveralCandidates) as refusal:
        link(session)

    assert refusal.value.field == "birth_city"
    assert link(session, birth_city="LILLE") == ada


def test_a_wrong_birth_place_finds_nobody(session, ada):
    type(ada).objects.filter(pk=ada.pk).update(birth_city="Lille")
    CandidateFactory(session=session, birth_name="Lovelace", birth_city="Lyon")

    with pytest.raises(NoSuchCandidate):
        link(session, birth_city="Nantes")


def test_a_seat_of_another_account_is_refused_and_told(session, ada):
    link(session)
    intruder = UserFactory()

    with pytest.raises(SeatTaken):
        link(session, by=intruder)

    assert AuditEvent.objects.get(kind="candidate.link_refused").actor_id == intruder.pk


def test_linking_again_changes_nothing(session, ada):
    user = UserFactory()
    link(session, by=user)

    link(session, by=user)

    assert AuditEvent.objects.filter(kind="candidate.linked").count() == 1


def test_one_account_is_one_candidate_of_a_session(session, ada):
    user = UserFactory()
    link(session, by=user)
    CandidateFactory(session=session, birth_name="Byron")

    with pytest.raises(AlreadyAnotherCandidate):
        link(session, by=user, birth_name="Byron")


def test_one_account_may_be_a_candidate_of_two_sessions(session, ada):
    user = UserFactory()
    link(session, by=user)
    other = CandidateFactory(birth_name="Lovelace").session

    assert link(other, by=user).session == other


def test_an_invigilator_of_the_session_cannot_sit_its_test(session, ada):
    with pytest.raises(InvigilatorCannotSit):
        link(session, by=situations.invigilator_of(session))


def test_who_left_the_room_as_invigilator_cannot_sit_its_test_either(session, ada):
    user = situations.invigilator_of(session)
    actions.leave_invigilation(session, by=user)

    with pytest.raises(InvigilatorCannotSit):
        link(session, by=user)


def test_a_finalised_session_is_said_so_once_the_identity_is_right(bank):
    session = ExamSessionFactory()
    CandidateFactory(session=session, birth_name="Lovelace")
    situations.finished(session=session)
    situations.finalised(session)

    with pytest.raises(SessionClosed):
        link(session)


def test_the_sixth_wrong_identity_waits(session, ada):
    user = UserFactory()
    for _ in range(5):
        with pytest.raises(NoSuchCandidate):
            link(session, by=user, birth_name="Byron")

    with pytest.raises(TooManyTries):
        link(session, by=user)
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert link(session, by=user) == ada


def test_ones_own_identity_does_not_wipe_out_the_guesses_at_another(session, ada):
    """Four guesses, oneself, four guesses… would find the birth date of a classmate."""
    user = UserFactory()
    CandidateFactory(session=session, birth_name="Byron")
    wrong = [{"birth_date": BORN + timedelta(days=n)} for n in range(1, 6)]
    attempts = [*wrong[:4], {"birth_name": "Byron"}, wrong[4]]
    outcomes = [_outcome(lambda facts=facts: link(session, by=user, **facts)) for facts in attempts]

    assert outcomes == [NoSuchCandidate] * 4 + [None] + [NoSuchCandidate]
    with pytest.raises(TooManyTries):
        link(session, by=user, birth_name="Byron")


def _outcome(act):
    try:
        act()
    except Refusal as refusal:
        return type(refusal)
    return None
