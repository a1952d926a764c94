"""The finalisation's truth table: test × reason × reports × end screen, each by the identity of its candidate."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from certif.lib.refusals import InvalidInput
from exam.enums import AttemptState
from exam.models import Attempt, Beat, Question
from finalisation import actions
from finalisation.models import Certification, UnfinishedTest
from finalisation.queries import read_closing
from finalisation.writing import reason_of
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, IncidentReport, Screen
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db

REASONS = ["", "candidate", "technical"]
ANSWERED, ASKED = 2, 48


# --- The rows -------------------------------------------------------------------------------------


def alive(attempt):
    """His page gave a sign of life a moment ago."""


def silent(attempt):
    long_ago = timezone.now() - timedelta(minutes=6)
    Beat.objects.filter(attempt=attempt).update(last_seen_at=long_ago)


def ended(attempt):
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())


def closed(attempt):
    """By a finalisation that an officer undid since; the reason is then said anew."""
    session, reason = attempt.candidate.session, reason_of(attempt)
    silent(attempt)
    situations.give_reason(attempt, "technical")
    situations.finalised(session)
    session = actions.reopen(session, why="Un rapport manque.", by=UserFactory())
    actions.save_closing_file(session, by=UserFactory(), reasons={attempt.pk: reason})


def finished(attempt):
    situations.answer_all(attempt, value=[0])


def not_seen(attempt):
    """Nobody ticked the end screen."""


def seen(attempt):
    invigilation_actions.note_end_screen(attempt.candidate, seen=True, by=UserFactory())


@dataclass(frozen=True)
class Report:
    """A code about the second question, answered wrong, that has an image or not; what becomes of it."""

    code: str = ""
    has_image: bool = False
    is_decided: bool = False
    neutralises: int = 0

    def write(self, attempt):
        picture = {"image": "questions/x.png", "image_alt": "des barres"} if self.has_image else {}
        Question.objects.filter(pk=attempt.question_ids[1]).update(statement="?", **picture)
        self.tell(attempt.candidate)

    def tell(self, candidate):
        if self.code:
            code = IncidentCode.objects.get(code=self.code)
            invigilation_actions.write_report(
                candidate,
                code=code,
                question_number=2 if code.needs_question else None,
                description="Dit par le surveillant",
                by=UserFactory(),
                screen=Screen.BOARD,
            )


REPORTS = {
    "no-report": Report(),
    "late": Report("C3"),
    "fitting": Report("E1", has_image=True, is_decided=True, neutralises=1),
    "unfitting": Report("E1", is_decided=True),
    "other-problem": Report("E7"),
}
UNFINISHED = [alive, silent, ended, closed]
TESTS = [*product(UNFINISHED, [not_seen]), *product([finished], [not_seen, seen])]
TABLE = [
    pytest.param(
        make, reason, report, look, id=f"{make.__name__}-{reason or 'none'}-{name}-{look.__name__}"
    )
    for (make, look), reason, (name, report) in product(TESTS, REASONS, REPORTS.items())
]

# What holds each of them back, in the order in which it is said.
HELD_BACK = {
    (alive, ""): ["alive", "reason"],
    (alive, "candidate"): ["alive"],
    (alive, "technical"): ["alive"],
    (silent, ""): ["reason"],
    (ended, ""): ["reason"],
    (closed, ""): ["reason"],
}
# (state, questions neutralised, verdict) of those that nothing holds back.
BECOMES = {
    (silent, "candidate"): (AttemptState.CLOSED, 0, "rejected"),
    (silent, "technical"): (AttemptState.CLOSED, ASKED - ANSWERED, "cancelled"),
    (ended, "candidate"): (AttemptState.ENDED, 0, "rejected"),
    (ended, "technical"): (AttemptState.ENDED, ASKED - ANSWERED, "cancelled"),
    (closed, "candidate"): (AttemptState.CLOSED, 0, "rejected"),
    (closed, "technical"): (AttemptState.CLOSED, ASKED - ANSWERED, "cancelled"),
    (finished, ""): (AttemptState.FINISHED, 0, "rejected"),
    (finished, "candidate"): (AttemptState.FINISHED, 0, "rejected"),
    (finished, "technical"): (AttemptState.FINISHED, 0, "rejected"),
}


def brought_to(make, reason, report, look):
    """A test of which two questions were answered wrong, then brought to its row of the table."""
    attempt = situations.answer_all(situations.started(), value=[0], upto=ANSWERED)
    situations.give_reason(attempt, reason)
    report.write(attempt)
    make(attempt)
    look(attempt)
    return Attempt.objects.select_related("candidate__session").get(pk=attempt.pk)


def test_the_table_has_every_row():
    rows = {tuple(row.values[:2]) for row in TABLE}

    assert len(TABLE) == 90
    assert rows == HELD_BACK.keys() | BECOMES.keys()


@pytest.mark.parametrize(("make", "reason", "report", "look"), TABLE)
def test_each_row_is_held_back_or_becomes_what_it_must(bank, make, reason, report, look):
    attempt = brought_to(make, reason, report, look)
    session, by = attempt.candidate.session, UserFactory()
    expected = HELD_BACK.get((make, reason))

    outcome = finalised_or_held_back(session, by)

    if expected:
        assert outcome == [(kind, attempt.candidate_id) for kind in expected]
        assert_nothing_moved(attempt)
    else:
        assert outcome == []
        assert_became(attempt, BECOMES[make, reason], report, was_seen=look is seen)


def finalised_or_held_back(session, by):
    try:
        actions.finalise(session, by=by)
    except actions.FinalisationBlocked as refusal:
        return [(blocker.kind, blocker.candidate_id) for blocker in refusal.blockers]
    return []


def assert_nothing_moved(attempt):
    session = attempt.candidate.session
    session.refresh_from_db()
    now = Attempt.objects.get(pk=attempt.pk)
    assert session.is_open
    assert now.state == attempt.state
    assert now.answers.count() == ANSWERED
    assert not Certification.objects.exists()
    assert not IncidentReport.objects.exclude(resolved_at=None).exists()


def assert_became(attempt, expected, report, *, was_seen):
    state, neutralised, verdict = expected
    now = Attempt.objects.get(pk=attempt.pk)
    certification = Certification.objects.get(attempt=attempt)
    assert now.state == state
    assert now.answers.count() == ASKED
    assert (certification.verdict, certification.neutralised) == (
        verdict,
        neutralised + report.neutralises,
    )
    assert bool(now.end_screen_seen_at) == was_seen
    assert UnfinishedTest.objects.exists() == (state != AttemptState.FINISHED)
    decided = IncidentReport.objects.filter(resolved_at__isnull=False, resolved_by__isnull=True)
    assert decided.exists() == report.is_decided


# --- Who never started ----------------------------------------------------------------------------


@pytest.fixture
def tested(bank):
    """Somebody else of the session, so that there is something to finalise."""
    tested = situations.ended()
    situations.give_reason(tested)
    return tested


def not_started(tested, name):
    candidate = CandidateFactory(session=tested.candidate.session, joined=True)
    REPORTS[name].tell(candidate)
    return candidate


def assert_it_alone_has_a_result(tested):
    assert finalised_or_held_back(tested.candidate.session, UserFactory()) == []
    assert Certification.objects.get().attempt == tested
    assert UnfinishedTest.objects.get().attempt == tested
    assert not IncidentReport.objects.exclude(resolved_at=None).exists()


@pytest.mark.parametrize("name", ["no-report", "late"])
def test_who_did_not_come_holds_nothing_back_and_gets_no_result(tested, name):
    absent = not_started(tested, name)

    assert_it_alone_has_a_result(tested)
    assert not Attempt.objects.filter(candidate=absent).exists()


@pytest.mark.parametrize("seen", [False, True], ids=["not_seen", "seen"])
@pytest.mark.parametrize("name", ["no-report", "late"])
@pytest.mark.parametrize("reason", REASONS)
def test_who_came_and_never_started_neither_whatever_is_said(tested, reason, name, seen):
    present = not_started(tested, name)
    prepared = situations.present(present).attempt
    said = {"reasons": {prepared.pk: reason}, "end_screens": {prepared.pk: seen}}
    actions.save_closing_file(present.session, by=UserFactory(), **said)

    assert_it_alone_has_a_result(tested)
    prepared.refresh_from_db()
    assert (prepared.state, prepared.end_screen_seen_at) == (AttemptState.PREPARED, None)
    assert not prepared.answers.exists()


@pytest.mark.parametrize("code", ["E1", "E7"])
def test_no_question_is_reported_of_who_never_started(bank, code):
    with pytest.raises(InvalidInput):
        Report(code).tell(CandidateFactory())


# --- Their order ----------------------------------------------------------------------------------


def test_the_refusals_come_in_their_order(bank):
    session, by = ExamSessionFactory(), UserFactory()
    with pytest.raises(actions.NothingStarted):
        actions.finalise(session, by=by)

    zola = situations.ended(session=session, birth_name="Zola")
    adam = situations.started(session=session, birth_name="Adam")
    situations.finished(session=session, birth_name="Martin")
    actions.save_closing_file(session, by=by, comments={"has_incident": True})
    stale = read_closing(session).digest
    with pytest.raises(actions.FinalisationBlocked) as refusal:
        actions.finalise(session, by=by, confirmed=stale)
    assert [(each.kind, each.candidate_id) for each in refusal.value.blockers] == [
        ("alive", adam.candidate_id),
        ("reason", adam.candidate_id),
        ("reason", zola.candidate_id),
        ("comment", None),
    ]

    silent(adam)
    reasons = {adam.pk: "candidate", zola.pk: "technical"}
    comments = {"global_comment": "Alarme incendie."}
    actions.save_closing_file(session, by=by, reasons=reasons, comments=comments)
    with pytest.raises(actions.ChangedMeanwhile):
        actions.finalise(session, by=by, confirmed=stale)

    actions.finalise(session, by=by, confirmed=read_closing(session).digest)
    with pytest.raises(actions.AlreadyFinalised):
        actions.finalise(session, by=by, confirmed=stale)
