"""The cores that a whole country needs at once: 10,000 sessions of 25 candidates and 2 tablets.

The processor time of each kind of request is measured in one run, on one web process; how many of each
come in a second follows from the numbers below. An empty view behind the whole middleware, measured in the
same run, says how fast the machine was: the table shrinks with it.
"""

from dataclasses import dataclass
from math import exp
from statistics import median

from django.db.models import F
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from exam import seat
from exam.enums import AttemptState, Right
from exam.models import FIRST_CERTIFICATION_NUMBER, Attempt, Beat
from sessions.models import Candidate
from tests.bench import bench_poll, bench_start, bench_tick
from tests.bench.figures import Figure
from tests.bench.rooms import fill, fill_with_pupils, vacuum
from tests.bench.server import interleave, serving

NAME = "country"
TARGET = "told"
REPETITIONS, SECONDS, WARM_UP = 3, 2, 1
PUPILS, ROOMS = 16, 16
SEAT_KEY = "k" * 32

SESSIONS, CANDIDATES_EACH, TABLETS_EACH, QUESTIONS = 10_000, 25, 2, 48
CANDIDATES, TABLETS = SESSIONS * CANDIDATES_EACH, SESSIONS * TABLETS_EACH
# Seconds, as the pages have them; then how long a country takes to be ticked, to start, to answer.
POLL, WAIT, BEAT = 1.8, 6.5, 15
TICKING, STARTING, TESTING = 10 * 60, 5 * 60, 105 * 60
# What is left free for what comes in bursts.
USED = 0.6

EMPTY = "empty view"
UNCHANGED, CHANGED, TICK, START = "unchanged poll", "changed poll, 2 rows", "tick", "start"
QUESTION, ANSWER, BEATS, WAITING = "question page", "answer", "beat", "waiting poll"


@dataclass(frozen=True)
class Moment:
    """`changes`: how often something moves in one session, in a second; the polls come with it."""

    name: str
    changes: float
    others: dict

    def rates(self):
        """How many of each kind of request come in a second."""
        changed = 1 - exp(-self.changes * POLL)
        polls = TABLETS / POLL
        return {UNCHANGED: polls * (1 - changed), CHANGED: polls * changed, **self.others}


MOMENTS = [
    Moment(
        f"everybody is ticked in {TICKING // 60} min, and waits for it",
        CANDIDATES_EACH / TICKING,
        {TICK: CANDIDATES / TICKING, WAITING: CANDIDATES / WAIT},
    ),
    Moment(
        f"everybody starts in {STARTING // 60} min",
        CANDIDATES_EACH / STARTING,
        {START: CANDIDATES / STARTING, QUESTION: CANDIDATES / STARTING, BEATS: CANDIDATES / BEAT},
    ),
    Moment(
        f"everybody answers {QUESTIONS} questions in {TESTING // 60} min",
        CANDIDATES_EACH * QUESTIONS / TESTING,
        {ANSWER: CANDIDATES * QUESTIONS / TESTING, BEATS: CANDIDATES / BEAT},
    ),
]


def run():
    runs = measured()
    costs = {
        kind: (median(loads.of("web_us")), median(loads.of("database_us")))
        for kind, loads in runs.items()
    }
    for kind, loads in runs.items():
        times = costs[kind][0] / costs[EMPTY][0]
        print(f"  {kind + ':':<22}{loads}, {times:.1f} × an empty view")
    needs = [tell(moment, costs) for moment in MOMENTS]
    web, database = (max(each) / USED for each in zip(*needs, strict=True))
    return Figure(
        f"{web:.0f} web cores, {database:.0f} of PostgreSQL",
        ok=True,
        name=f"{SESSIONS} × {CANDIDATES_EACH} × {TABLETS_EACH}",
        target=f"at {USED:.0%} of use",
    )


def tell(moment, costs):
    """One table; gives the cores of the web and of the database."""
    print(f"\n  {moment.name}")
    print(f"  {'':<22}{'a second':>10}{'web cores':>11}{'PostgreSQL':>12}")
    total = [0, 0]
    for kind, rate in moment.rates().items():
        cores = [rate * cost / 1e6 for cost in costs[kind]]
        total = [before + more for before, more in zip(total, cores, strict=True)]
        print(f"  {kind:<22}{rate:>10.0f}{cores[0]:>11.1f}{cores[1]:>12.1f}")
    print(f"  {'together':<22}{'':>10}{total[0]:>11.1f}{total[1]:>12.1f}")
    return total


