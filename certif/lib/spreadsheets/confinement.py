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
from contextlib import suppress
from pathlib import Path

import python_calamine

from certif.lib.spreadsheets.problems import UnreadableFile

CHILD = Path(__file__).with_name("child.py")
PACKAGES = Path(python_calamine.__file__).parent.parent
MEMORY = 320  # megabytes of addresses: a file of 30 MB unpacked needs less than 160
LARGEST_ANSWER = 128 * 1024 * 1024
CHUNK = 1024 * 1024
# How a process ends that wanted more memory (calamine aborts) or time than it is allowed.
ENDS = {-signal.SIGABRT: "far", -signal.SIGKILL: "far", -signal.SIGXCPU: "slow"}

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
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise UnreadableFile("slow") from None
        finally:
            _kill_group(child)
    if child.returncode != 0:
        logger.warning("spreadsheet: the reading process ended with %s", child.returncode)
        raise UnreadableFile(ENDS.get(child.returncode, "damaged"))
    return marshal.loads(answer)


def _collect(pipe, deadline):
    chunks, length = [], 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(max(0, deadline - time.monotonic())):
            chunk = os.read(pipe.fileno(), CHUNK)
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
            length += len(chunk)
            if length > LARGEST_ANSWER:
                raise UnreadableFile("bomb")
    raise subprocess.TimeoutExpired(CHILD, deadline)


def _kill_group(child):
    # Its number is still its own: the child leads its group, and was waited for here only.
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


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
