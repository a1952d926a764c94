from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from certif.lib.refusals import InvalidInput
from exam import actions as exam_actions
from exam.actions.refusals import AlreadyAnswered, NotRunning
from exam.enums import AttemptState, GrantReason, Right
from exam.models import Attempt, TimeGrant
from invigilation import actions
from invigilation.models import IncidentCode, IncidentReport
from sessions.actions import SessionClosed, ToConfirm
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(bank):
    return situations.started()


def again(attempt):
    return Attempt.objects.select_related("candidate__session").get(pk=attempt.pk)


def later(minutes):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def grant(attempt, minutes, reason=GrantReason.ROOM):
    exam_actions.grant_minutes(
        attempt.candidate.session,
        [attempt.candidate_id],
        minutes=minutes,
        reason=reason,
        by=UserFactory(),
    )


# --- Authorise + n minutes ------------------------------------------------------------------------


def test_the_time_of_the_cut_comes_with_the_authorisation(attempt):
    actions.authorise_resume_adding(attempt.candidate, minutes=4, by=UserFactory())

    assert again(attempt).right == Right.RESUME
    assert [(each.minutes, each.reason) for each in attempt.grants.all()] == [(4, "gap")]


def test_neither_happens_when_the_other_cannot(bank):
    candidate = CandidateFactory(joined=True)
    situations.present(candidate)

    with pytest.raises(NotRunning):
        actions.authorise_resume_adding(candidate, minutes=4, by=UserFactory())

    assert not TimeGrant.objects.exists()
    assert Attempt.objects.get().granted_minutes == 0


def test_sent_twice_the_minutes_are_counted_once(attempt):
    by, operation = UserFactory(), Operation(uuid4(), "même contenu")

    for _ in range(2):
        actions.authorise_resume_adding(attempt.candidate, minutes=4, by=by, operation=operation)

    assert again(attempt).granted_minutes == 4
    assert AuditEvent.objects.filter(kind="resume.authorised").count() == 1


def test_two_who_authorise_with_minutes_give_them_once(attempt):
    demand = exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)
    answer = {"demand": demand.pk, "minutes": 5}
    actions.authorise_resume_adding(attempt.candidate, **answer, by=UserFactory())

    with pytest.raises(AlreadyAnswered):
        actions.authorise_resume_adding(attempt.candidate, **answer, by=UserFactory())

    assert again(attempt).granted_minutes == 5


# --- Extra time -----------------------------------------------------------------------------------


def test_extra_time_set_before_the_start_lasts_as_the_list_says(bank):
    candidate = CandidateFactory(joined=True)

    actions.set_extra_time(candidate, percent=33, by=UserFactory())
    attempt = situations.started(Candidate.objects.get(pk=candidate.pk))

    assert again(attempt).deadline - attempt.started_at == timedelta(minutes=105) * 1.33
    assert not IncidentReport.objects.exists()


def test_extra_time_set_during_the_test_moves_its_end_at_once(attempt):
    actions.set_extra_time(attempt.candidate, percent=20, by=UserFactory())

    assert again(attempt).deadline - attempt.started_at == timedelta(minutes=126)


def test_set_during_the_test_it_comes_with_its_report(attempt):
    by = UserFactory()

    actions.set_extra_time(attempt.candidate, percent=33, by=by)

    report = IncidentReport.objects.get()
    assert (report.code.code, report.written_by) == ("C2", by)
    assert "33\u00a0% au lieu de 0\u00a0%" in report.description


def test_without_c2_in_the_nomenclature_of_the_day_it_is_set_all_the_same(attempt):
    IncidentCode.objects.filter(code="C2").update(active_from=None)

    actions.set_extra_time(attempt.candidate, percent=33, by=UserFactory())

    assert again(attempt).candidate.extra_time_percent == 33


def test_the_audit_tells_that_something_was_edited_and_nothing_of_a_disability(attempt):
    by = UserFactory()

    actions.set_extra_time(attempt.candidate, percent=33, by=by)

    event = AuditEvent.objects.get(kind="candidate.edited")
    assert (event.actor_id, event.candidate_id) == (by.pk, attempt.candidate_id)
    assert event.data == {"changes": "autres informations"}


def test_the_row_of_who_got_extra_time_is_shown_again(attempt):
    before = ExamSession.objects.get().version

    actions.set_extra_time(attempt.candidate, percent=33, by=UserFactory())

    session, candidate = ExamSession.objects.get(), Candidate.objects.get()
    assert candidate.row_version == session.version > before


def test_the_same_extra_time_changes_nothing(attempt):
    actions.set_extra_time(attempt.candidate, percent=0, by=UserFactory())

    assert not AuditEvent.objects.filter(kind="candidate.edited").exists()


def test_minutes_added_for_it_already_are_asked_about(attempt):
    grant(attempt, 35)

    with pytest.raises(ToConfirm) as caught:
        actions.set_extra_time(attempt.candidate, percent=33, by=UserFactory(), confirmed="")

    assert "35\u00a0min déjà ajoutées" in caught.value.warnings[0]
    assert again(attempt).candidate.extra_time_percent == 0


