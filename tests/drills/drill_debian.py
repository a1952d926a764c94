"""A newcomer on a bare Debian: the packages that the README names, then its two commands, on a fresh clone of HEAD."""

import os
import re
import signal
import sys
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

from tests.bench.figures import Figure
from tests.cluster.processes import free_port
from tests.drills.bare_debian import ROOT, bare_debian, ended, why_not
from tests.drills.fire import seconds_until, within

NAME = "debian"
TARGET = "exit 0"
PACKAGES = re.search(r"^apt-get install ([^#\n]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
INSTALL = f"apt-get update && apt-get install --yes {PACKAGES[1]}"
DEV = "/root/certif/dev"
ANSWERS_WITHIN, STOPS_WITHIN, TESTED_WITHIN = 180, 10, 3000
LOGIN, LOGIN_SAYS = "/connexion/", "Je me connecte"
ACCOUNT = {"login": "surveillant@exemple.test", "password": "certif-demo"}
ACCOUNT_READS = "Surveiller une session"
STOPPED_BY = "Ctrl-C stops it."
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
TESTS = ["tests/certif", "tests/e2e/test_journey.py"]
RECAP = re.compile(r"^(SQLite|PostgreSQL|Real browser|NOT RUN|UNSTEADY) *: (.+)$", re.MULTILINE)


def run():
    why = why_not()
    if why:
        yield Figure(f"NOT RUN: {why}", ok=None)
        return
    with bare_debian() as debian:
        all_ok = True
        for figure in steps(debian):
            all_ok &= bool(figure.ok)
            yield figure
        if not all_ok:
            print(f"  ! what was said is in {debian.keep_log()}", file=sys.stderr)


def steps(debian):
    seconds, is_well = debian.make()
    if not is_well:
        yield Figure("NOT RUN: debootstrap made none", ok=None)
        return
    yield Figure(
        f"{debian.version}, in {seconds:.0f} s", ok=True, name="debian, bare", target="told"
    )
    debian.furnish()
    yield verdict(debian.call("sh", "-c", INSTALL), "debian, the README’s apt-get install")
    yield from demo(debian)
    yield from tested(debian)


def verdict(end, name):
    seconds, is_well = end
    return Figure(f"{'done' if is_well else 'broke'} after {seconds:.0f} s", ok=is_well, name=name)


def demo(debian):
    port = free_port()
    visitor = Visitor(port)
    with debian.running(DEV, "demo", PORT=str(port)) as process:
        seconds = seconds_until(
            lambda: process.poll() is not None or LOGIN_SAYS in visitor.page(LOGIN),
            ANSWERS_WITHIN,
        )
        is_up = process.poll() is None
        target = f"≤ {ANSWERS_WITHIN} s"
        yield within(
            seconds if is_up else None, ANSWERS_WITHIN, "debian, ./dev demo: it answers", target
        )
        is_in = is_up and ACCOUNT_READS in visitor.logs_in(**ACCOUNT)
        yield Figure(
            ACCOUNT["login"] if is_in else "refused",
            ok=is_in,
            name="  an account of the README logs in",
            target=ACCOUNT_READS,
        )
        seconds_until(lambda: STOPPED_BY in debian.log.read_text(errors="replace"), STOPS_WITHIN)
        # Heard by everything that runs there.
        os.killpg(process.pid, signal.SIGINT)
        yield verdict(ended(process, STOPS_WITHIN), "  Ctrl-C")


def tested(debian):
    end = debian.call(DEV, "test", *TESTS, within=TESTED_WITHIN, DEV_TEST_STRICT="1")
    yield verdict(end, "debian, ./dev test, strict")
    for name, told in RECAP.findall(debian.log.read_text(errors="replace")):
        is_run = told.startswith("ran") and " 0 failed" in told
        yield Figure(told, ok=is_run or name == "UNSTEADY", name=f"  {name}", target="0 failed")


class Visitor:
    def __init__(self, port):
        self.site = f"http://127.0.0.1:{port}"
        self.browser = build_opener(ProxyHandler({}), HTTPCookieProcessor())

    def page(self, path, fields=None):
        """Empty when nobody answers, or not well."""
        sent = urlencode(fields).encode() if fields else None
        try:
            with self.browser.open(self.site + path, sent, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def logs_in(self, **fields):
        token = TOKEN.search(self.page(LOGIN))
        return self.page(LOGIN, fields | {"csrfmiddlewaretoken": token[1]}) if token else ""
