"""What a bench hands back, and how it measures: interleaved repetitions, their median."""

from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Figure:
    measured: str
    ok: bool
    # For a bench that gives several figures; empty means the bench's own NAME and TARGET.
    name: str = ""
    target: str = ""


def seconds(call):
    began = perf_counter()
    call()
    return perf_counter() - began


def interleaved_medians(repetitions, **calls):
    """The median of each call, in seconds. A, B, A, B…: what slows the machine for a while slows all of them."""
    samples = {name: [] for name in calls}
    for _ in range(repetitions):
        for name, call in calls.items():
            samples[name].append(seconds(call))
    return {name: median(values) for name, values in samples.items()}


def percentile(values, share):
    """The smallest value that `share` of the values (0.99: 99 %) do not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * share // 1)
    return ordered[max(0, int(rank) - 1)]


def median_ratio(these, those):
    """The median of the ratios of two lists of samples taken in turn, each with its neighbour in time."""
    return median(one / other for one, other in zip(these, those, strict=True))
