"""Who used which processor while a load ran, and who came first to the end of his own."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import psutil

from tests.bench.cores import CORES
from tests.bench.server import cpu_seconds, database

# Beyond this share of its cores, used or waited for, a process is what the others wait for.
SATURATED = 0.9


@dataclass
class Gauge:
    """One process and its children; `cores`: how many they may use."""

    process: object
    cores: int
    used: list = field(default_factory=list)
    waited: list = field(default_factory=list)

    def __post_init__(self):
        self.begin()

    def begin(self):
        self.before = self._now()

    def _now(self):
        return time.monotonic(), cpu_seconds(self.process), waited_seconds(self.process)

    def read(self):
        at, used, waited = now = self._now()
        at_before, used_before, waited_before = self.before
        seconds = (at - at_before) * self.cores
        self.used.append((used - used_before) / seconds)
        self.waited.append((waited - waited_before) / seconds)
        self.before = now

    @property
    def wanted(self):
        return mean(self.used) + mean(self.waited)

    @property
    def busy(self):
        """Cores, on average."""
        return mean(self.used) * self.cores

    def __str__(self):
        used, most, waited = mean(self.used), max(self.used), mean(self.waited)
        return f"{used:.0%} of {self.cores} (peak {most:.0%}; waited {waited:.0%} of the time)"


def waited_seconds(process):
    """How long a process and its children were ready to run while others held their cores; Linux tells it."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        for file in Path(f"/proc/{each.pid}/task").glob("*/schedstat"):
            with suppress(OSError):
                total += int(file.read_text().split()[1])
    return total / 1e9


class Machine(Gauge):
    """Every process there is, those of other work included; it waits for the host that it is a part of."""

    def __init__(self):
        super().__init__(process=None, cores=os.cpu_count())

    def _now(self):
        times = psutil.cpu_times()._asdict()
        stolen = times.get("steal", 0)
        idle = times["idle"] + times.get("iowait", 0)
        return time.monotonic(), sum(times.values()) - idle - stolen, stolen

    def __str__(self):
        used, most = mean(self.used), max(self.used)
        taken, most_taken = mean(self.waited) * self.cores, max(self.waited) * self.cores
        return (
            f"{used:.0%} of its {self.cores} cores (peak {most:.0%});"
            f" its host took {taken:.1f} of them ({most_taken:.1f} in the worst second)"
        )


class Gauges:
    """`by_name`: of whom the people ask. Whoever plays them has one too, and so has the whole machine."""

    def __init__(self, by_name):
        self.asked, self.machine, self.generator = by_name, Machine(), None

    @property
    def by_name(self):
        return {**self.asked, "generator": self.generator}

    def watch(self, player):
        every = [*self.asked.values(), self.machine]
        if self.generator is None:
            self.generator = Gauge(psutil.Process(player.pid), 1)
            for gauge in every:
                gauge.begin()
            return
        for gauge in (*every, self.generator):
            gauge.read()

    def other_work(self):
        """Cores that nobody of these used."""
        return self.machine.busy - sum(gauge.busy for gauge in self.by_name.values())

    def first_saturated(self):
        if self.machine.wanted >= SATURATED:
            return f"the machine, all of its {self.machine.cores} cores"
        name, gauge = max(self.by_name.items(), key=lambda item: item[1].wanted)
        return name if gauge.wanted >= SATURATED else f"nothing ({name} came nearest)"


def of_server(server, workers=1):
    """A web process runs Python on one core at a time, as whoever plays the people does."""
    others = len(CORES.database) if CORES and workers == 1 else os.cpu_count()
    return Gauges({"web": Gauge(server.process, workers), "PostgreSQL": Gauge(database(), others)})


def of_cluster(made):
    """nginx has two processes; a standby writes again, with one, what its primary wrote."""
    pair = made.pair
    nodes = {node.name: Gauge(psutil.Process(node.running.pid), 1) for node in made.nodes}
    return Gauges(
        {
            "nginx": Gauge(psutil.Process(made.proxy.running.pid), 2),
            **nodes,
            "primary": Gauge(pair.postmaster(pair.primary), os.cpu_count()),
            "standby": Gauge(pair.postmaster(pair.standby), 1),
        }
    )