def test_minutes_that_the_first_versions_gave_for_it_are_asked_about_however_many(attempt):
    TimeGrant.objects.create(
        attempt=attempt, minutes=15, reason=GrantReason.EXTRA_TIME, granted_by=UserFactory()
    )

    with pytest.raises(ToConfirm):
        actions.set_extra_time(attempt.candidate, percent=33, by=UserFactory(), confirmed="")


@pytest.mark.parametrize(
    ("percent", "minutes", "words"),
    [
        (1, 1, "1\u00a0min déjà ajoutée (coupure ou attente)\u00a0: elle s’ajoute à"),
        (20, 21, "21\u00a0min déjà ajoutées (coupure ou attente)\u00a0: elles s’ajoutent à"),
    ],
)
def test_one_minute_is_told_in_the_singular(attempt, percent, minutes, words):
    grant(attempt, minutes, GrantReason.GAP)

    with pytest.raises(ToConfirm) as caught:
        actions.set_extra_time(attempt.candidate, percent=percent, by=UserFactory(), confirmed="")

    assert words in caught.value.warnings[0]


def test_confirmed_the_extra_time_is_set_on_top(attempt):
    grant(attempt, 35)
    with pytest.raises(ToConfirm) as caught:
        actions.set_extra_time(attempt.candidate, percent=33, by=UserFactory(), confirmed="")

    actions.set_extra_time(
        attempt.candidate, percent=33, by=UserFactory(), confirmed=caught.value.fingerprint
    )

    assert again(attempt).candidate.extra_time_percent == 33


def test_the_extra_time_of_a_test_that_is_over_is_set_no_more(bank):
    finished = situations.finished()

    with pytest.raises(exam_actions.TestIsOver):
        actions.set_extra_time(finished.candidate, percent=33, by=UserFactory())


def test_more_than_a_hundred_per_cent_is_refused(attempt):
    with pytest.raises(InvalidInput) as caught:
        actions.set_extra_time(attempt.candidate, percent=101, by=UserFactory())

    assert caught.value.field == "percent"


# --- Code given -----------------------------------------------------------------------------------


def test_the_code_given_is_noted_with_who_and_when():
    session, by = ExamSessionFactory(), UserFactory()

    actions.note_code_given(session, by=by)

    session.refresh_from_db()
    assert session.code_given_by == by
    assert timezone.now() - session.code_given_at < timedelta(minutes=1)


def test_a_second_tap_does_not_move_the_clock():
    session = ExamSessionFactory()
    actions.note_code_given(session, by=UserFactory())
    first = ExamSession.objects.get().code_given_at

    with later(3):
        actions.note_code_given(session, by=UserFactory())

    assert ExamSession.objects.get().code_given_at == first
    assert AuditEvent.objects.filter(kind__startswith="code.").count() == 1


def test_its_hour_is_corrected_and_both_are_kept():
    session = ExamSessionFactory()
    actions.note_code_given(session, by=UserFactory())
    right = timezone.now() - timedelta(minutes=12)

    actions.note_code_given(session, at=right, by=UserFactory())

    assert ExamSession.objects.get().code_given_at == right
    event = AuditEvent.objects.get(kind="code.corrected")
    assert set(event.data) == {"at", "before", "end"}


@pytest.mark.parametrize("minutes", [1, -4 * 60 - 1], ids=["to come", "too long ago"])
def test_an_hour_that_cannot_be_is_refused(minutes):
    session = ExamSessionFactory()

    with pytest.raises(InvalidInput) as caught:
        actions.note_code_given(
            session, at=timezone.now() + timedelta(minutes=minutes), by=UserFactory()
        )

    assert caught.value.field == "at"


def test_an_hour_long_before_the_planned_start_is_refused():
    session = ExamSessionFactory()

    with (
        time_machine.travel(session.starts_at + timedelta(minutes=30), tick=False),
        pytest.raises(InvalidInput) as caught,
    ):
        actions.note_code_given(
            session, at=session.starts_at - timedelta(minutes=61), by=UserFactory()
        )

    assert caught.value.sentence == (
        "Indiquez une heure à partir de 8\u00a0h\u00a000\u00a0: le code ne se donne pas si longtemps "
        "avant le début."
    )
    assert ExamSession.objects.get().code_given_at is None


def test_the_earliest_hour_is_a_whole_minute_as_it_is_told_and_typed(bank):
    session = ExamSessionFactory()
    early = session.starts_at - timedelta(minutes=7, seconds=20)
    with time_machine.travel(early, tick=False):
        situations.started(session=session)
    told = session.starts_at - timedelta(minutes=68)

    with time_machine.travel(session.starts_at, tick=False):
        actions.note_code_given(session, at=told, by=UserFactory())

    assert ExamSession.objects.get().code_given_at == told


