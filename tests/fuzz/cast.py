"""The centre whose forms are filled in, in each situation of a session; and its neighbour."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.utils import timezone

from exam import actions as exam_actions
from exam import seat
from finalisation import actions as finalisation_actions
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from tests import situations
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    QuestionFactory,
)
from tests.fuzz.visits import Scene
from tests.test_access import (
    CANDIDATE,
    INVIGILATOR,
    OFFICER,
    another_room,
    snapshot,
    whole_world,
)


def set_the_scene():
    """The scene, and the ids of each situation. Needs a folder for its files."""
    QuestionFactory.create_bank()
    default_storage.save("questions/notes.txt", ContentFile(b"1 2 3"))
    neighbours = another_room()
    before = snapshot()
    world = whole_world(neighbours)
    met = [{}, *(ids_of(candidate) for candidate in situations_of(world))]
    held = snapshot()
    names = ["centre_id", "pk", "candidate_id", "attempt_id", "report_id", "document_id", "note_id"]
    others = {f"their {name}": neighbours.ids[name] for name in names}
    return Scene(world, before, held, others), met


def situations_of(world):
    """A candidate of each: about to start, about to begin a timed question, who reported a problem,
    cut off, ended, and then read.
    """
    yield waiting_to_start(world)
    yield before_a_timed_question(world)
    yield with_a_problem(world)
    yield ended(world)
    yield finalised(world)
    yield published(world)


def of_the_centre(world):
    session = ExamSessionFactory(centre=world.attempt.candidate.session.centre)
    InvigilatorAccessFactory(session=session, user=world.users[INVIGILATOR])
    user = world.users[CANDIDATE]
    return CandidateFactory(session=session, user=user, linked_at=timezone.now())


def waiting_to_start(world):
    candidate = of_the_centre(world)
    situations.present(candidate, by=world.users[INVIGILATOR])
    return candidate


def before_a_timed_question(world):
    attempt = situations.started(of_the_centre(world))
    attempt.question_ids[0] = QuestionFactory(time_limit=60, is_active=False).pk
    attempt.save(update_fields=["question_ids"])
    world.cookies[CANDIDATE].update(seat.keep(HttpResponse(), attempt).cookies)
    return attempt.candidate


def with_a_problem(world):
    attempt = situations.started(of_the_centre(world))
    exam_actions.raise_problem(
        attempt,
        number=1,
        text="L’image est grise",
        seat_key=attempt.seat_key,
        by=attempt.candidate.user,
    )
    exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)
    return attempt.candidate


def ended(world):
    return situations.ended(of_the_centre(world), by=world.users[INVIGILATOR]).candidate


def finalised(world):
    """With a report that an officer has to decide."""
    candidate = ended(world)
    situations.give_reason(candidate.attempt)
    invigilation_actions.write_report(
        candidate,
        code=IncidentCode.objects.get(code="E7"),
        question_number=1,
        description="L’écran est resté blanc",
        screen=Screen.BOARD,
        by=world.users[INVIGILATOR],
    )
    situations.finalised(candidate.session)
    return candidate


def published(world):
    candidate = ended(world)
    situations.give_reason(candidate.attempt)
    finalisation_actions.finalise(candidate.session, by=world.users[OFFICER])
    finalisation_actions.publish(candidate.session, by=world.users[OFFICER])
    return candidate


def ids_of(candidate):
    session = candidate.session
    ids = {"pk": session.pk, "session_id": session.pk, "candidate_id": candidate.pk}
    if hasattr(candidate, "attempt"):
        ids["attempt_id"] = candidate.attempt.pk
    if report := candidate.reports.first():
        ids["report_id"] = report.pk
    return ids
