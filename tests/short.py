"""The short form of the benches and of the drills, which CI runs: their own code, a few rounds, no verdict on speed.

    python -m tests.short bench        python -m tests.short drill

A bench has only to reach its figures. A drill has to keep its promises. What cannot be run here is told, as
by `./dev drill`.
"""

import sys
from dataclasses import dataclass, field

from tests.bench.__main__ import KIND as BENCH
from tests.bench.engine import close_connections, figures_of, set_up
from tests.drills.__main__ import KIND as DRILL
from tests.pg import FORGETFUL, postgres, stop_on_sigterm

AGES = 300
# Of every bench that has them.
QUICK = {
    "REPETITIONS": 1,
    "SECONDS": 0.3,
    "WARM_UP": 0.1,
    "SLICE": 0.1,
    "INVIGILATORS": 4,
    "SESSIONS_EACH": 1,
    # Beside other tests, a core of its own would be that of all of them.
    "CORES": None,
}


@dataclass(frozen=True)
class Short:
    """Its constants, made small; `scale`: of those that have one."""

    scale: int | None = None
    constants: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Elsewhere:
    """These tests of the suite are its short form."""

    path: str


@dataclass(frozen=True)
class NotInCI:
    why: str


BENCHES = {
    "bench_admin": Short(6, {"CANDIDATES": 2, "CENTRES": 3, "FIFTY": 2}),
    "bench_cluster_morning": Elsewhere("tests/test_morning.py"),
    "bench_country": Short(constants={"PUPILS": 4, "ROOMS": 4}),
    "bench_documents": Short(constants={"EARLY": 2, "LATE": 4}),
    "bench_equipment": Short(constants={"SESSIONS": 4}),
    "bench_import": Short(constants={"SESSIONS": 4}),
    "bench_morning": Elsewhere("tests/test_morning.py"),
    "bench_poll": Short(),
    "bench_pretix": NotInCI("it installs pretix"),
    "bench_reaction": Short(constants={"ROOMS": 1, "CANDIDATES": 2}),
    "bench_reading": Short(constants={"LINES": 100, "SHEETS": 3, "LINES_A_SHEET": 3}),
    "bench_start": Short(constants={"PUPILS": 4, "ROOMS": 64, "ROOMS_ALONE": 16}),
    "bench_starts": Short(20, {"CANDIDATES_EACH": 10, "SECONDS": 2}),
    "bench_tick": Short(constants={"SECONDS": 1}),
    "bench_uploads": Short(constants={"UPLOADS": 2, "ROWS": 10, "SESSIONS": 2}),
}
CLUSTER = NotInCI("a minute each on the cluster, which stands in tests/test_morning.py")
DRILLS = {
    "drill_backup": Short(constants={"WITHIN": AGES}),
    "drill_database_disk": Short(8),
    "drill_debian": NotInCI("it fetches a Debian, as root"),
    "drill_disk": Short(8),
    "drill_forms": Elsewhere("tests/fuzz/test_forms.py"),
    "drill_fsync": Short(8),
    "drill_kill": Elsewhere("tests/test_kill.py"),
    "drill_life": Elsewhere("tests/fuzz/test_life.py"),
    "drill_link": NotInCI("it lays a network card on the machine, as root"),
    "drill_nodes": CLUSTER,
    "drill_overload": CLUSTER,
    "drill_primary": CLUSTER,
    "drill_races": Elsewhere("tests/races/test_two_servers.py"),
    "drill_rolling": CLUSTER,
    "drill_slow": CLUSTER,
    "drill_standby": CLUSTER,
    "drill_standby_disk": Short(),
}


def name_of(module):
    return module.__name__.rpartition(".")[2]


def shorten(constants):
    """In every module of the benches that has them: what one of them imports of another is its own."""
    for name, module in list(sys.modules.items()):
        if name.startswith("tests.bench."):
            for constant in constants.keys() & vars(module).keys():
                setattr(module, constant, constants[constant])


def run(kind, module, short):
    """Whether all that it promised held."""
    for constant, value in short.constants.items():
        # A name that is gone would leave it long.
        getattr(module, constant)
        setattr(module, constant, value)
    if not hasattr(module, "SCALE"):
        assert short.scale is None
    figures = list(figures_of(module, short.scale))
    for figure in figures:
        kind.print_figure(module, figure)
    return bool(figures) and all(figure.ok is not False for figure in figures)


def main(word):
    stop_on_sigterm()
    kind, shorts = {"bench": (BENCH, BENCHES), "drill": (DRILL, DRILLS)}[word]
    with postgres(FORGETFUL) as url:
        set_up(url, kind.settings)
        try:
            modules = kind.modules(None)
            shorten(QUICK)
            kept = [
                run(kind, module, shorts[name_of(module)])
                for module in modules
                if isinstance(shorts.get(name_of(module)), Short)
            ]
        finally:
            close_connections()
    # A bench only tells: what it reads on a machine that does other work is worth nothing.
    return 0 if word == "bench" or all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
