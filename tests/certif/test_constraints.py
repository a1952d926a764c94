"""What, when and who move together or not at all: the database refuses a half pair."""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import CheckConstraint
from django.utils import timezone

from certif.audit.models import AuditEvent
from exam.models import QuestionProblem
from finalisation.models import Certification, ClosingFile
from invigilation.models import IncidentReport, SessionNote
from tests import situations
from tests.factories import InvitationFactory, UserFactory

pytestmark = pytest.mark.django_db

OURS = ["audit", "accounts", "exam_sessions", "exam", "invigilation", "finalisation"]

# Pairs that no constraint binds, and why.
FREE = {
    "exam.Attempt.right_granted": "bound while there is a right (see below)",
    "exam.Attempt.ended": "a test that finishes by itself was ended by nobody; bound by state",
    "invigilation.IncidentReport.resolved": "the finalisation resolves by itself, without author",
    "exam.ResumeRequest.answered": "a request lapses without answer",
}


def models():
    return [model for label in OURS for model in apps.get_app_config(label).get_models()]


def pairs(model):
    """Every `x` whose `x_at` and `x_by` are both nullable columns of the model."""
    nullable = {field.name for field in model._meta.fields if field.null}
    return sorted(
        name.removesuffix("_at")
        for name in nullable
        if name.endswith("_at") and name.removesuffix("_at") + "_by" in nullable
    )


PAIRS = {
    f"{model._meta.label}.{pair}": (model, pair) for model in models() for pair in pairs(model)
}
PAIRS = {label.replace("exam_sessions.", "sessions."): pair for label, pair in PAIRS.items()}
BOUND = {label: pair for label, pair in PAIRS.items() if label not in FREE}


def test_the_pairs_without_a_constraint_are_known():
    assert set(FREE) <= set(PAIRS)


def test_the_walk_finds_the_pairs():
    assert len(BOUND) >= 5, sorted(BOUND)


@pytest.fixture
def rows(bank):
    """One row of each model that holds a pair, none of them set more than the state asks."""
    attempt = situations.finished()
    candidate = attempt.candidate
    report = IncidentReport.objects.create(
        candidate=candidate,
        code_id=_code(),
        needs_description=False,
        needs_question=False,
        written_by=candidate.user,
        written_on="board",
    )
    problem = QuestionProblem.objects.create(
        attempt=attempt, number=1, question_id=attempt.question_ids[0], text="Pas d’image."
    )
    session = candidate.session
    note = SessionNote.objects.create(session=session, text="Alarme", written_by=candidate.user)
    closing_file = ClosingFile.objects.create(session=session, saved_by=candidate.user)
    rows = [attempt, candidate, session, report, InvitationFactory(), problem, note, closing_file]
    return {type(row): row for row in rows}


def _code():
    return apps.get_model("invigilation", "IncidentCode").objects.values_list("pk", flat=True)[0]


def refused(row, **values):
    with pytest.raises(IntegrityError), transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("label", BOUND)
def test_a_date_without_its_author_is_refused(rows, label):
    model, pair = BOUND[label]

    refused(rows[model], **{f"{pair}_at": timezone.now(), f"{pair}_by": None})


@pytest.mark.parametrize("label", BOUND)
def test_an_author_without_the_date_is_refused(rows, label):
    model, pair = BOUND[label]

    refused(rows[model], **{f"{pair}_at": None, f"{pair}_by": UserFactory()})


# Other impossible states: (model, values), from a finished test of a session that is open.
IMPOSSIBLE = {
    "a finalised session without date": ("exam_sessions.ExamSession", {"state": "finalised"}),
    "an unknown state of a session": ("exam_sessions.ExamSession", {"state": "running"}),
    "a session started by nobody": ("exam_sessions.ExamSession", {"started_count": 0}),
    "a start that took place without count": (
        "exam_sessions.ExamSession",
        {"first_started_at": None},
    ),
    "a link without account": ("exam_sessions.Candidate", {"user": None}),
    "a link without date": ("exam_sessions.Candidate", {"linked_at": None}),
    "a started candidate who is not present": ("exam_sessions.Candidate", {"is_present": False}),
    "an extra time above 100 %": ("exam_sessions.Candidate", {"extra_time_percent": 101}),
    "a started test without number": ("exam.Attempt", {"certification_number": None}),
    "a started test without date": ("exam.Attempt", {"started_at": None}),
    "a finished test without date": ("exam.Attempt", {"ended_at": None}),
    "a test that runs and is over": ("exam.Attempt", {"state": "running"}),
    "a test ended by nobody": ("exam.Attempt", {"state": "ended", "end_screen_shown_at": None}),
    "an end screen of a closed test": ("exam.Attempt", {"state": "closed"}),
    "a right to start a finished test": ("exam.Attempt", {"right": "start"}),
    "a right to resume a finished test": ("exam.Attempt", {"right": "resume"}),
    "an unknown right": ("exam.Attempt", {"right": "other"}),
    "a report resolved without sentence": (
        "invigilation.IncidentReport",
        {"resolved_at": timezone.now()},
    ),
    "a sentence that resolves nothing": ("invigilation.IncidentReport", {"resolution": "vu"}),
    "a question number that the code does not ask": (
        "invigilation.IncidentReport",
        {"question_number": 3},
    ),
    "question number zero": (
        "invigilation.IncidentReport",
        {"needs_question": True, "question_number": 0},
    ),
    "no description where the code asks one": (
        "invigilation.IncidentReport",
        {"needs_description": True},
    ),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_impossible_state_is_refused(rows, case):
    label, values = IMPOSSIBLE[case]

    refused(rows[apps.get_model(label)], **values)


def test_a_granted_right_needs_its_author(bank):
    candidate = situations.present(situations.CandidateFactory())

    refused(candidate.attempt, right_granted_by=None)


def test_a_code_that_asks_a_question_number_gets_one(rows):
    refused(rows[IncidentReport], needs_question=True)


def test_an_officer_needs_the_date_he_took_the_session(bank):
    session = situations.finalised()

    refused(ClosingFile.objects.get(session=session), officer=UserFactory(officer=True))


def test_a_session_not_held_needs_a_comment(bank):
    session = situations.finalised()

    refused(ClosingFile.objects.get(session=session), not_held=True)


def test_right_answers_are_among_those_counted(bank):
    situations.finalised()

    refused(Certification.objects.get(), right=49)


def test_a_neutralised_answer_needs_a_reason(bank):
    answer = situations.finished().answers.first()

    refused(answer, neutralised_at=timezone.now())


def test_two_answers_to_one_number_are_refused(bank):
    first, second = situations.finished().answers.all()[:2]

    refused(second, number=first.number)


def test_every_model_of_ours_with_a_state_binds_it():
    """A column that takes a few values takes no other: one « known » constraint each."""
    free = {"IncidentCode.category", "IncidentReport.written_on"}
    columns = {
        f"{model.__name__}.{field.name}": [
            constraint.name
            for constraint in model._meta.constraints
            if isinstance(constraint, CheckConstraint) and f"known_{field.name}" in constraint.name
        ]
        for model in models()
        for field in model._meta.fields
        if field.choices
    }

    assert {name for name, constraints in columns.items() if not constraints} == free


def test_no_foreign_key_holds_the_audit():
    assert not [field for field in AuditEvent._meta.fields if field.is_relation]
