"""The tick « présent » over HTTP, beside the database alone running the same statements.

Over HTTP: login, CSRF, operation id, the action, and the row rendered for the page. Beside it, pgbench
runs what the action alone sends (caught as it runs), with as many clients and as little sharing of
sessions, on one client core: each client ticks a candidate of its own, then unticks it. The figure is a ratio of rates.
"""

import os
import re
import uuid
from statistics import median

from django.urls import reverse

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from exam.actions.entering import draw_questions
from exam.models import Attempt
from invigilation.actions import set_presence
from sessions.models import Candidate
from tests.bench import client, pgbench
from tests.bench.figures import interleaved_ratio, percentile
from tests.bench.rooms import CANDIDATES, INVIGILATORS, SESSIONS_EACH, fill
from tests.bench.server import Runs, serving
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, UserFactory

NAME = "tick"
TARGET = "≥ 9 % of pgbench (aim 20 %)"
SHARE = 0.09
REPETITIONS, SECONDS, WARM_UP = 5, 3, 1
# Numbers that are nothing else: they are found again among the parameters of the statements.
CENTRE, USER, SESSION, VERSION, CANDIDATE = 910_001, 920_001, 930_001, 940_001, 950_001


def run():
    watches, script = fill(), script_of(fill())
    url, kept = os.environ["DATABASE_URL"], events_of(watches)
    alone, ticks = [], Runs()
    with serving() as (server, clients):
        load = clients([lane(server, watch) for watch in watches], 200)
        ticks_sent = load.run(WARM_UP).requests
        for _ in range(REPETITIONS):
            ticks.append(load.run(SECONDS))
            alone.append(2 * pgbench.rate([script], url, clients=INVIGILATORS, seconds=SECONDS))
    ticks_sent += sum(ticks.of("requests"))
    if events_of(watches) - kept != ticks_sent:
        raise RuntimeError("some ticks changed nothing")
    print(f"  HTTP:    {ticks}, p99 {percentile(latencies(ticks), 0.99) * 1000:.0f} ms")
    print(f"  pgbench: {median(alone):.0f}/s")
    return interleaved_ratio(ticks.of("rate"), alone, least=SHARE)


def latencies(ticks):
    return [latency for load in ticks for latency in load.latencies]


def events_of(watches):
    return AuditEvent.objects.filter(actor_id__in=[watch.user.pk for watch in watches]).count()


def lane(server, watch):
    """One invigilator: everybody present, room after room, then everybody absent."""
    headers, page = server.get(reverse("invigilation:join"), watch.cookie)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    cookies = f"{watch.cookie}; {headers['Set-Cookie'].partition(';')[0]}"
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
    numbers = {
        USER: "user",
        SESSION: "session",
        CANDIDATE: "candidate",
        VERSION + 1: "version",
        VERSION + 2: "version",
    }
    return "".join(
        pgbench.script(statements, variables=variables * first, numbers=numbers)
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
