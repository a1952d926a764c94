from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import Sum

from certif.audit.models import AuditEvent, OperationReused
from certif.audit.operations import Operation
from certif.lib.refusals import InvalidInput
from exam.actions import grant_minutes, time_allowed
from exam.actions.granting import NobodyGranted
from exam.enums import GrantReason
from exam.models import Attempt, TimeGrant
from invigilation import actions as invigilation_actions
from sessions.actions import SessionClosed, ToConfirm
from sessions.models import Candidate
from tests import situations
from tests.factories import CandidateFactory, QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(bank):
    return situations.started()


def grant(*candidates, minutes=10, reason=GrantReason.ROOM, **options):
    options = {"by": UserFactory(), **options}
    chosen = [candidate.pk for candidate in candidates]
    return grant_minutes(candidates[0].session, chosen, minutes=minutes, reason=reason, **options)


def again(attempt):
    return Attempt.objects.select_related("candidate__session").get(pk=attempt.pk)


def test_minutes_are_added_to_the_end_of_a_test(attempt):
    grant(attempt.candidate, minutes=10)

    assert again(attempt).deadline - attempt.started_at == timedelta(minutes=115)


def test_minutes_are_added_to_those_before_never_instead_of_them(attempt):
    grant(attempt.candidate, minutes=10)
    grant(attempt.candidate, minutes=5, reason=GrantReason.GAP)

    assert again(attempt).granted_minutes == 15
    assert [each.minutes for each in attempt.grants.all()] == [10, 5]


def test_the_ledger_holds_how_many_why_and_who(attempt):
    by = UserFactory()

    grant(attempt.candidate, minutes=7, reason=GrantReason.OTHER, detail="vidéoprojecteur", by=by)

    (line,) = attempt.grants.all()
    assert (line.minutes, line.reason, line.detail) == (7, "other", "vidéoprojecteur")
    assert line.granted_by == by


def test_the_audit_tells_who_how_many_and_why(attempt):
    by = UserFactory()

    grant(attempt.candidate, minutes=7, by=by)

    event = AuditEvent.objects.get(kind="time.granted")
    assert (event.actor_id, event.candidate_id) == (by.pk, attempt.candidate_id)
    assert (event.data["minutes"], event.data["reason"]) == (7, "incident dans la salle")


def test_minutes_come_on_top_of_the_extra_time(bank):
    attempt = situations.started(extra_time_percent=20)

    grant(attempt.candidate, minutes=10)

    assert again(attempt).deadline - attempt.started_at == timedelta(minutes=126 + 10)


def test_the_row_is_shown_again(attempt):
    session = attempt.candidate.session
    session.refresh_from_db()
    before = session.version

    grant(attempt.candidate)

    session.refresh_from_db()
    candidate = Candidate.objects.get(pk=attempt.candidate_id)
    assert candidate.row_version == session.version == before + 1


def test_a_whole_room_gets_them_in_one_gesture(attempt):
    session = attempt.candidate.session
    other = situations.started(session=session)

    granted = grant(attempt.candidate, other.candidate, minutes=10)

    assert {each.pk for each in granted.attempts} == {attempt.pk, other.pk}
    assert AuditEvent.objects.filter(kind="time.granted").count() == 2
    assert {again(each).granted_minutes for each in (attempt, other)} == {10}


def test_a_timed_question_lasts_no_longer_for_it(attempt):
    question = QuestionFactory(time_limit=60)
    before = time_allowed(again(attempt), question)

    grant(attempt.candidate, minutes=30)

    assert time_allowed(again(attempt), question) == before == timedelta(seconds=60)


def test_each_keeps_what_he_had_when_the_room_gets_minutes(attempt):
    other = situations.started(session=attempt.candidate.session)
    grant(other.candidate, minutes=5)

    grant(attempt.candidate, other.candidate, minutes=10)

    assert [again(each).granted_minutes for each in (attempt, other)] == [10, 15]


def test_who_finished_meanwhile_is_left_out_and_told(attempt):
    finished = situations.finished(session=attempt.candidate.session)

    granted = grant(attempt.candidate, finished.candidate)

    assert [(left.pk, why) for left, why in granted.left_out] == [
        (finished.candidate_id, "test terminé")
    ]
    assert again(finished).granted_minutes == 0


def test_an_absent_candidate_is_left_out_and_told(attempt):
    absent = CandidateFactory(session=attempt.candidate.session)

    granted = grant(attempt.candidate, absent)

    assert [(left.pk, why) for left, why in granted.left_out] == [(absent.pk, "absent")]


def test_who_is_ticked_present_may_get_minutes_before_he_starts(bank):
    candidate = CandidateFactory(joined=True)
    situations.present(candidate)

    grant(candidate, minutes=10)
    attempt = situations.started(candidate)

    assert again(attempt).deadline - attempt.started_at == timedelta(minutes=115)