# --- What each kind of request costs --------------------------------------------------------------


def measured():
    watches, ticked, startable = (
        fill(),
        fill(),
        fill_with_pupils(bench_start.PUPILS, bench_start.ROOMS),
    )
    answering, beating = running(PUPILS, ROOMS), running(PUPILS, 1)
    waiting = fill_with_pupils(PUPILS, 1)
    Attempt.objects.filter(candidate__in=[each.candidates[0] for each in waiting]).update(
        right=Right.NONE
    )
    bench_poll.move_a_few(watches)
    vacuum()
    with serving() as (server, clients):
        kinds = {
            EMPTY: clients([[server.request("/bench/open")] for _ in watches], 204),
            UNCHANGED: clients(bench_poll.with_passes(server, watches), 204),
            CHANGED: clients(bench_poll.with_passes(server, watches, bench_poll.two_rows), 200),
            TICK: clients([bench_tick.lane(server, watch) for watch in ticked], 200),
            START: clients(
                [bench_start.lane(server, pupil, rank) for rank, pupil in enumerate(startable)], 200
            ),
            QUESTION: clients([question_page(server, pupil) for pupil in beating], 200),
            ANSWER: clients(
                [answers(server, pupil, rank) for rank, pupil in enumerate(answering)], 200
            ),
            BEATS: clients([beat(server, pupil) for pupil in beating], 204),
            WAITING: clients([wait(server, pupil) for pupil in waiting], 204),
        }
        return interleave(kinds, REPETITIONS, SECONDS, WARM_UP)


def running(pupils, rooms):
    """Pupils whose tests have all begun, each held by a browser."""
    pupils, now = fill_with_pupils(pupils, rooms), timezone.now()
    candidates = [candidate.pk for pupil in pupils for candidate in pupil.candidates]
    attempts = Attempt.objects.filter(candidate__in=candidates)
    attempts.update(
        state=AttemptState.RUNNING,
        right=Right.NONE,
        started_at=now,
        certification_number=F("pk") + FIRST_CERTIFICATION_NUMBER,
        seat_key=SEAT_KEY,
    )
    Candidate.objects.filter(pk__in=candidates).update(test_started_at=now)
    Beat.objects.bulk_create(Beat(attempt=attempt, last_seen_at=now) for attempt in attempts)
    return pupils


def seated(pupil, candidate):
    """The cookies of the browser that holds this test."""
    attempt = Attempt(candidate=candidate, seat_key=SEAT_KEY)
    (morsel,) = seat.keep(HttpResponse(), attempt).cookies.values()
    return f"{pupil.cookie}; {morsel.key}={morsel.coded_value}"


def address(name, candidate):
    return reverse(f"exam:{name}", args=[candidate.pk])


def opened(server, pupil, candidate):
    """What the browser holds that opened a test: its token and its cookies, the pass among them."""
    return server.form(address("test", candidate), seated(pupil, candidate))


def question_page(server, pupil):
    (candidate,) = pupil.candidates
    _token, cookies = opened(server, pupil, candidate)
    return [server.request(address("test", candidate), cookies=cookies)]


def answers(server, pupil, rank):
    """One pupil, test after test; each begins in a room of his own."""
    tests = Attempt.objects.in_bulk(
        [each.pk for each in pupil.candidates], field_name="candidate_id"
    )
    return [
        server.request(
            address("answer", candidate),
            cookies=cookies,
            body=f"csrfmiddlewaretoken={token}&number={number}&question={question}&value=1",
            HX_Request="true",
        )
        for candidate in [*pupil.candidates[rank:], *pupil.candidates[:rank]]
        for token, cookies in [opened(server, pupil, candidate)]
        for number, question in enumerate(tests[candidate.pk].question_ids, start=1)
    ]


def beat(server, pupil):
    (candidate,) = pupil.candidates
    token, cookies = opened(server, pupil, candidate)
    path = address("beat", candidate)
    headers = {"X_CSRFToken": token, "Content_Length": 0}
    return [server.request(path, method="POST", cookies=cookies, **headers)]


def wait(server, pupil):
    (candidate,) = pupil.candidates
    _token, cookies = server.form(address("start", candidate), pupil.cookie)
    path = f"{address('waiting', candidate)}?state=absent"
    return [server.request(path, cookies=cookies, HX_Request="true")]
