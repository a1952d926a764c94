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


class Gauges:
    """A web process runs Python on one core at a time, as whoever plays the clients does."""

    def __init__(self, server, workers=1):
        others = len(CORES.database) if CORES and workers == 1 else os.cpu_count()
        self.by_name = {
            "web": Gauge(server.process, workers),
            "PostgreSQL": Gauge(database(), others),
        }

    def watch(self, player):
        if "generator" not in self.by_name:
            self.by_name["generator"] = Gauge(psutil.Process(player.pid), 1)
            return
        for gauge in self.by_name.values():
            gauge.read()

    def __str__(self):
        return ", ".join(f"{name} {gauge}" for name, gauge in self.by_name.items())

    def first_saturated(self):
        name, gauge = max(self.by_name.items(), key=lambda item: item[1].wanted)
        return name if gauge.wanted >= SATURATED else f"nothing ({name} came nearest)"