def test_who_was_unticked_is_absent_again_and_keeps_what_he_had(bank):
    candidate = CandidateFactory(joined=True)
    situations.present(candidate)
    grant(candidate, minutes=10)
    invigilation_actions.set_presence(candidate, present=False, by=UserFactory())

    with pytest.raises(NobodyGranted, match=r"absent"):
        grant(candidate, minutes=5)

    assert Attempt.objects.get(candidate=candidate).granted_minutes == 10


def test_alone_and_finished_nothing_is_added_and_it_says_so(bank):
    finished = situations.finished()

    with pytest.raises(NobodyGranted, match=r"test terminé"):
        grant(finished.candidate)

    assert not TimeGrant.objects.exists()


def test_somebody_of_another_session_gets_nothing(attempt):
    stranger = situations.started()

    granted = grant(attempt.candidate, stranger.candidate)

    assert [each.pk for each in granted.attempts] == [attempt.pk]
    assert again(stranger).granted_minutes == 0


def test_nobody_chosen_is_to_correct(attempt):
    with pytest.raises(InvalidInput) as caught:
        grant_minutes(
            attempt.candidate.session, [], minutes=5, reason=GrantReason.ROOM, by=UserFactory()
        )

    assert caught.value.field == "candidates"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 121}, "minutes"),
        ({"reason": "caprice"}, "reason"),
        ({"reason": GrantReason.OTHER}, "detail"),
    ],
)
def test_what_cannot_be_granted_is_said_at_its_field(attempt, wrong, field):
    with pytest.raises(InvalidInput) as caught:
        grant(attempt.candidate, **wrong)

    assert caught.value.field == field
    assert not TimeGrant.objects.exists()


def test_no_candidate_gets_more_than_four_hours_in_all(attempt):
    grant(attempt.candidate, minutes=120)
    grant(attempt.candidate, minutes=120)

    with pytest.raises(InvalidInput, match=r"plus de 240 min en tout"):
        grant(attempt.candidate, minutes=1)


@pytest.mark.parametrize("minutes", [34, 35])
def test_minutes_equal_to_the_extra_time_are_asked_about(bank, minutes):
    attempt = situations.started(extra_time_percent=33)

    with pytest.raises(ToConfirm) as caught:
        grant(attempt.candidate, minutes=minutes, confirmed="")

    (warning,) = caught.value.warnings
    assert " ".join(warning.split()).endswith("temps majoré 33 % déjà compté : + 35 min.")
    assert not TimeGrant.objects.exists()


def test_a_forgotten_extra_time_is_no_reason_for_minutes(bank):
    attempt = situations.started()

    with pytest.raises(InvalidInput):
        grant(attempt.candidate, minutes=15, reason=GrantReason.EXTRA_TIME)

    assert not TimeGrant.objects.exists()


def test_confirmed_they_are_added(bank):
    attempt = situations.started(extra_time_percent=33)
    with pytest.raises(ToConfirm) as caught:
        grant(attempt.candidate, minutes=35, confirmed="")

    grant(attempt.candidate, minutes=35, confirmed=caught.value.fingerprint)

    assert again(attempt).granted_minutes == 35


def test_other_minutes_are_not_asked_about(bank):
    attempt = situations.started(extra_time_percent=33)

    grant(attempt.candidate, minutes=10, confirmed="")

    assert again(attempt).granted_minutes == 10


def test_the_same_operation_twice_is_counted_once(attempt):
    by, operation = UserFactory(), Operation(uuid4(), "même contenu")

    first = grant(attempt.candidate, by=by, operation=operation)
    second = grant(attempt.candidate, by=by, operation=operation)

    assert again(attempt).granted_minutes == 10
    assert [each.pk for each in first.attempts] == [each.pk for each in second.attempts]


def test_the_same_operation_with_another_content_is_refused(attempt):
    by, identifier = UserFactory(), uuid4()
    grant(attempt.candidate, by=by, operation=Operation(identifier, "dix"))

    with pytest.raises(OperationReused):
        grant(attempt.candidate, by=by, operation=Operation(identifier, "vingt"))


def test_nothing_is_added_in_a_finalised_session(bank):
    finished = situations.finished()
    situations.finalised(finished.candidate.session)

    with pytest.raises(SessionClosed):
        grant(finished.candidate)


def test_the_sum_is_that_of_the_ledger(attempt):
    for minutes in (10, 5, 30):
        grant(attempt.candidate, minutes=minutes)

    assert attempt.grants.aggregate(n=Sum("minutes"))["n"] == again(attempt).granted_minutes == 45


def test_a_room_of_twenty_five_is_written_in_as_many_queries_as_one(
    attempt, django_assert_num_queries, django_assert_max_num_queries
):
    session = attempt.candidate.session
    room = [situations.started(session=session).candidate for _ in range(24)]
    by = UserFactory()

    with django_assert_max_num_queries(11) as counted:
        grant(attempt.candidate, by=by)
    with django_assert_num_queries(len(counted)):
        grant(attempt.candidate, *room, by=by)
