"""The races of an exam day (reference/faults.md § 2.C): who acts at once, and what must hold."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.accounts.models import Membership
from certif.audit.models import AuditEvent
from exam import actions as exam_actions
from exam.enums import AttemptState, GrantReason, Outcome, ProblemState
from exam.models import Answer, Attempt, Beat, Question
from finalisation import actions as finalisation_actions
from finalisation.models import (
    AbandonReason,
    Certificate,
    Certification,
    ClosingFile,
    Mailing,
    MailKind,
    UnfinishedTest,
)
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.factories import (
    CandidateFactory,
    MembershipFactory,
    QuestionFactory,
    UserFactory,
)


@dataclass
class Race:
    setup: object
    actors: object
    invariant: object
    constraints: list = field(default_factory=list)


# --- Scenes ---------------------------------------------------------------------------------------


def absent():
    return CandidateFactory(joined=True)


def present(**fields):
    candidate = CandidateFactory(joined=True, **fields)
    situations.present(candidate)
    return candidate


def beside_a_finished_test(candidate):
    """So that the session can be finalised whatever this candidate does."""
    attempt = situations.started(session=candidate.session)
    answer_by_hand(attempt, upto=attempt.question_count)
    attempt.state, attempt.ended_at = AttemptState.FINISHED, timezone.now()
    attempt.end_screen_shown_at = attempt.ended_at
    attempt.save()
    return candidate


def absent_beside_a_finished_test():
    return beside_a_finished_test(absent())


def present_beside_a_finished_test():
    return beside_a_finished_test(present())


def silent_at_the_last_question():
    """A running test, one answer missing, silent for ten minutes, its reason given."""
    attempt = situations.started()
    bring_to_the_last_question(attempt)
    return attempt.candidate


def bring_to_the_last_question(attempt):
    answer_by_hand(attempt, upto=attempt.question_count - 1)
    attempt.save()
    Beat.objects.filter(attempt=attempt).update(last_seen_at=timezone.now() - timedelta(minutes=10))
    user = UserFactory()
    UnfinishedTest.objects.create(attempt=attempt, reason=AbandonReason.CANDIDATE, given_by=user)


def first_question_on_hold():
    attempt = situations.started()
    held = Question.objects.get(pk=attempt.question_ids[0])
    QuestionFactory(competence=held.competence)
    raised = {"number": 1, "text": "L’image est grise", "seat_key": attempt.seat_key}
    exam_actions.raise_problem(attempt, by=attempt.candidate.user, **raised)
    return attempt.candidate


def before_a_timed_question():
    attempt = situations.started()
    Question.objects.filter(pk__in=attempt.question_ids[:2]).update(time_limit=60)
    return attempt.candidate


def ended_by_mistake():
    """At the last question, his reason given: the session can be finalised as it is."""
    candidate = silent_at_the_last_question()
    Beat.objects.update(last_seen_at=timezone.now())
    invigilation_actions.end_test(candidate, by=UserFactory())
    return candidate


def finished():
    """With somebody to tell of the finalisation."""
    candidate = CandidateFactory()
    MembershipFactory(centre=candidate.session.centre)
    return beside_a_finished_test(candidate)


def finalised():
    """With somebody to give the results to."""
    candidate = finished()
    Candidate.objects.filter(session=candidate.session).update(results_email="famille@exemple.test")
    finalisation_actions.finalise(candidate.session, by=UserFactory())
    return candidate


def finished_with_an_empty_file():
    candidate = finished()
    ClosingFile.objects.create(session=candidate.session, saved_by=UserFactory())
    return candidate


def answer_by_hand(attempt, *, upto):
    """Forty-eight answers in one statement: the actions are raced elsewhere."""
    Answer.objects.bulk_create(
        Answer(
            attempt=attempt,
            number=number,
            question_id=attempt.question_ids[number - 1],
            value=[1],
            outcome=Outcome.RIGHT,
        )
        for number in range(1, upto + 1)
    )
    attempt.answered_count = upto


# --- Actors ---------------------------------------------------------------------------------------


def start(candidate):
    code = candidate.session.access_code
    return lambda: exam_actions.enter_test(candidate, code, by=candidate.user)


def set_presence(candidate, *values):
    by = UserFactory()

    def act():
        for present in values:
            invigilation_actions.set_presence(candidate, present=present, by=by)

    return act


def answer_last(candidate):
    attempt = candidate.attempt
    return lambda: exam_actions.answer_question(
        attempt, number=48, value=[1], passed=False, by=candidate.user, seat_key=attempt.seat_key
    )


def begin_first(candidate):
    attempt = candidate.attempt
    key = attempt.seat_key
    return lambda: exam_actions.begin_question(attempt, number=1, seat_key=key)


def pass_first(candidate):
    attempt = candidate.attempt
    return lambda: exam_actions.answer_question(
        attempt, number=1, value=None, passed=True, by=candidate.user, seat_key=attempt.seat_key
    )


def end(candidate):
    by = UserFactory()
    return lambda: invigilation_actions.end_test(candidate, by=by)


def reopen_test(candidate):
    by = UserFactory()
    return lambda: exam_actions.reopen_test(candidate, reason="Par erreur.", by=by)


def grant(candidate, minutes):
    by, session = UserFactory(), candidate.session
    return lambda: exam_actions.grant_minutes(
        session, [candidate.pk], minutes=minutes, reason=GrantReason.ROOM, by=by
    )


def accept_problem(candidate):
    problem, code = problem_of(candidate), IncidentCode.objects.get(code="E1")
    return partial(invigilation_actions.accept_problem, problem, code=code, by=UserFactory())


def reject_problem(candidate):
    problem = problem_of(candidate)
    return partial(invigilation_actions.reject_problem, problem, word="Continuez", by=UserFactory())


def withdraw_problem(candidate):
    problem = problem_of(candidate)
    key = problem.attempt.seat_key
    return partial(exam_actions.withdraw_problem, problem, seat_key=key, by=candidate.user)


def problem_of(candidate):
    return Attempt.objects.get(candidate=candidate).problems.get()


def finalise(candidate):
    by, session = UserFactory(), candidate.session
    return lambda: finalisation_actions.finalise(session, by=by)


def authorise(candidate):
    return partial(invigilation_actions.authorise_resume, candidate, by=UserFactory())


def publish(candidate):
    by, session = UserFactory(), candidate.session
    return lambda: finalisation_actions.publish(session, by=by)


def reopen(candidate):
    by, session = UserFactory(), candidate.session
    return lambda: finalisation_actions.reopen(session, why="Il manque une heure.", by=by)


def comment(candidate, words):
    """Written over the same empty text."""
    before = {"reasons": {}, "comments": {"documents_comment": ""}}
    return partial(
        finalisation_actions.save_closing_file,
        candidate.session,
        by=UserFactory(),
        comments={"documents_comment": words},
        based_on=before,
    )


# --- Invariants -----------------------------------------------------------------------------------


def events(candidate, *kinds):
    return AuditEvent.objects.filter(session_id=candidate.session_id, kind__in=kinds).order_by("id")


def one_test_opened(outcome):
    candidate = outcome.scene
    session = ExamSession.objects.get(pk=candidate.session_id)
    return (
        len(outcome.done) == 1
        and session.started_count == 1
        and events(candidate, "attempt.started").count() == 1
        and Beat.objects.filter(attempt__candidate=candidate).count() == 1
    )


def presence_is_the_last_command(outcome):
    """A command that changes nothing writes nothing: what was written alternates, and the row, its
    author, the right to start and the version the tablets wait for follow the last line."""
    row = Candidate.objects.select_related("session", "attempt").get(pk=outcome.scene.pk)
    told = list(events(row, "presence.present", "presence.absent"))
    kinds = [event.kind for event in told]
    alternate = ["presence.present", "presence.absent"] * len(kinds)
    return (
        kinds == alternate[: len(kinds)]
        and row.is_present == (kinds[-1] == "presence.present")
        and row.presence_noted_by_id == told[-1].actor_id
        and (row.attempt.right == "start") == row.is_present
        and row.session.version == row.row_version == 1 + len(kinds)
    )


def never_running_and_absent(outcome):
    row = Candidate.objects.select_related("attempt").get(pk=outcome.scene.pk)
    return len(outcome.done) == 1 and row.is_present == row.has_started == row.attempt.is_running


def nothing_moves_after(*kinds):
    """The finalisation is the last line of the session, or it was refused."""

    def invariant(outcome):
        finalised = events(outcome.scene, "session.finalised").first()
        moved = events(outcome.scene, *kinds).last()
        return not (finalised and moved and moved.pk > finalised.pk)

    return invariant


def finalised_or_moved(outcome):
    """Either the test goes on in an open session, or it is over in a finalised one."""
    session = ExamSession.objects.get(pk=outcome.scene.session_id)
    running = Attempt.objects.filter(candidate=outcome.scene, state=AttemptState.RUNNING).exists()
    return len(outcome.done) == 1 and session.is_open == running


def acknowledged_answer_is_counted(outcome):
    """48 right answers when the last one was acknowledged, 47 and a question without answer else."""
    attempt = Attempt.objects.get(candidate=outcome.scene)
    answered = any(isinstance(answer, Attempt) for answer in outcome.done)
    result = Certification.objects.get(attempt=attempt)
    return (
        attempt.state == (AttemptState.FINISHED if answered else AttemptState.CLOSED)
        and attempt.answers.count() == result.counted == 48
        and result.right == (48 if answered else 47)
    )


def ended_with_what_was_acknowledged(outcome):
    attempt = Attempt.objects.get(candidate=outcome.scene)
    closing = events(outcome.scene, "attempt.finished", "attempt.ended")
    return closing.count() == 1 and attempt.answers.count() == (
        48 if attempt.state == AttemptState.FINISHED else 47
    )


def passed_and_the_next_has_not_begun(outcome):
    attempt = Attempt.objects.get(candidate=outcome.scene)
    answer = attempt.answers.get()
    return (
        (answer.number, answer.outcome) == (1, Outcome.PASSED)
        and attempt.current_number == 2
        and attempt.question_shown_at is None
    )


def both_grants_are_counted(outcome):
    attempt = Attempt.objects.get(candidate=outcome.scene)
    ledger = [each.minutes for each in attempt.grants.all()]
    return len(outcome.done) == 2 and attempt.granted_minutes == sum(ledger) == 15


def granted_before_the_end_or_refused(outcome):
    """Nothing is added to a test that is over; what was added is in the sum."""
    attempt = Attempt.objects.get(candidate=outcome.scene)
    told = events(outcome.scene, "time.granted", "attempt.ended")
    granted = sum(attempt.grants.values_list("minutes", flat=True))
    return (
        attempt.state == AttemptState.ENDED
        and told.last().kind == "attempt.ended"
        and attempt.granted_minutes == granted == 10 * (len(outcome.done) - 1)
    )


def one_answer_to_the_problem(outcome):
    """Accepted with its report and another question, or neither; told once in the history."""
    attempt = Attempt.objects.get(candidate=outcome.scene)
    problem = attempt.problems.get()
    told = events(outcome.scene, *(f"problem.{word}" for word in PROBLEM_ANSWERS))
    accepted = problem.state == ProblemState.ACCEPTED
    return (
        told.count() == 1
        and outcome.scene.reports.count() == accepted
        and (attempt.question_ids[0] != problem.question_id) == accepted
    )


def finalised_once(outcome):
    session_id = outcome.scene.session_id
    seals = DBTaskResult.objects.filter(task_path="finalisation.sealing.seal_record")
    sealed = [task.args_kwargs["args"][0] for task in seals]
    return (
        len(outcome.done) == 1
        and events(outcome.scene, "session.finalised").count() == 1
        and Mailing.objects.filter(session=session_id).count() == _members_of(session_id)
        and sealed.count(session_id) == 1
    )


def _members_of(session_id):
    return Membership.objects.filter(centre__sessions=session_id).count()


def published_or_opened_again(outcome):
    """The results are given, with their certificates and mails; or the file is the centre's again,
    nothing is computed, and it alone is told."""
    session = ExamSession.objects.get(pk=outcome.scene.session_id)
    of_session = {"attempt__candidate__session": session}
    told = Mailing.objects.filter(session=session).values_list("kind", flat=True)
    published = session.is_published
    mails = {MailKind.FINALISED, MailKind.RESULTS} if published else {MailKind.REOPENED}
    return (
        len(outcome.done) == 1
        and published != session.is_open
        and events(outcome.scene, "session.published", "session.reopened").count() == 1
        and Certification.objects.filter(**of_session).exists() == published
        and Certificate.objects.filter(**of_session).exists() == published
        and set(told) == mails
    )


def one_comment_and_one_refusal(outcome):
    """Who came second is told, and what the first one wrote is there."""
    kept = ClosingFile.objects.get(session=outcome.scene.session_id)
    return [closing_file.documents_comment for closing_file in outcome.done] == [
        kept.documents_comment
    ]


# --- The races ------------------------------------------------------------------------------------

ANSWER_CONSTRAINTS = [
    ("exam_answer", "answer_once_per_number"),
    ("exam_answer", "answer_once_per_question"),
    ("exam_attempt", "attempt_end_screen_only_when_finished"),
]

PROBLEM_ANSWERS = ["accepted", "rejected", "withdrawn", "dropped"]
PROBLEM_CONSTRAINTS = [("exam_questionproblem", "problem_replaced_only_when_accepted")]

RACES = {
    "eight starts of one candidate": Race(
        present,
        lambda candidate: [start(candidate) for _ in range(8)],
        one_test_opened,
        [("exam_beat", "exam_beat_pkey")],
    ),
    "two invigilators set opposite presences": Race(
        absent,
        lambda candidate: [
            set_presence(candidate, True, False),
            set_presence(candidate, False, True),
        ],
        presence_is_the_last_command,
    ),
    "untick against start": Race(
        present,
        lambda candidate: [set_presence(candidate, False), start(candidate)],
        never_running_and_absent,
        [("exam_sessions_candidate", "candidate_started_only_if_present")],
    ),
    "untick against start, beside others": Race(
        present_beside_a_finished_test,
        lambda candidate: [set_presence(candidate, False), start(candidate)],
        never_running_and_absent,
        [("exam_sessions_candidate", "candidate_started_only_if_present")],
    ),
    "finalise against tick": Race(
        absent_beside_a_finished_test,
        lambda candidate: [finalise(candidate), set_presence(candidate, True)],
        nothing_moves_after("presence.present"),
    ),
    "finalise against start": Race(
        present_beside_a_finished_test,
        lambda candidate: [finalise(candidate), start(candidate)],
        finalised_or_moved,
    ),
    "finalise against the right to resume": Race(
        silent_at_the_last_question,
        lambda candidate: [finalise(candidate), authorise(candidate)],
        finalised_or_moved,
        [("exam_attempt", "attempt_right_fits_state")],
    ),
    "finalise against the reopening of a test": Race(
        ended_by_mistake,
        lambda candidate: [finalise(candidate), reopen_test(candidate)],
        finalised_or_moved,
    ),
    "finalise against answer": Race(
        silent_at_the_last_question,
        lambda candidate: [finalise(candidate), answer_last(candidate)],
        acknowledged_answer_is_counted,
        ANSWER_CONSTRAINTS,
    ),
    "end against answer": Race(
        silent_at_the_last_question,
        lambda candidate: [end(candidate), answer_last(candidate)],
        ended_with_what_was_acknowledged,
        ANSWER_CONSTRAINTS,
    ),
    "a timed question is begun and passed": Race(
        before_a_timed_question,
        lambda candidate: [begin_first(candidate), pass_first(candidate)],
        passed_and_the_next_has_not_begun,
        ANSWER_CONSTRAINTS,
    ),
    "two grants at once": Race(
        silent_at_the_last_question,
        lambda candidate: [grant(candidate, 10), grant(candidate, 5)],
        both_grants_are_counted,
    ),
    "grant against end": Race(
        silent_at_the_last_question,
        lambda candidate: [grant(candidate, 10), end(candidate)],
        granted_before_the_end_or_refused,
    ),
    "accept against reject of one problem": Race(
        first_question_on_hold,
        lambda candidate: [accept_problem(candidate), reject_problem(candidate)],
        one_answer_to_the_problem,
        PROBLEM_CONSTRAINTS,
    ),
    "accept against withdraw of one problem": Race(
        first_question_on_hold,
        lambda candidate: [accept_problem(candidate), withdraw_problem(candidate)],
        one_answer_to_the_problem,
        PROBLEM_CONSTRAINTS,
    ),
    "two accept one problem": Race(
        first_question_on_hold,
        lambda candidate: [accept_problem(candidate), accept_problem(candidate)],
        one_answer_to_the_problem,
        PROBLEM_CONSTRAINTS,
    ),
    "end against accept of a problem": Race(
        first_question_on_hold,
        lambda candidate: [end(candidate), accept_problem(candidate)],
        one_answer_to_the_problem,
        PROBLEM_CONSTRAINTS,
    ),
    "two comments in the same place": Race(
        finished_with_an_empty_file,
        lambda candidate: [comment(candidate, "Les siens"), comment(candidate, "Les miens")],
        one_comment_and_one_refusal,
    ),
    "two finalisations": Race(
        finished,
        lambda candidate: [finalise(candidate), finalise(candidate)],
        finalised_once,
    ),
    "publish against reopen": Race(
        finalised,
        lambda candidate: [publish(candidate), reopen(candidate)],
        published_or_opened_again,
    ),
}
