import uuid

import pytest

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from certif.lib.refusals import InvalidInput
from exam import actions as exam_actions
from exam.actions.refusals import ProblemDecided
from exam.enums import GrantReason, ProblemState
from exam.models import Attempt, Question
from finalisation.decisions import decide_reports
from invigilation import actions
from invigilation.models import IncidentCode, IncidentReport, Screen
from tests import situations
from tests.factories import QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def problem(bank):
    attempt = situations.answer_all(situations.started(), value=[1], upto=6)
    held = Question.objects.get(pk=attempt.question_ids[6])
    QuestionFactory(competence=held.competence)
    exam_actions.raise_problem(
        attempt,
        number=7,
        text="L’image est grise",
        seat_key=attempt.seat_key,
        by=attempt.candidate.user,
    )
    return attempt.problems.get()


@pytest.fixture
def no_spare(problem):
    Question.objects.filter(competence=problem.question.competence).update(is_active=False)


def code(name):
    return IncidentCode.objects.get(code=name)


def accept(problem, **others):
    facts = {"code": code("E7"), "description": "Image grise", "by": UserFactory()}
    return actions.accept_problem(problem, **facts | others)


def reject(problem, **others):
    facts = {"word": "Continuez", "by": UserFactory()}
    return actions.reject_problem(problem, **facts | others)


def test_the_report_of_a_replaced_question_is_written_and_resolved(problem):
    by = UserFactory()

    accept(problem, by=by)

    report = IncidentReport.objects.get()
    assert (report.code.code, report.question_number, report.description) == (
        "E7",
        7,
        "Image grise",
    )
    assert (report.written_by, report.resolved_by) == (by, by)
    assert report.resolution == "Question remplacée."


def test_without_a_spare_the_report_stands(problem, no_spare):
    accept(problem)

    assert IncidentReport.objects.get().resolved_at is None


def test_what_was_noted_before_about_the_replaced_question_is_resolved_too(problem):
    candidate = problem.attempt.candidate
    note = {"code": code("E2"), "question_number": 7, "screen": Screen.BOARD, "by": UserFactory()}
    former = actions.write_report(candidate, **note)

    accept(problem)

    former.refresh_from_db()
    assert former.resolution == "Question remplacée."


def test_a_corrected_report_of_a_replaced_question_stays_resolved(problem):
    accept(problem)

    corrected = actions.correct_report(
        IncidentReport.objects.get(),
        code=code("E1"),
        question_number=7,
        screen=Screen.BOARD,
        by=UserFactory(),
    )

    assert corrected.resolution == "Question remplacée."


def test_the_finalisation_leaves_the_new_question_alone(problem):
    accept(problem, code=code("E4"))
    Question.objects.update(link="/certifications/sites/x/")
    attempt = situations.answer_all(Attempt.objects.get(pk=problem.attempt_id))

    decide_reports(attempt.candidate.session, at=attempt.ended_at)

    assert attempt.answers.get(number=7).neutralised_at is None


def test_the_minutes_lost_are_granted(problem):
    accept(problem, minutes=3)

    attempt = Attempt.objects.get(pk=problem.attempt_id)
    grant = attempt.grants.get()
    assert attempt.granted_minutes == grant.minutes == 3
    assert (grant.reason, grant.detail) == (GrantReason.PROBLEM, "question 7")


def test_a_code_that_names_no_question_is_refused_and_nothing_is_decided(problem):
    with pytest.raises(InvalidInput):
        accept(problem, code=code("A2"))

    problem.refresh_from_db()
    assert problem.is_pending


def test_an_empty_description_is_refused_when_the_code_asks_for_one(problem):
    with pytest.raises(InvalidInput):
        accept(problem, description="")

    assert Attempt.objects.get(pk=problem.attempt_id).question_ids[6] == problem.question_id


def test_a_rejected_problem_leaves_the_question_and_a_word(problem):
    reject(problem, word="L’image s’affiche chez vos voisins.")

    problem.refresh_from_db()
    assert problem.state == ProblemState.REJECTED
    assert problem.word == "L’image s’affiche chez vos voisins."
    assert not IncidentReport.objects.exists()


def test_a_rejection_carries_a_word(problem):
    with pytest.raises(InvalidInput):
        reject(problem, word="")


@pytest.mark.parametrize(("first", "second"), [(accept, reject), (reject, accept)])
def test_the_first_answer_stands(problem, first, second):
    first(problem)

    with pytest.raises(ProblemDecided):
        second(problem)


def test_who_comes_second_reads_what_the_first_answered(problem):
    accept(problem, by=UserFactory(first_name="Paul", last_name="Éluard"))

    with pytest.raises(ProblemDecided, match="accepté par Paul ÉLUARD"):
        reject(problem)


def test_an_answer_sent_again_counts_once(problem):
    operation, by = Operation(uuid.uuid4(), "x"), UserFactory()

    accept(problem, by=by, minutes=2, operation=operation)
    accept(problem, by=by, minutes=2, operation=operation)

    assert IncidentReport.objects.count() == 1
    assert Attempt.objects.get(pk=problem.attempt_id).granted_minutes == 2
    assert AuditEvent.objects.filter(kind="problem.accepted").count() == 1
