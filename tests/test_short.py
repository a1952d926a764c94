"""CI runs the short form of each bench and drill (tests/short.py); a new one without its own fails here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.short import BENCH, BENCHES, DRILL, DRILLS, Elsewhere, NotInCI

ROOT = Path(__file__).parent.parent
KINDS = [(BENCH, BENCHES), (DRILL, DRILLS)]
# Those of this run are not theirs.
OURS = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "TEST_SQLITE_FILE", "SQLITE_SYNCHRONOUS")
STOPPED_AFTER, GONE_WITHIN = 900, 60


@pytest.mark.parametrize(("kind", "shorts"), KINDS, ids=["bench", "drill"])
def test_each_has_a_short_form(kind, shorts):
    there = {path.stem for path in kind.folder.glob(f"{kind.word}_*.py")}

    assert there - shorts.keys() == set()


@pytest.mark.parametrize(
    "path", [short.path for short in (BENCHES | DRILLS).values() if isinstance(short, Elsewhere)]
)
def test_the_tests_that_stand_for_one_are_there(path):
    assert (ROOT / path).exists()


def test_what_is_not_run_here_says_why():
    left = [short.why for short in (BENCHES | DRILLS).values() if isinstance(short, NotInCI)]

    assert all(left)


@pytest.mark.parametrize("word", ["bench", "drill"])
def test_the_short_forms_run_and_the_drills_keep_their_promises(word):
    environment = {name: value for name, value in os.environ.items() if name not in OURS}

    with subprocess.Popen(
        [sys.executable, "-m", "tests.short", word],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        try:
            told, _ = run.communicate(timeout=STOPPED_AFTER)
        except subprocess.TimeoutExpired:
            # It puts away its servers and folders.
            run.terminate()
            told, _ = run.communicate(timeout=GONE_WITHIN)

    assert run.returncode == 0, told
