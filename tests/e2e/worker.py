"""The worker of the tasks, a process of its own, on the database of the test."""

import subprocess
import sys
from contextlib import contextmanager

from django.conf import settings

from tests.beside import environment

COMMAND = [sys.executable, "manage.py", "db_worker", "--interval", "0.2", "--verbosity", "0"]


@contextmanager
def worker():
    process = subprocess.Popen(
        COMMAND,
        cwd=settings.BASE_DIR,
        env={**environment(), "MEDIA_ROOT": str(settings.MEDIA_ROOT)},
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
