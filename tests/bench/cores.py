"""Which processor cores a bench gives to whom: « one web core, one client core » is then true.

Where the system cannot pin, or has fewer than three cores, everybody runs everywhere.
"""

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    web: frozenset
    client: frozenset
    database: frozenset


def shared_out(available):
    """One for the web, one for the client, all the others for the database."""
    web, client, *others = sorted(available)
    return Cores(frozenset([web]), frozenset([client]), frozenset(others))


def _cores():
    available = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    return shared_out(available) if len(available) >= 3 else None


CORES = _cores()


@contextmanager
def starting_on(role):
    """What is started within stays on the cores of its role."""
    if CORES is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, getattr(CORES, role))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def move_to(role, process):
    """A process that runs already, of one thread, with its children, now and later."""
    if CORES is None:
        return
    for each in [process, *process.children(recursive=True)]:
        # One of them may end meanwhile.
        with suppress(ProcessLookupError):
            os.sched_setaffinity(each.pid, getattr(CORES, role))
