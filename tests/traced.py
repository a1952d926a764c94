"""A server whose system calls strace tells: what reaches the disk before it answers."""

import re
import shutil
import subprocess

from tests.real_server import Server

STRACE = (
    "strace",
    "--follow-forks",
    "--seccomp-bpf",
    "--quiet=all",
    "--decode-fds=path",
    "--string-limit=16",
    "--trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg",
)
CALL = re.compile(r"(?P<thread>\d+) +(?:<\.\.\. )?(?P<name>\w+)(?P<said>.*)")
LOG = "-wal>"
ANSWER = '"HTTP/1.1 200'


def why_not():
    """Why nothing can be traced here; nothing when it can."""
    if shutil.which("strace") is None:
        return "strace is missing (on Debian: apt-get install strace)"
    probe = [*STRACE, "--output=/dev/null", "true"]
    is_allowed = subprocess.run(probe, capture_output=True, check=False).returncode == 0
    return "" if is_allowed else "strace may trace nothing here"


class Traced(Server):
    def __init__(self, calls, **environment):
        super().__init__(**environment)
        self.calls = calls

    def command(self):
        return [*STRACE, f"--output={self.calls}", *super().command()]


def answers_on_disk(calls):
    """Of each answer that followed a write to SQLite's log: was all of the log on the disk before it left?"""
    is_written = is_dirty = False
    syncing, told = set(), []
    for line in calls:
        call = CALL.match(line)
        if call is None:
            continue
        thread, name, said = call.groups()
        if name == "pwrite64" and LOG in said:
            is_written = is_dirty = True
        elif name in ("fsync", "fdatasync"):
            if LOG in said:
                syncing.add(thread)
            if thread in syncing and said.endswith("= 0"):
                syncing.remove(thread)
                is_dirty = False
        elif ANSWER in said and is_written:
            told.append(not is_dirty)
            is_written = False
    return told
