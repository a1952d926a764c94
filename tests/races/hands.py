"""Two hands on one thing: one authorisation, one form, one list. And a whole room at once."""

from functools import partial

from certif.audit.models import AuditEvent
from exam import actions as exam_actions
from exam.enums import ResumeState, Right
from exam.models import Attempt, ResumeRequest
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from sessions import actions as session_actions
from sessions.actions.session import edit_version
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.races import imports
from tests.races.races import (
    Race,
    absent_beside_a_finished_test,
    accept_problem,
    answer_last,
    authorise,
    bring_to_the_last_question,
    end,
    events,
    finalise,
    first_question_on_hold,
    grant,
    nothing_moves_after,
    present,
    set_presence,
    start,
    withdraw_problem,
)

# --- Scenes ---------------------------------------------------------------------------------------


def asks_to_resume():
    candidate = situations.started().candidate
    exam_actions.ask_to_resume(candidate, by=candidate.user)
    return with_its_session_now(candidate)


def present_and_waiting():
    return with_its_session_now(present())


def with_its_session_now(candidate):
    candidate.session.refresh_from_db()
    return candidate


def room():
    """One session: a problem waits, somebody is at the last question, two are to come in."""
    held = first_question_on_hold()
    last = situations.started(session=held.session)
    bring_to_the_last_question(last)
    ready, absent = CandidateFactory.create_batch(2, session=held.session, joined=True)
    situations.present(ready)
    return held, last.candidate, ready, absent


# --- Actors ---------------------------------------------------------------------------------------


def authorise_adding(candidate):
    """Each on the dialog of the one demand, with an operation of its own."""
    demand = ResumeRequest.objects.get(attempt__candidate=candidate)
    return partial(
        invigilation_actions.authorise_resume_adding,
        candidate,
        demand=demand.pk,
        minutes=5,
        by=UserFactory(),
    )


def set_extra_time(candidate, percent):
    by = UserFactory()
    return partial(invigilation_actions.set_extra_time, candidate, percent=percent, by=by)


def report(candidate):
    return partial(
        invigilation_actions.write_report,
        candidate,
        code=IncidentCode.objects.get(code="C3"),
        description="Parti à 10 h.",
        by=UserFactory(),
        screen=Screen.BOARD,
    )


def edit_the_session(session, **fields):
    form = {"by": UserFactory(), "version": edit_version(session), **fields}
    return partial(session_actions.edit_session, session, **form)


def correct(candidate, **fields):
    form = {"by": UserFactory(), "version": candidate.row_version, **fields}
    return partial(session_actions.edit_candidate, candidate, **form)


def enrol(session):
    person = {"birth_name": "Rosso", "first_name": "Léa", "birth_date": imports.DAY}
    return partial(session_actions.add_candidate, session, by=UserFactory(), **person)


def everybody(people):
    """Each does what is done on such a day, on the screen of a room, of a candidate, of the centre."""
    held, last, ready, absent = people
    session = held.session
    return [
        accept_problem(held),
        withdraw_problem(held),
        answer_last(last),
        end(last),
        grant(last, 10),
        start(ready),
        set_presence(ready, False),
        set_presence(absent, True),
        set_extra_time(absent, 33),
        report(absent),
        enrol(session),
        edit_the_session(session, room="Salle A"),
    ]


# --- Invariants -----------------------------------------------------------------------------------


def each_is_told_and_shown(candidate, *kinds):
    """Two lines of history, two versions: no tablet misses one of them."""
    told = events(candidate, *kinds).count()
    row = Candidate.objects.select_related("session").get(pk=candidate.pk)
    return told == 2 and row.session.version == row.row_version == candidate.session.version + 2


def one_right_to_resume(outcome):
    """The first answer stands, and is told; who comes second is told so."""
    attempt = Attempt.objects.get(candidate=outcome.scene)
    asked = list(attempt.resume_requests.values_list("state", flat=True))
    told = events(outcome.scene, "resume.authorised").count()
    return (
        len(outcome.done) == told == 1
        and attempt.right == Right.RESUME
        and asked == [ResumeState.GRANTED]
    )


def one_right_and_its_minutes(outcome):
    attempt = Attempt.objects.get(candidate=outcome.scene)
    ledger = list(attempt.grants.values_list("minutes", flat=True))
    return one_right_to_resume(outcome) and ledger == [attempt.granted_minutes] == [5]


def one_extra_time(outcome):
    row = Candidate.objects.get(pk=outcome.scene.pk)
    told = each_is_told_and_shown(outcome.scene, "candidate.edited")
    return told and row.extra_time_percent in {10, 33}


def one_edit_and_one_refusal(outcome):
    edited = AuditEvent.objects.filter(session_id=outcome.scene.pk, kind="session.edited")
    now = ExamSession.objects.get(pk=outcome.scene.pk)
    return edited.count() == 1 and [session.room for session in outcome.done] == [now.room]


def enrolled_once(outcome):
    return len(outcome.done) == outcome.scene.candidates.count() == 1


def imported_or_corrected(outcome):
    """Who comes second is told that the list moved: what the first one wrote is there."""
    candidate = outcome.scene.candidate
    written = [e.kind for e in events(candidate, "candidates.imported", "candidate.edited")]
    name = {"candidates.imported": "Rosso", "candidate.edited": "Roseau"}[written[0]]
    kept = Candidate.objects.get(pk=candidate.pk).birth_name == name
    return len(outcome.done) == len(written) == 1 and kept


def one_row_one_account(outcome):
    """Who comes second is refused, and that is told."""
    linked = events(outcome.scene, "candidate.linked")
    refused = events(outcome.scene, "candidate.link_refused")
    return (
        len(outcome.done) == linked.count() == refused.count() == 1
        and Candidate.objects.get(pk=outcome.scene.pk).user_id == linked.get().actor_id
    )


def nobody_meets_a_fault(outcome):
    """A deadlock is no refusal: it is raised before this is asked."""
    return outcome.done


RACES = {
    "two invigilators authorise one resume": Race(
        asks_to_resume,
        lambda candidate: [authorise(candidate), authorise(candidate)],
        one_right_to_resume,
    ),
    "two invigilators authorise one resume with minutes": Race(
        asks_to_resume,
        lambda candidate: [authorise_adding(candidate), authorise_adding(candidate)],
        one_right_and_its_minutes,
    ),
    "two invigilators set the extra time": Race(
        present_and_waiting,
        lambda candidate: [set_extra_time(candidate, 10), set_extra_time(candidate, 33)],
        one_extra_time,
    ),
    "two accounts take one row of the list": Race(
        CandidateFactory,
        lambda candidate: [imports.join(candidate), imports.join(candidate)],
        one_row_one_account,
    ),
    "finalise against report": Race(
        absent_beside_a_finished_test,
        lambda candidate: [finalise(candidate), report(candidate)],
        nothing_moves_after("report.written"),
    ),
    "two members edit one session": Race(
        ExamSessionFactory,
        lambda session: [
            edit_the_session(session, room="Salle A"),
            edit_the_session(session, room="Salle B"),
        ],
        one_edit_and_one_refusal,
    ),
    "two members enrol one person": Race(
        ExamSessionFactory, lambda session: [enrol(session), enrol(session)], enrolled_once
    ),
    "import against a correction by hand": Race(
        imports.somebody_renamed,
        lambda scene: [
            imports.confirm(scene.prepared[0], remove_absent=False),
            correct(scene.candidate, birth_name="Roseau"),
        ],
        imported_or_corrected,
    ),
}
# Without locks nobody waits for another: no control can break it.
ROOM = Race(room, everybody, nobody_meets_a_fault)
