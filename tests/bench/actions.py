"""What a person does over HTTP, beside the database alone running the statements of that action.

Over HTTP: login, CSRF, operation id, the right checked, the action, its answer rendered. Beside it,
pgbench runs what the action alone sends (caught as it runs), with as many clients and as little
sharing of sessions. One web core, one client core (cores.py); the figure is a ratio of rates.
"""

from statistics import median

from certif.audit.models import AuditEvent
from tests.bench.figures import interleaved_ratio, percentile
from tests.bench.server import Runs

TARGET = "≥ 9 % of pgbench (aim 20 %)"
SHARE = 0.09
REPETITIONS, SECONDS, WARM_UP = 5, 3, 1


def nothing():
    pass


def beside_pgbench(load, alone, people, *, again=nothing):
    """A, B, A, B… Each request of `load` is to write one event of `people`; `alone()` gives a rate.

    `again()` makes everything ready for the next run.
    """
    kept, runs, rates = events_of(people), Runs(), []
    again()
    sent = load.run(WARM_UP).requests
    for _ in range(REPETITIONS):
        again()
        runs.append(load.run(SECONDS))
        again()
        rates.append(alone())
    if events_of(people) - kept != sent + sum(runs.of("requests")):
        raise RuntimeError("some requests changed nothing")
    latencies = [latency for load in runs for latency in load.latencies]
    print(f"  HTTP:    {runs}, p99 {percentile(latencies, 0.99) * 1000:.0f} ms")
    print(f"  pgbench: {median(rates):.0f}/s")
    return interleaved_ratio(runs.of("rate"), rates, least=SHARE)


def events_of(people):
    return AuditEvent.objects.filter(actor_id__in=[person.pk for person in people]).count()
