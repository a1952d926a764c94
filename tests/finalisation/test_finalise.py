from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from exam import actions as exam_actions
from exam.enums import AttemptState
from exam.models import Attempt, Beat
from finalisation import actions
from finalisation.models import Certification, ClosingFile, UnfinishedTest
from finalisation.queries import read_closing
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, IncidentReport, Screen
from sessions.actions.refusals import SessionClosed
from sessions.enums import SessionState
from sessions.models import ExamSession
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db


def silent():
    attempt = situations.answer_all(situations.started(), upto=2)
    long_ago = timezone.now() - timedelta(minutes=6)
    Beat.objects.filter(attempt=attempt).update(last_seen_at=long_ago)
    return attempt


def report(attempt, code, question_number=None, description=""):
    return invigilation_actions.write_report(
        attempt.candidate,
        code=IncidentCode.objects.get(code=code),
        question_number=question_number,
        description=description,
        by=UserFactory(),
        screen=Screen.BOARD,
    )


def asks_to_resume(attempt):
    exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)


def is_authorised_to_resume(attempt):
    invigilation_actions.authorise_resume(attempt.candidate, by=UserFactory())


def is_reopened(attempt):
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())
    exam_actions.reopen_test(attempt.candidate, reason="Terminé par erreur.", by=UserFactory())


@pytest.mark.parametrize("comes_back", [asks_to_resume, is_authorised_to_resume, is_reopened])
def test_who_is_coming_back_is_not_closed(bank, comes_back):
    attempt = silent()
    situations.give_reason(attempt)
    comes_back(attempt)

    with pytest.raises(actions.FinalisationBlocked) as blocked:
        actions.finalise(attempt.candidate.session, by=UserFactory())

    assert [blocker.kind for blocker in blocked.value.blockers] == ["alive"]


@pytest.mark.parametrize("came_back", [asks_to_resume, is_authorised_to_resume, is_reopened])
def test_who_did_not_come_back_within_a_quarter_of_an_hour_is(bank, came_back):
    attempt = silent()
    situations.give_reason(attempt)
    came_back(attempt)

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        actions.finalise(attempt.candidate.session, by=UserFactory())

    attempt.refresh_from_db()
    assert attempt.state == AttemptState.CLOSED


def see_end_screen(attempt):
    invigilation_actions.note_end_screen(attempt.candidate, seen=True, by=UserFactory())


def do_nothing(attempt):
    """Nothing is said about this test."""


def report_late(attempt):
    report(attempt, "C3", description="Arrivé à 9 h 20")


def report_question(attempt):
    report(attempt, "E1", question_number=2)


@pytest.mark.parametrize("said", [do_nothing, see_end_screen, report_late, report_question])
def test_a_finished_test_never_holds_the_session_back(bank, said):
    attempt = situations.finished()
    said(attempt)

    session = actions.finalise(attempt.candidate.session, by=UserFactory())

    assert session.state == SessionState.FINALISED


@pytest.mark.parametrize("said", [do_nothing, report_late, report_question])
@pytest.mark.parametrize(
    ("make", "reason", "kinds"),
    [
        (situations.started, "", ["alive", "reason"]),
        (situations.started, "candidate", ["alive"]),
        (situations.started, "technical", ["alive"]),
        (silent, "", ["reason"]),
        (situations.ended, "", ["reason"]),
    ],
    ids=["alive", "alive-abandon", "alive-technical", "silent", "ended"],
)
def test_what_holds_an_unfinished_test_back(bank, said, make, reason, kinds):
    attempt = make()
    said(attempt)
    situations.give_reason(attempt, reason)
    session = attempt.candidate.session

    with pytest.raises(actions.FinalisationBlocked) as refusal:
        actions.finalise(session, by=UserFactory())

    session.refresh_from_db()
    assert session.is_open
    assert [(blocker.kind, blocker.candidate_id) for blocker in refusal.value.blockers] == [
        (kind, attempt.candidate_id) for kind in kinds
    ]


