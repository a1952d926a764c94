"""Without a secret key nothing is served; what signs nothing still runs."""

import os
import subprocess
import sys

SENTENCE = "SECRET_KEY is missing (or set DJANGO_DEMO=1 for a demonstration)."


def run(*command):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"SECRET_KEY", "DJANGO_DEMO"}
    }
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=60
    )


def test_the_server_refuses_to_start():
    started = run("-c", "import certif.wsgi")

    assert started.returncode == 1
    assert SENTENCE in started.stderr


def test_migrations_can_be_checked():
    assert run("manage.py", "makemigrations", "--check", "--dry-run").returncode == 0
