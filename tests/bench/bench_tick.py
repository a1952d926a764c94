"""The tick « présent » over HTTP, and the row that the page gets; then « absent ».

Beside it, each client of pgbench ticks a candidate of its own, then unticks it. The tests are drawn: what
the very first tick of a candidate does beside (one read, one insert) is on neither side.
"""

import os
import uuid
from functools import partial

from django.urls import reverse

from certif.audit.operations import Operation
from exam.actions.entering import draw_questions
from exam.models import Attempt
from invigilation.actions import set_presence
from sessions.models import Candidate
from tests.bench import client, pgbench
from tests.bench.actions import SECONDS, TARGET, beside_pgbench
from tests.bench.rooms import CANDIDATES, INVIGILATORS, SESSIONS_EACH, fill
from tests.bench.server import serving
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, UserFactory

NAME = "tick"
__all__ = ["NAME", "TARGET", "run"]
# Numbers that are nothing else: they are found again among the parameters of the statements.
CENTRE, USER, SESSION, VERSION, CANDIDATE = 910_001, 920_001, 930_001, 940_001, 950_001


def run():
    watches, script = fill(), script_of(fill())
    url = os.environ["DATABASE_URL"]
    rate = partial(pgbench.rate, script, url, clients=INVIGILATORS, time=SECONDS)
    with serving() as (server, clients):
        load = clients([lane(server, watch) for watch in watches], 200)
        return beside_pgbench(load, lambda: 2 * rate(), [watch.user for watch in watches])


def lane(server, watch):
    """One invigilator: everybody present, room after room, then everybody absent."""
    token, cookies = server.form(reverse("invigilation:join"), watch.cookie)
    candidates = Candidate.objects.filter(session__in=watch.sessions).order_by("pk")
    return [
        server.request(
            reverse("invigilation:presence", args=[candidate.session_id, candidate.pk]),
            cookies=cookies,
            body=f"csrfmiddlewaretoken={token}&operation={client.OPERATION}&present={present}",
            HX_Request="true",
        )
        for present in (1, 0)
        for candidate in candidates
    ]


def script_of(watches):
    """What the action sends for a tick and then for an untick, with other numbers at each run."""
    each = SESSIONS_EACH * CANDIDATES
    candidates = Candidate.objects.filter(session=watches[0].sessions[0])
    variables = [
        rf"\set number :client_id * {each} + random(0, {each - 1})",
        rf"\set user {watches[0].user.pk} + :client_id",
        rf"\set session {watches[0].sessions[0].pk} + :number / {CANDIDATES}",
        rf"\set candidate {candidates.earliest('pk').pk} + :number",
        r"\set version random(1, 1000000)",
    ]
    stand_for = {
        USER: ":user",
        SESSION: ":session",
        CANDIDATE: ":candidate",
        VERSION + 1: ":version",
        VERSION + 2: ":version",
    }
    return "".join(
        pgbench.script(statements, variables=variables * first, stand_for=stand_for)
        for first, statements in zip((True, False), statements_of_two_ticks(), strict=True)
    )


def statements_of_two_ticks():
    user, centre = UserFactory(pk=USER), CentreFactory(pk=CENTRE)
    session = ExamSessionFactory(pk=SESSION, version=VERSION, centre=centre, created_by=user)
    candidate = CandidateFactory(pk=CANDIDATE, session=session)
    Attempt.objects.create(candidate=candidate, question_ids=draw_questions())
    for present in (True, False):
        operation = Operation(uuid.uuid4(), "0" * 64)
        with pgbench.caught() as statements:
            set_presence(candidate, present=present, by=user, operation=operation)
        yield statements