@pytest.mark.parametrize(
    ("make", "reason", "state", "verdict", "neutralised"),
    [
        (silent, "candidate", AttemptState.CLOSED, "rejected", 0),
        (silent, "technical", AttemptState.CLOSED, "cancelled", 46),
        (situations.ended, "candidate", AttemptState.ENDED, "rejected", 0),
        (situations.ended, "technical", AttemptState.ENDED, "cancelled", 48),
    ],
)
def test_what_an_unfinished_test_becomes(bank, make, reason, state, verdict, neutralised):
    attempt = make()
    situations.give_reason(attempt, reason)

    actions.finalise(attempt.candidate.session, by=UserFactory())

    attempt.refresh_from_db()
    certification = Certification.objects.get(attempt=attempt)
    assert attempt.state == state
    assert attempt.answers.count() == 48
    assert (certification.verdict, certification.neutralised) == (verdict, neutralised)


def test_everything_missing_is_said_at_once_by_name(bank):
    alive = situations.started()
    session = alive.candidate.session
    ended = situations.ended(session=session)
    situations.finished(session=session)
    actions.save_closing_file(session, by=UserFactory(), comments={"has_incident": True})

    with pytest.raises(actions.FinalisationBlocked) as refusal:
        actions.finalise(session, by=UserFactory())

    assert {(blocker.kind, blocker.candidate_id) for blocker in refusal.value.blockers} == {
        ("alive", alive.candidate_id),
        ("reason", alive.candidate_id),
        ("reason", ended.candidate_id),
        ("comment", None),
    }
    assert str(ended.candidate) in refusal.value.sentence


def test_a_session_where_nobody_started_is_not_finalised(bank):
    session = ExamSessionFactory()
    situations.present(CandidateFactory(session=session))

    with pytest.raises(actions.NothingStarted):
        actions.finalise(session, by=UserFactory())


def test_the_second_to_finalise_is_told_who_did_it_and_when(bank):
    with time_machine.travel("2026-12-14T12:02:00+01:00", tick=False):
        session = situations.finalised(by=UserFactory(first_name="Ada", last_name="Lovelace"))

    with pytest.raises(actions.AlreadyFinalised) as refusal:
        actions.finalise(session, by=UserFactory())

    assert "Ada LOVELACE, le 14/12/2026 à 12\u00a0h\u00a002" in refusal.value.sentence


@pytest.mark.parametrize(
    ("hours", "late", "sentence"),
    [(47.9, False, "dans les 48 heures"), (48.1, True, "en retard")],
)
def test_a_late_finalisation_is_accepted_and_flagged(bank, hours, late, sentence):
    attempt = situations.finished()
    session = attempt.candidate.session

    with time_machine.travel(session.ends_at + timedelta(hours=hours)):
        actions.finalise(session, by=UserFactory())

    session.refresh_from_db()
    assert session.is_late is late
    assert AuditEvent.objects.get(kind="session.finalised").data["late"] == sentence


def test_a_session_that_officers_opened_again_is_finalised_late_by_nobody(bank):
    session = situations.finalised()
    actions.reopen(session, why="Il manque une heure.", by=UserFactory(officer=True))

    with time_machine.travel(session.ends_at + timedelta(hours=60)):
        actions.finalise(session, by=UserFactory())

    session = ExamSession.objects.get()
    told = AuditEvent.objects.filter(kind="session.finalised").latest("pk").data["late"]
    assert (session.is_late, told) == (False, "de nouveau, après sa réouverture par Pix")


def test_a_first_finalisation_that_was_late_stays_so_after_a_reopening(bank):
    session = situations.finished().candidate.session
    with time_machine.travel(session.ends_at + timedelta(hours=60)):
        situations.finalised(session)
        actions.reopen(session, why="Il manque une heure.", by=UserFactory(officer=True))
        actions.finalise(session, by=UserFactory())

    assert ExamSession.objects.get().is_late


