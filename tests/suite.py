"""`./dev test`: the suite on SQLite, then what depends on the database on PostgreSQL, then what ran and what did not.

DEV_TEST_DATABASES=sqlite|postgres|both chooses; with DEV_TEST_STRICT=1 a run that could not happen is a failure.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from tests.pg import FORGETFUL, PostgresUnavailable, postgres, stop_on_sigterm

TESTS_FAILED, NOTHING_COLLECTED = 1, 5
# More browsers than cores: now and then one of them is starved beyond every limit.
MOST_UNSTEADY = 3
SECOND = ("-p", "tests.second_database")
ONE_PROCESS = ("-n", "--numprocesses", "-p", "--pdb", "--trace", "-s", "--capture")


@dataclass
class Run:
    name: str
    status: int | None = None
    reason: str = ""
    seconds: float = 0
    cases: list = field(default_factory=list)
    unsteady: list = field(default_factory=list)

    @property
    def failed(self):
        return self.status not in (None, 0, NOTHING_COLLECTED)

    @property
    def told(self):
        if self.status is None:
            return f"NOT RUN ({self.reason})"
        if self.status == NOTHING_COLLECTED:
            return "NOT RUN (no test selected)"
        verdict = f"FAILED (pytest exit {self.status})" if self.failed else "ran"
        return f"{verdict}, {counts(self.cases)}, {self.seconds:.0f} s"


@dataclass
class Case:
    module: str
    name: str
    outcome: str
    message: str = ""

    @property
    def in_browser(self):
        return self.module.startswith("tests.e2e.")

    @property
    def address(self):
        return f"{self.module.rstrip('.').replace('.', '/')}.py::{self.name}"


def counts(cases):
    outcomes = [case.outcome for case in cases]
    return ", ".join(f"{outcomes.count(name)} {name}" for name in ("passed", "failed", "skipped"))


def read_cases(report):
    if not report.exists():
        return []
    return [read_case(node) for node in ElementTree.parse(report).iter("testcase")]


def read_case(node):
    outcome, message = "passed", ""
    for child in node:
        if child.tag in ("failure", "error"):
            outcome = "failed"
        elif child.tag == "skipped" and outcome == "passed":
            outcome, message = "skipped", child.get("message", "")
    return Case(node.get("classname", "") + ".", node.get("name", ""), outcome, message)


def workers(arguments):
    if any(argument.startswith(ONE_PROCESS) for argument in arguments):
        return []
    # One more than there are cores, for a browser test mostly waits. Each worker migrates a database
    # of its own: beyond four that costs more than it brings. By few: the longest come first.
    return ["-n", str(min(4, (os.cpu_count() or 1) + 1)), "--maxschedchunk=8"]


@contextmanager
def sqlite():
    # Never opened: the test database is the file of TEST_SQLITE_FILE.
    yield "sqlite:///var/db.sqlite3"


def run_on(name, database, arguments):
    run = Run(name)
    print(f"\n=== {name} ===", flush=True)
    began = time.monotonic()
    try:
        with database() as url, tempfile.TemporaryDirectory(prefix="certif-test-") as folder:
            report = Path(folder, "report.xml")
            run.status = pytest(url, folder, [f"--junitxml={report}", *arguments])
            run.cases = read_cases(report)
            try_again(run, url, folder)
    except PostgresUnavailable as reason:
        run.reason = str(reason)
    run.seconds = time.monotonic() - began
    return run


def try_again(run, url, folder):
    """A few browser tests that failed among all the others get a second try, alone; it is told."""
    failed = [case for case in run.cases if case.outcome == "failed"]
    if run.status != TESTS_FAILED or len(failed) > MOST_UNSTEADY:
        return
    if not all(case.in_browser for case in failed):
        return
    print("\n=== A second try, alone ===", flush=True)
    if pytest(url, folder, [case.address for case in failed]) == 0:
        run.status, run.unsteady = 0, [case.address for case in failed]
        for case in failed:
            case.outcome = "passed"


def pytest(url, folder, arguments):
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    environment = {
        **inherited,
        "DATABASE_URL": url,
        "TEST_SQLITE_FILE": f"{folder}/test.sqlite3",
        "MEDIA_ROOT": f"{folder}/media",
    }
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def browser_told(runs):
    cases = [case for run in runs for case in run.cases if case.in_browser]
    if any(case.outcome != "skipped" for case in cases):
        return f"ran, {counts(cases)}"
    return f"NOT RUN ({cases[0].message if cases else 'no browser test selected'})"


def recap(runs):
    browser = browser_told(runs)
    print("\n=== Recap ===")
    for run in runs:
        print(f"{run.name:<12} : {run.told}")
    print(f"{'Real browser':<12} : {browser}")
    cases = [case for run in runs for case in run.cases]
    for tool in missing(cases):
        print(f"NOT RUN: {tool}")
    for run in runs:
        for address in run.unsteady:
            print(f"UNSTEADY: {address} passed at its second try only ({run.name})")
    print(counts(cases), flush=True)


def missing(cases):
    """The tools for want of which tests were skipped, each once."""
    return sorted(
        {case.message for case in cases if case.outcome == "skipped" and "missing" in case.message}
    )


def exit_status(runs):
    if any(run.failed for run in runs):
        return next(run.status for run in runs if run.failed)
    if os.environ.get("DEV_TEST_STRICT") == "1" and could_not_run(runs):
        print("DEV_TEST_STRICT: a part of the suite could not run.")
        return 1
    return 0 if any(run.status == 0 for run in runs) else NOTHING_COLLECTED


def could_not_run(runs):
    browser = [case for run in runs for case in run.cases if case.in_browser]
    skipped_browser = browser and all(case.outcome == "skipped" for case in browser)
    return skipped_browser or any(run.status is None for run in runs)


def chosen_databases():
    databases = {
        "sqlite": ("SQLite", sqlite),
        "postgres": ("PostgreSQL", partial(postgres, FORGETFUL)),
    }
    choice = os.environ.get("DEV_TEST_DATABASES", "both")
    if choice == "both":
        return databases.values()
    if choice not in databases:
        sys.exit("DEV_TEST_DATABASES is sqlite, postgres or both.")
    return [databases[choice]]


def main(arguments):
    stop_on_sigterm()
    arguments = [*workers(arguments), *arguments]
    first, *others = chosen_databases()
    runs = [run_on(*first, arguments)]
    runs += [run_on(*other, [*SECOND, *arguments]) for other in others]
    recap(runs)
    return exit_status(runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