def test_in_a_session_that_began_early_the_code_was_given_early():
    session = ExamSessionFactory()

    with time_machine.travel(session.starts_at - timedelta(hours=3), tick=False):
        actions.note_code_given(
            session, at=timezone.now() - timedelta(minutes=10), by=UserFactory()
        )

    assert ExamSession.objects.get().code_given_at is not None


def test_tapped_late_it_counts_from_the_first_start(attempt):
    session = attempt.candidate.session
    session.refresh_from_db()

    with later(10):
        actions.note_code_given(session, by=UserFactory())

    session.refresh_from_db()
    assert session.code_given_at == session.first_started_at


def test_tapped_an_hour_late_it_does_not_move_the_end_that_was_announced(attempt):
    session = attempt.candidate.session

    with later(60):
        actions.note_code_given(session, by=UserFactory())

    session.refresh_from_db()
    assert session.code_given_at == session.first_started_at


def test_where_tests_began_the_day_before_it_is_given_now(attempt):
    session = attempt.candidate.session

    with later(24 * 60):
        actions.note_code_given(session, by=UserFactory())
        now = timezone.now()

    session.refresh_from_db()
    assert session.code_given_at == now


def test_tried_the_day_before_it_is_given_anew_on_the_day():
    session = ExamSessionFactory()
    with time_machine.travel(session.starts_at - timedelta(days=1), tick=False):
        actions.note_code_given(session, by=UserFactory())

    with time_machine.travel(session.starts_at, tick=False):
        actions.note_code_given(session, by=UserFactory())

    session.refresh_from_db()
    assert session.code_given_at == session.starts_at
    assert AuditEvent.objects.filter(kind="code.given").count() == 2


def test_given_to_the_room_after_one_who_started_alone_its_hour_can_be_said(attempt):
    session = attempt.candidate.session
    actions.note_code_given(session, by=UserFactory())

    with later(20):
        right = timezone.now() - timedelta(minutes=2)
        actions.note_code_given(session, at=right, by=UserFactory())

    session.refresh_from_db()
    assert session.code_given_at == right


def test_every_tablet_hears_of_it():
    session = ExamSessionFactory()

    actions.note_code_given(session, by=UserFactory())

    assert ExamSession.objects.get().version == session.version + 1


def test_no_code_is_given_in_a_finalised_session(bank):
    session = situations.finalised()

    with pytest.raises(SessionClosed):
        actions.note_code_given(session, by=UserFactory())


# --- Tests past their end -------------------------------------------------------------------------


def end(session, *attempts, **options):
    chosen = [attempt.candidate_id for attempt in attempts]
    return actions.end_overdue_tests(
        session, chosen, by=options.pop("by", UserFactory()), **options
    )


def test_those_past_their_end_are_ended_with_their_answers(attempt):
    situations.answer_all(attempt, upto=3)

    with later(106):
        end(attempt.candidate.session, attempt)

    assert again(attempt).state == AttemptState.ENDED
    assert attempt.answers.count() == 3


def test_who_still_has_time_is_left_and_told(attempt):
    session = attempt.candidate.session
    other = situations.started(session=session, extra_time_percent=33)

    with later(106):
        ended = end(session, attempt, other)

    assert [each.pk for each in ended.attempts] == [attempt.pk]
    assert [(left.pk, why) for left, why in ended.left_out] == [
        (other.candidate_id, "temps ajouté entre-temps")
    ]
    assert again(other).is_running


def test_minutes_granted_after_the_list_was_shown_are_counted(attempt):
    with later(106):
        grant(attempt, 10)
        ended = end(attempt.candidate.session, attempt)

    assert ended.attempts == []
    assert again(attempt).is_running


def test_who_finished_meanwhile_keeps_his_end_screen(bank):
    finished = situations.finished()

    with later(106):
        ended = end(finished.candidate.session, finished)

    assert ended.left_out[0][1] == "test terminé entre-temps"
    assert again(finished).state == AttemptState.FINISHED


def test_who_was_not_listed_is_not_ended(attempt):
    session = attempt.candidate.session
    other = situations.started(session=session)

    with later(106):
        end(session, attempt)

    assert again(other).is_running


def test_each_end_has_its_line_in_the_audit(attempt):
    session = attempt.candidate.session
    other = situations.started(session=session)

    with later(106):
        end(session, attempt, other)

    told = AuditEvent.objects.filter(kind="attempt.ended").values_list("candidate_id", flat=True)
    assert set(told) == {attempt.candidate_id, other.candidate_id}


def test_the_same_operation_ends_once_and_says_the_same(attempt):
    by, operation = UserFactory(), Operation(uuid4(), "même contenu")
    session = attempt.candidate.session

    with later(106):
        first = end(session, attempt, by=by, operation=operation)
        second = end(session, attempt, by=by, operation=operation)

    assert [each.pk for each in first.attempts] == [each.pk for each in second.attempts]
    assert AuditEvent.objects.filter(kind="attempt.ended").count() == 1


def test_nobody_chosen_ends_nothing(attempt):
    with pytest.raises(InvalidInput):
        end(attempt.candidate.session)
