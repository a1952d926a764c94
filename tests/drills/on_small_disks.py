"""A drill of a PostgreSQL whose tables and log are each on a small disk, or both on one, in a process of its own.

DISKS: 2, 1, or « standby »: a whole primary, and its standby on one.
python -m tests.drills.on_small_disks MODULE DISKS [SCALE]    plays it, and tells each figure in a line of JSON
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from tests.bench.engine import close_connections, set_up
from tests.bench.figures import Figure
from tests.cluster.pair import Pair, shipped
from tests.drills.disks import view_of_its_own
from tests.drills.on_sqlite import figures_told, tell
from tests.pg import Server

MEGABYTES = 192
STANDBY = "standby"


def on_small_disks(module, disks, *scale):
    """The figures of its `play(server, *scale)`, told as they come."""
    view = view_of_its_own()
    if view is None:
        yield Figure("NOT RUN: no disk may be mounted here (root may)", ok=None)
        return
    process = [sys.executable, "-m", "tests.drills.on_small_disks", module]
    yield from figures_told([*view, *process, *map(str, [disks, *scale])])


def mount(disk):
    options = f"size={MEGABYTES}m,mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", disk], check=True)


class SmallServer(Server):
    """Where pg_wal is a link to another disk when there are two; docker-compose.yml has one."""

    def __init__(self, folder, disks):
        super().__init__(folder)
        self.is_on_one = disks == 1
        self.tables = self._disk("data")
        self.log = self.tables if self.is_on_one else self._disk("wal")

    def _disk(self, name):
        disk = self.folder / name
        disk.mkdir()
        mount(disk)
        if self.identity:
            os.chown(disk, self.identity["user"], self.identity["group"])
        return disk

    def call(self, program, *arguments):
        is_apart = program == "initdb" and not self.is_on_one
        where = [f"--waldir={self.log}"] if is_apart else []
        super().call(program, *where, *arguments)

    def wipe(self):
        for disk in {self.tables, self.log}:
            subprocess.run(["umount", disk], check=True)

    @property
    def is_running(self):
        return (self.tables / "postmaster.pid").exists()


@contextmanager
def small_server(disks):
    folder = Path(tempfile.mkdtemp(prefix="certif-pg-", dir="/tmp"))
    try:
        server = SmallServer(folder, disks)
        try:
            yield server, server.start(shipped())
        finally:
            server.stop()
            server.wipe()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink(missing_ok=True)


@contextmanager
def small_standby():
    folders = [Path(tempfile.mkdtemp(prefix="certif-pg-", dir="/tmp")) for _ in range(2)]
    try:
        mount(folders[1])
        made = Pair(folders)
        try:
            made.start()
            yield made, made.url
        finally:
            made.stop()
            subprocess.run(["umount", folders[1]], check=True)
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_suffix(".log").unlink(missing_ok=True)


def main(module, disks, *scale):
    made = small_standby() if disks == STANDBY else small_server(int(disks))
    with made as (server, url), tempfile.TemporaryDirectory() as media:
        os.environ["MEDIA_ROOT"] = media
        set_up(url, "tests.drills.settings")
        try:
            tell(import_module(module).play(server, *map(int, scale)))
        finally:
            close_connections()


if __name__ == "__main__":
    main(*sys.argv[1:])
