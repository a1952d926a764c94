"""What a load was, told: how many, how fast by kind of request, who was busy, what went wrong."""

import os

from tests.bench.figures import percentile

SHARES = (0.5, 0.95, 0.99)
ERRORS_TOLD = 20


def tell(played, gauges):
    again = sum(played.troubles.values())
    sent_again = f"; forms sent again on purpose: {again}" if again else ""
    print(
        f"  {played.requests} answers in {played.seconds:.0f} s,"
        f" {played.requests / played.seconds:.0f}/s{sent_again}"
    )
    print(f"  {'':<26}{'answers':>8}{'p50':>8}{'p95':>8}{'p99':>8}  ms")
    for kind, latencies in sorted(played.latencies.items(), key=lambda item: -len(item[1])):
        shown = "".join(f"{milliseconds(latencies, share):>8.0f}" for share in SHARES)
        print(f"  {kind:<26}{len(latencies):>8}{shown}")
    for name, gauge in gauges.by_name.items():
        print(f"  {name:<26}{gauge}")
    print(
        f"  first saturated: {gauges.first_saturated()}; the machine used {gauges.machine};"
        f" other work {max(0, gauges.other_work()):.1f};"
        f" its load average of the last minute: {os.getloadavg()[0]:.1f}"
    )
    late, a_second = milliseconds(played.lateness, 0.99), played.requests / played.seconds
    print(
        f"  the generator itself was late by {late:.0f} ms (p99), which is in every time above;"
        f" at its cost a request it could send {a_second / gauges.generator.busy:.0f}/s at most"
    )
    for sentence in played.errors[:ERRORS_TOLD]:
        print(f"  ! {sentence}")


def milliseconds(latencies, share):
    return percentile(latencies, share) * 1000
