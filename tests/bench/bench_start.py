"""The start of a test over HTTP: the access code, and where the page goes then.

Beside it, each client of pgbench starts candidates of its own. Everybody starts once in a room; between
two runs all are made ready again.
"""

import os
import uuid
from functools import partial

from django.urls import reverse

from certif.audit.operations import Operation
from exam.actions import enter_test
from exam.actions.entering import draw_questions
from exam.enums import AttemptState, Right
from exam.models import Attempt, Beat
from sessions.models import Candidate, ExamSession
from tests.bench import client, pgbench
from tests.bench.actions import TARGET, beside_pgbench
from tests.bench.rooms import fill_with_pupils, vacuum
from tests.bench.server import serving
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, UserFactory

NAME = "start"
__all__ = ["NAME", "TARGET", "run"]
PUPILS, ROOMS, ROOMS_ALONE = 16, 320, 160
# Numbers that are nothing else: they are found again among the parameters of the statements.
CENTRE, USER, SESSION, VERSION, CANDIDATE = 911_001, 921_001, 931_001, 941_001, 951_001
ATTEMPT = 961_001


def run():
    pupils, script = (
        fill_with_pupils(PUPILS, ROOMS),
        script_of(fill_with_pupils(PUPILS, ROOMS_ALONE)),
    )
    url, limits = os.environ["DATABASE_URL"], {"transactions": ROOMS_ALONE, "define": "turn=-1"}
    rate = partial(pgbench.rate, script, url, clients=PUPILS, **limits)
    with serving() as (server, clients):
        load = clients([lane(server, pupil, rank) for rank, pupil in enumerate(pupils)], 200)
        return beside_pgbench(load, rate, [pupil.user for pupil in pupils], again=make_ready)


def lane(server, pupil, rank):
    """One pupil, room after room; each begins in a room of his own."""
    token, cookies = server.form(address(pupil.candidates[0]), pupil.cookie)
    first = rank * ROOMS // PUPILS
    return [
        server.request(
            address(candidate),
            cookies=cookies,
            body=f"csrfmiddlewaretoken={token}&operation={client.OPERATION}"
            f"&code={candidate.session.access_code}",
            HX_Request="true",
        )
        for candidate in [*pupil.candidates[first:], *pupil.candidates[:first]]
    ]


def address(candidate):
    return reverse("exam:start", args=[candidate.pk])


def make_ready():
    Beat.objects.all().delete()
    Attempt.objects.filter(state=AttemptState.RUNNING).update(
        state=AttemptState.PREPARED,
        right=Right.START,
        started_at=None,
        certification_number=None,
    )
    Candidate.objects.filter(test_started_at__isnull=False).update(test_started_at=None)
    ExamSession.objects.update(started_count=0, first_started_at=None)
    vacuum()


def script_of(pupils):
    """What the action sends, with the numbers of another candidate at each turn."""
    first = pupils[0].candidates[0]
    variables = [
        r"\set turn :turn + 1",
        rf"\set room (:turn + :client_id * {ROOMS_ALONE // PUPILS}) % {ROOMS_ALONE}",
        rf"\set user {pupils[0].user.pk} + :client_id",
        rf"\set session {first.session_id} + :room",
        rf"\set candidate {first.pk} + :room * {PUPILS} + :client_id",
        rf"\set attempt {first.attempt.pk} + :room * {PUPILS} + :client_id",
    ]
    stand_for = {
        USER: ":user",
        SESSION: ":session",
        CANDIDATE: ":candidate",
        ATTEMPT: ":attempt",
        f"code:{SESSION}:{USER}": "concat('code:', :session, ':', :user)",
    }
    return pgbench.script(statements_of_a_start(), variables=variables, stand_for=stand_for)


def statements_of_a_start():
    user, centre = UserFactory(pk=USER), CentreFactory(pk=CENTRE)
    session = ExamSessionFactory(pk=SESSION, version=VERSION, centre=centre, created_by=user)
    present = {"is_present": True, "presence_noted_at": session.created_at}
    candidate = CandidateFactory(
        pk=CANDIDATE,
        session=session,
        user=user,
        linked_at=session.created_at,
        presence_noted_by=user,
        **present,
    )
    Attempt.objects.create(
        pk=ATTEMPT,
        candidate=candidate,
        question_ids=draw_questions(),
        right=Right.START,
        right_granted_at=session.created_at,
        right_granted_by=user,
    )
    operation = Operation(uuid.uuid4(), "0" * 64)
    with pgbench.caught() as statements:
        enter_test(candidate, session.access_code, by=user, operation=operation)
    return statements
