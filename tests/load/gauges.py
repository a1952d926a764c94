"""Who used which processor while a load ran, and who came first to the end of his own."""

import os
import time
from dataclasses import dataclass, field

import psutil

from tests.bench.cores import CORES
from tests.bench.server import cpu_seconds, database

# Beyond this share of what it may use, a process is what the others wait for.
SATURATED = 0.9


@dataclass
class Gauge:
    """One process and its children; `cores`: how many it may use."""

    process: object
    cores: int
    at: float = 0
    used: float = 0
    shares: list = field(default_factory=list)

    def __post_init__(self):
        self.at, self.used = time.monotonic(), cpu_seconds(self.process)

    def read(self):
        now, used = time.monotonic(), cpu_seconds(self.process)
        self.shares.append((used - self.used) / (now - self.at) / self.cores)
        self.at, self.used = now, used

    @property
    def mean(self):
        return sum(self.shares) / len(self.shares)

    @property
    def peak(self):
        return max(self.shares)

    def __str__(self):
        return f"{self.mean:.0%} of {self.cores} (peak {self.peak:.0%})"


class Gauges:
    """The web process runs Python on one core at a time, as whoever plays the clients does."""

    def __init__(self, server):
        others = len(CORES.database) if CORES else os.cpu_count()
        self.by_name = {"web": Gauge(server.process, 1), "PostgreSQL": Gauge(database(), others)}

    def watch(self, player):
        if "generator" not in self.by_name:
            self.by_name["generator"] = Gauge(psutil.Process(player.pid), 1)
            return
        for gauge in self.by_name.values():
            gauge.read()

    def __str__(self):
        return ", ".join(f"{name} {gauge}" for name, gauge in self.by_name.items())

    def first_saturated(self):
        name, gauge = max(self.by_name.items(), key=lambda item: item[1].mean)
        return name if gauge.mean >= SATURATED else f"nothing ({name} came nearest)"
