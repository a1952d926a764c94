"""A drill of SQLite, in a process of its own: `./dev drill` is on PostgreSQL, and keeps what it compiled for it.

python -m tests.drills.on_sqlite MODULE SCALE      plays it, and tells each figure in a line of JSON
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from importlib import import_module

import django
from django.core.management import call_command

from tests.bench.figures import Figure
from tests.beside import write_ahead_log


def on_sqlite(module, scale, *, within=lambda folder: ()):
    """The figures of its `play(scale)`, told as they come.

    `within`: the command that runs the process, whose database and documents are in two folders of this one.
    """
    with tempfile.TemporaryDirectory(prefix="certif-sqlite-") as folder:
        url = f"sqlite:///{folder}/database/db.sqlite3"
        environment = {**os.environ, "DATABASE_URL": url, "MEDIA_ROOT": f"{folder}/media"}
        # What is drilled is the setting of the application, not that of its tests.
        environment.pop("SQLITE_SYNCHRONOUS", None)
        command = [
            *within(folder),
            sys.executable,
            "-m",
            "tests.drills.on_sqlite",
            module,
            str(scale),
        ]
        yield from figures_told(command, environment)


def figures_told(command, environment=None):
    """By a process that tells each of them in a line of JSON."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as playing:
        for line in playing.stdout:
            yield Figure(**json.loads(line))
    if playing.returncode:
        raise RuntimeError(f"{' '.join(command)} broke")


def tell(figures):
    for figure in figures:
        print(json.dumps(asdict(figure)), flush=True)


def main(module, scale):
    django.setup()
    call_command("migrate", verbosity=0)
    with write_ahead_log():
        tell(import_module(module).play(int(scale)))


if __name__ == "__main__":
    main(*sys.argv[1:])
