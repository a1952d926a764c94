"""At most so many at once on this machine, over all its processes: locks on files."""

import fcntl
import os
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from certif.lib.spreadsheets.problems import TooBusy

SLOTS = 2
PAUSE = 0.02


@contextmanager
def slot(patience):
    """Hold one of the slots; TooBusy when none is free within `patience` seconds.

    The kernel frees a lock when its holder dies, however it dies. It has no wait with an end for
    them, so that we ask again and again.
    """
    deadline = time.monotonic() + patience
    while (lock := _free_lock()) is None:
        if time.monotonic() >= deadline:
            raise TooBusy
        threading.Event().wait(PAUSE)
    try:
        yield
    finally:
        os.close(lock)


def _free_lock():
    for number in range(SLOTS):
        path = Path(tempfile.gettempdir()) / f"certif-reading-{os.getuid()}-{number}.lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        os.close(lock)
    return None