def test_a_reason_on_a_test_finished_meanwhile_is_dropped(bank):
    attempt = situations.started()
    situations.give_reason(attempt)
    situations.answer_all(attempt, value=[1])

    actions.finalise(attempt.candidate.session, by=UserFactory())

    assert not UnfinishedTest.objects.exists()
    assert Certification.objects.get(attempt=attempt).verdict == "validated"


def test_what_changed_since_the_confirmation_is_not_finalised(bank):
    attempt = situations.finished()
    session = attempt.candidate.session
    confirmed = read_closing(session).digest
    see_end_screen(attempt)

    with pytest.raises(actions.ChangedMeanwhile):
        actions.finalise(session, by=UserFactory(), confirmed=confirmed)

    actions.finalise(session, by=UserFactory(), confirmed=read_closing(session).digest)


def test_a_comment_under_no_problem_is_not_sent(bank):
    session = situations.finished().candidate.session
    comments = {"has_incident": False, "global_comment": "un brouillon"}
    actions.save_closing_file(session, by=UserFactory(), comments=comments)

    actions.finalise(session, by=UserFactory())

    assert ClosingFile.objects.get().global_comment == ""


def test_a_fitting_report_on_a_failed_answer_is_resolved_and_neutralises(bank):
    attempt = situations.answer_all(situations.started(), value=[0])
    answer = attempt.answers.select_related("question").get(number=5)
    answer.question.link = "velodune"
    answer.question.save()
    written = report(attempt, "E4", question_number=5)

    actions.finalise(attempt.candidate.session, by=UserFactory())

    written.refresh_from_db()
    answer.refresh_from_db()
    assert answer.neutralised_at is not None
    assert written.resolution.startswith("Q5 neutralisée")
    assert Certification.objects.get().neutralised == 1


def test_a_discarded_report_decides_nothing(bank):
    attempt = situations.answer_all(situations.started(), value=[0])
    written = report(attempt, "E1", question_number=5)
    invigilation_actions.discard_report(written, why="erreur", by=UserFactory())

    actions.finalise(attempt.candidate.session, by=UserFactory())

    assert IncidentReport.objects.get().resolved_at is None


def test_nothing_moves_once_finalised(bank):
    attempt = situations.finished()
    session = attempt.candidate.session
    actions.finalise(session, by=UserFactory())

    with pytest.raises(SessionClosed):
        see_end_screen(attempt)
    with pytest.raises(SessionClosed):
        report_late(attempt)
    with pytest.raises(SessionClosed):
        exam_actions.enter_test(attempt.candidate, "ABCD23", by=attempt.candidate.user)


def test_publishing_then_unpublishing_then_reopening(bank):
    officer = UserFactory(officer=True)
    session = situations.published()

    session = actions.unpublish(session, why="erreur", by=officer)
    session = actions.reopen(session, why="à compléter", by=officer)

    assert session.state == SessionState.CREATED
    assert not Certification.objects.exists()


def test_reopening_takes_the_automatic_decisions_anew(bank):
    attempt = situations.ended()
    session = attempt.candidate.session
    situations.give_reason(attempt, "technical")
    actions.finalise(session, by=UserFactory())
    actions.reopen(session, why="à compléter", by=UserFactory(officer=True))
    assert not attempt.answers.exists()
    situations.give_reason(attempt, "candidate")

    actions.finalise(session, by=UserFactory())

    assert Certification.objects.get().verdict == "rejected"
    assert not attempt.answers.exclude(neutralised_at=None).exists()


def test_a_test_closed_by_the_finalisation_stays_closed_when_reopened(bank):
    attempt = silent()
    session = attempt.candidate.session
    situations.give_reason(attempt)
    actions.finalise(session, by=UserFactory())

    actions.reopen(session, why="à compléter", by=UserFactory(officer=True))

    assert Attempt.objects.get().state == AttemptState.CLOSED
    assert UnfinishedTest.objects.get().reason == "candidate"


