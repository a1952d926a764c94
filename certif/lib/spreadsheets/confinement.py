"""Running `child.py`: what it is given, how long it may take, and what its end means."""

import logging
import marshal
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import python_calamine

from certif.lib.spreadsheets.problems import UnreadableFile

CHILD = Path(__file__).with_name("child.py")
PACKAGES = Path(python_calamine.__file__).parent.parent
MEMORY = 512  # megabytes of addresses: a file of 30 MB unpacked takes 300
LARGEST_ANSWER = 128 * 1024 * 1024
ENDS = {-signal.SIGABRT: "far", -signal.SIGXCPU: "slow", -signal.SIGKILL: "slow"}

logger = logging.getLogger(__name__)


def read_in_child(task, *, seconds):
    """The answer of the child, which is killed with all it may have started after `seconds`."""
    deadline = time.monotonic() + seconds
    with _anonymous_file() as given:
        given.write(marshal.dumps(task))
        given.seek(0)
        child = _start(given, seconds)
    with child:
        try:
            answer = _collect(child.stdout, deadline)
        finally:
            _kill(child)
    return _understood(answer, child.returncode)


def _anonymous_file():
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("workbook"), "w+b")
    return tempfile.TemporaryFile()


def _start(given, seconds):
    # Isolated and without site: nothing of the environment, and nothing else to import.
    options = [PACKAGES, str(max(1, round(seconds))), str(MEMORY)]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-X", "utf8", CHILD, *options],
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    )
