"""The link between a web node and its database is cut: the packets are lost, and nobody says so.

The database is in a network of its own (`ip`, `unshare --net`: root is needed), behind a small relay.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from django.db import connection

from tests.bench.figures import Figure
from tests.cluster.processes import GRANIAN, Process, free_port
from tests.drills.fire import seconds_until
from tests.load.scene import log_in, make_users

NAME = "link"
TARGET = "≤ 6 s, a page that says so"
# Cut while it was asked, or before it had a connection.
SAYS_SO = {500: "a rencontré un problème", 503: "momentanément indisponible"}
NEAR, FAR, PORT = "10.213.77.1", "10.213.77.2", 5432
CLEAN_WITHIN, BACK_WITHIN = 6, 10
APART_WITHIN = 10
AT_ONCE = 8
RELAY = Path(__file__).parent / "relay.py"


class Link:
    """A pair of network cards: one here, one where the database is."""

    def __init__(self, pid):
        tag = secrets.token_hex(3)
        self.near, self.far, self.pid = f"cn{tag}", f"cf{tag}", str(pid)

    def lay(self):
        call("ip", "link", "add", self.near, "type", "veth", "peer", "name", self.far)
        call("ip", "link", "set", self.far, "netns", self.pid)
        call("ip", "addr", "add", f"{NEAR}/30", "dev", self.near)
        call("ip", "link", "set", self.near, "up")
        self.there("addr", "add", f"{FAR}/30", "dev", self.far)
        self.join()

    def there(self, *arguments):
        call("nsenter", "--target", self.pid, "--net", "ip", *arguments)

    def cut(self):
        self.there("link", "set", self.far, "down")

    def join(self):
        self.there("link", "set", self.far, "up")


def call(*command):
    subprocess.run(command, check=True, capture_output=True)


def network_of(process):
    return os.readlink(f"/proc/{process}/ns/net")


@contextmanager
def far_database():
    """The address of the drill's database through the link, and the link."""
    parameters = connection.get_connection_params()
    socket = f"{parameters['host']}/.s.PGSQL.5432"
    command = ["unshare", "--net", sys.executable, str(RELAY), str(PORT), socket]
    relay = subprocess.Popen(command)
    try:
        if seconds_until(lambda: network_of(relay.pid) != network_of("self"), APART_WITHIN) is None:
            raise RuntimeError("the relay has no network of its own")
        link = Link(relay.pid)
        link.lay()
        yield f"postgresql://postgres@{FAR}:{PORT}/{parameters['dbname']}", link
    finally:
        # The cards go with the network of the last process that lived in it.
        relay.terminate()
        relay.wait()


@contextmanager
def node_on(url):
    with tempfile.TemporaryDirectory(prefix="certif-link-") as folder:
        port = free_port()
        options = ["--port", str(port), "--log-level", "warning", "certif.wsgi:application"]
        command = [sys.executable, "-m", "granian", *GRANIAN.split(), *options]
        node = Process("web", Path(folder), command, {**os.environ, "DATABASE_URL": url}, port)
        node.start()
        try:
            node.wait_until_ready()
            yield node
        finally:
            node.stop()


def ask(node, cookie):
    """The seconds, the status and the page of one person's request."""
    began = time.monotonic()
    link = HTTPConnection("127.0.0.1", node.port, timeout=60)
    try:
        link.request("GET", "/accueil/", headers={"Cookie": cookie})
        answer = link.getresponse()
        status, page = answer.status, answer.read().decode()
    except (OSError, HTTPException) as error:
        status, page = 0, str(error)
    finally:
        link.close()
    return time.monotonic() - began, status, page


def run():
    if os.geteuid() != 0:
        yield Figure("NOT RUN: it needs root", ok=False)
        return
    (cookie,) = log_in(make_users(1))
    with far_database() as (url, link), node_on(url) as node:
        with ThreadPoolExecutor(AT_ONCE) as people:

            def all_at_once():
                return list(people.map(lambda _: ask(node, cookie), range(AT_ONCE)))

            all_at_once()
            link.cut()
            yield from cut_figures("the first requests", all_at_once())
            yield from cut_figures("those that come later", all_at_once())
            link.join()
        back = seconds_until(lambda: ask(node, cookie)[1] in (200, 302), BACK_WITHIN)
        told = "never" if back is None else f"{back:.1f} s"
        yield Figure(told, ok=back is not None, name="link, back after", target="≤ 10 s")


def cut_figures(who, answers):
    slowest = max(seconds for seconds, _status, _page in answers)
    clean = all(status in SAYS_SO and SAYS_SO[status] in page for _s, status, page in answers)
    statuses = ", ".join(sorted({str(status) for _s, status, _p in answers}))
    yield Figure(
        f"{slowest:.1f} s, {statuses}", ok=clean and slowest <= CLEAN_WITHIN, name=f"link, {who}"
    )
