"""The same morning over the shape of production: « ./dev bench "cluster morning" --scale N », N rooms.

The people of `bench_morning` ask nginx, behind it two web nodes, a worker, a primary and its synchronous
standby, as `./dev cluster` starts them (tests/cluster); nobody has a core of his own. A tenth of a peak day is
150 rooms: 3,000 candidates, 300 tablets. What they were told is looked for on the primary, then on the standby.
"""

from tests.bench import bench_morning
from tests.bench.figures import Figure
from tests.cluster.processes import NginxMissing, nginx
from tests.drills.fire import on_database, standing
from tests.load.gauges import of_cluster

NAME = "cluster morning"
TARGET = bench_morning.TARGET
SCALE = 3


def run(scale, **how):
    try:
        nginx()
    except NginxMissing as reason:
        yield Figure(f"not run: {reason}", ok=False)
        return
    with standing() as made:
        scene, played = bench_morning.play(scale, made.port, of_cluster(made), **how)
        yield from bench_morning.figures(scene, played, NAME)
        yield found_on_standby(made.pair, scene, played)


def found_on_standby(pair, scene, played):
    pair.wait_until_replayed()
    with on_database(pair.standby_url):
        verdict = played.verdict(scene)
    return Figure(verdict.told, ok=verdict.ok, name=f"{NAME}, standby")
