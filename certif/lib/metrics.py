"""What this node counts of its requests, in the text format of Prometheus.

A node is several processes, and whoever asks meets one of them: each counts in a small shared file,
and the one that is asked reads those of its siblings. A series is of one process (`process="…"`).
Nothing is counted, and no file made, unless somebody may read it (METRICS_TOKEN, METRICS_FROM).
"""

import hmac
import logging
import mmap
import os
from bisect import bisect_left
from functools import cache
from ipaddress import ip_address
from itertools import accumulate
from pathlib import Path
from threading import Lock

from django.conf import settings

logger = logging.getLogger(__name__)

FAST, READ, WRITE, STATIC = KINDS = ("fast", "read", "write", "static")
STATUSES = ("2xx", "3xx", "4xx", "5xx")
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
POOL = ("size", "in_use", "waiting")
# Of a kind: its statuses, its durations by bound and beyond them, their sum. Then the pool.
OF_A_KIND = len(STATUSES) + len(BOUNDS) + 2
CELLS = len(KINDS) * OF_A_KIND + len(POOL)
WIDTH = 8
# What a proxy says of whom it speaks for: one of them is enough.
SPEAKS_FOR = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


def are_kept():
    return bool(settings.METRICS_TOKEN or settings.METRICS_FROM)


def may_read(request):
    """By the token; or by the address of who asks in person, never of a proxy that speaks for somebody."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), wanted.encode()):
        return True
    if any(name in request.headers for name in SPEAKS_FOR):
        return False
    return _is_near(request.META.get("REMOTE_ADDR", ""))


def _is_near(address):
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    return any(asked in network for network in settings.METRICS_FROM)


# --- Counting -------------------------------------------------------------------------------------


class Counts:
    """The cells of this process. Only it writes them."""

    def __init__(self, cells):
        self.cells, self.lock = cells, Lock()

    def note(self, kind, status, seconds):
        start = KINDS.index(kind) * OF_A_KIND
        durations = start + len(STATUSES)
        with self.lock:
            self.cells[start + min(max(status // 100, 2), 5) - 2] += 1
            self.cells[durations + bisect_left(BOUNDS, seconds)] += 1
            self.cells[start + OF_A_KIND - 1] += seconds

    def note_pool(self, statistics):
        size, at_rest = statistics["pool_size"], statistics["pool_available"]
        self.cells[-len(POOL) :] = _doubles([size, size - at_rest, statistics["requests_waiting"]])


def _doubles(values):
    cells = memoryview(bytearray(len(values) * WIDTH)).cast("d")
    for place, value in enumerate(values):
        cells[place] = value
    return cells


@cache
def counts():
    try:
        return Counts(_shared(_own_file()))
    except OSError:
        logger.exception("metrics: no shared file, this process alone is counted")
        return Counts(_doubles([0] * CELLS))


def _own_file():
    folder = Path(settings.METRICS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{os.getppid()}-{os.getpid()}"


def _shared(path):
    # Never cut short: another thread of this process may have it mapped already.
    with path.open("a+b") as file:
        file.truncate(CELLS * WIDTH)
        return memoryview(mmap.mmap(file.fileno(), CELLS * WIDTH)).cast("d")


def note(kind, status, seconds):
    if are_kept():
        counts().note(kind, status, seconds)


def note_pool(connection):
    """As it is while a request still holds its own connection."""
    pool = getattr(connection, "pool", None)
    if pool and are_kept():
        counts().note_pool(pool.get_stats())


# --- Telling --------------------------------------------------------------------------------------


def of_this_node():
    """The text of every process that has the parent of this one."""
    counts()
    told = [(pid, cells) for pid, path in _siblings() if (cells := _read(path))]
    return "".join(_lines(told or [(os.getpid(), list(counts().cells))]))


def _siblings():
    for path in sorted(Path(settings.METRICS_DIR).glob(f"{os.getppid()}-*")):
        pid = int(path.name.partition("-")[2])
        if _is_alive(pid):
            yield pid, path
        else:
            path.unlink(missing_ok=True)


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _read(path):
    """Nothing of a process that has just begun, or ended."""
    try:
        read = path.read_bytes()
    except FileNotFoundError:
        return []
    return list(memoryview(read).cast("d")) if len(read) == CELLS * WIDTH else []


def _lines(told):
    yield family("certif_requests_total", "counter", "Requests answered, by kind and status.")
    for pid, kind, cells in _by_kind(told):
        for status, number in zip(STATUSES, cells, strict=False):
            yield sample("certif_requests_total", number, process=pid, kind=kind, status=status)
    yield family("certif_request_seconds", "histogram", "Time to make an answer.")
    for pid, kind, cells in _by_kind(told):
        sums = list(accumulate(cells[len(STATUSES) : -1]))
        for bound, number in zip([*BOUNDS, "+Inf"], sums, strict=True):
            yield sample("certif_request_seconds_bucket", number, process=pid, kind=kind, le=bound)
        yield sample("certif_request_seconds_sum", cells[-1], process=pid, kind=kind)
        yield sample("certif_request_seconds_count", sums[-1], process=pid, kind=kind)
    yield family("certif_database_pool", "gauge", "Connections when a request last ended.")
    for pid, cells in told:
        for what, number in zip(POOL, cells[-len(POOL) :], strict=True):
            yield sample("certif_database_pool", number, process=pid, what=what)


def _by_kind(told):
    for pid, cells in told:
        for rank, kind in enumerate(KINDS):
            yield pid, kind, cells[rank * OF_A_KIND : (rank + 1) * OF_A_KIND]


def family(name, type_, told):
    return f"# HELP {name} {told}\n# TYPE {name} {type_}\n"


def sample(name, value, **labels):
    shown = ",".join(f'{label}="{each}"' for label, each in labels.items())
    return f"{name}{{{shown}}} {value:.15g}\n" if labels else f"{name} {value:.15g}\n"