def test_what_an_officer_decided_stays_decided_when_reopened(bank):
    attempt = situations.answer_all(situations.started(), value=[0])
    session, officer = attempt.candidate.session, UserFactory(officer=True)
    written = report(attempt, "E2", question_number=5)
    actions.finalise(session, by=UserFactory())
    actions.resolve_report(written, sentence="Vérifié : rien à changer.", by=officer)

    actions.reopen(session, why="à compléter", by=officer)
    written.refresh_from_db()
    reopened = (written.resolved_by, written.resolution)
    # Even under a code that the finalisation decides by itself.
    IncidentReport.objects.update(code=IncidentCode.objects.get(code="E1"))
    actions.finalise(session, by=UserFactory())

    written.refresh_from_db()
    assert reopened == (officer, "Vérifié : rien à changer.")
    assert (written.resolved_by, written.resolution) == reopened


def test_resolving_twice_by_the_same_form_is_no_error(bank):
    attempt = situations.finished()
    written = report(attempt, "E2", question_number=5)
    actions.finalise(attempt.candidate.session, by=UserFactory())
    officer, operation = UserFactory(officer=True), Operation(uuid4(), "f")

    for _ in range(2):
        actions.resolve_report(written, sentence="Sans effet.", by=officer, operation=operation)

    assert AuditEvent.objects.filter(kind="report.resolved").count() == 1


def test_a_reopened_session_leaves_its_code_to_the_one_that_drew_it_since(bank):
    session = situations.finalised()
    twin = ExamSessionFactory(centre=session.centre, access_code=session.access_code)

    reopened = actions.reopen(session, why="à compléter", by=UserFactory(officer=True))

    assert reopened.access_code != twin.access_code


def test_two_sessions_that_open_at_once_take_turns_for_their_code(bank):
    """A creation takes the centre's row too: neither draws what the other is about to keep."""
    session = situations.finalised()

    with CaptureQueriesContext(connection) as queries:
        actions.reopen(session, why="à compléter", by=UserFactory(officer=True))

    read = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert 'FROM "accounts_centre"' in read[0]
    assert 'FROM "exam_sessions_examsession"' in read[1]
    assert ("FOR NO KEY UPDATE" in read[0]) == connection.features.has_select_for_no_key_update


def test_a_session_that_nobody_finalised_is_not_published(bank):
    session = ExamSessionFactory()

    with pytest.raises(actions.NotPublishable):
        actions.publish(session, by=UserFactory(officer=True))


# --- Not held -------------------------------------------------------------------------------------


@pytest.fixture
def not_held(bank):
    candidate = CandidateFactory(joined=True)
    situations.present(candidate)
    return candidate


def close_not_held(candidate, **fields):
    by = fields.pop("by", None) or UserFactory()
    return actions.close_not_held(candidate.session, comment="Coupure.", by=by, **fields)


def test_a_session_where_a_test_started_was_held(not_held):
    situations.started(not_held)

    with pytest.raises(actions.CannotBeNotHeld):
        close_not_held(not_held)


def test_the_history_says_how_a_session_not_held_stands_to_its_48_hours(not_held):
    over = not_held.session.ends_at + timedelta(hours=49)
    with time_machine.travel(over, tick=False):
        close_not_held(not_held)

    assert AuditEvent.objects.get(kind="session.not_held").data == {"late": "en retard"}


def test_closing_not_held_twice_by_the_same_form_is_no_error(not_held):
    member, operation = UserFactory(), Operation(uuid4(), "f")

    sessions = [close_not_held(not_held, by=member, operation=operation) for _ in range(2)]

    assert [session.state for session in sessions] == [SessionState.FINALISED] * 2
    assert AuditEvent.objects.filter(kind="session.not_held").count() == 1


def test_a_session_not_held_that_is_reopened_may_be_held(not_held):
    session = close_not_held(not_held)

    actions.reopen(session, why="Elle se tient demain.", by=UserFactory(officer=True))

    assert not ClosingFile.objects.get().not_held
