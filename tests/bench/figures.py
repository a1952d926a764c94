"""What a bench hands back, and how it measures: interleaved repetitions, their median."""

from dataclasses import dataclass
from statistics import median
from time import perf_counter

# Told as « 8.3 × » from here on, and not as 830 %.
MANY = 5


@dataclass(frozen=True)
class Figure:
    measured: str
    # None: it could not be run here, which is no pass.
    ok: bool | None
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


def interleaved_ratio(these, those, *, least=None, most=None, **figure):
    """The median of the ratios, with their spread. Short only when the whole of the spread misses."""
    ratios = sorted(one / other for one, other in zip(these, those, strict=True))
    shown = _times if most else _share
    spread = f"{shown(ratios[0])}–{shown(ratios[-1])}"
    ok = ratios[-1] >= least if most is None else ratios[0] <= most
    return Figure(f"{shown(median(ratios))} ({spread})", ok=ok, **figure)


def _share(ratio):
    if ratio >= MANY:
        return _times(ratio)
    return f"{ratio:.1%}" if ratio < 0.2 else f"{ratio:.0%}"


def _times(ratio):
    return f"{ratio:.1f} ×"
