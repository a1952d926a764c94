"""The real server, as `./dev demo` starts it, its clients, and the processor time that requests cost."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections import namedtuple
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from django.db import connection

from tests.bench import client
from tests.bench.cores import move_to, starting_on

CLIENT_PROCESSES = 2
START_WITHIN = 60
GRANIAN = (
    "--interface wsgi --host 127.0.0.1 --blocking-threads 8 --backlog 4096 --log-level warning"
)


class Load(namedtuple("Load", "requests rate latencies web_us database_us")):
    @property
    def both_us(self):
        return self.web_us + self.database_us


@dataclass(frozen=True)
class Application:
    """What a server runs: its name, the Python that holds it, the folder it starts in, its environment."""

    name: str
    python: str | Path
    folder: Path
    environment: dict


OURS = Application(
    "certif.wsgi:application",
    sys.executable,
    Path(__file__).parents[2],
    {"DJANGO_SETTINGS_MODULE": "tests.bench.settings"},
)


class Server:
    def __init__(self, process, port):
        self.process, self.port = psutil.Process(process.pid), port

    def get(self, path, cookies):
        """One ordinary request: (headers, text)."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_WITHIN)
        try:
            asked.request("GET", path, headers={"Cookie": cookies})
            answer = asked.getresponse()
            if answer.status != 200:
                raise RuntimeError(f"{path} answers {answer.status}")
            return answer.headers, answer.read().decode()
        finally:
            asked.close()

    def request(self, path, *, method="", cookies="", body="", **headers):
        """The text of one request, for a lane."""
        method = method or ("POST" if body else "GET")
        if body:
            headers = {"Content_Type": "application/x-www-form-urlencoded"} | headers
            headers["Content_Length"] = len(body)
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if cookies:
            lines.append(f"Cookie: {cookies}")
        return "\r\n".join([*lines, "", body])

    def form(self, path, cookie):
        """What a browser holds once it has a page: (token of its forms, its cookies)."""
        headers, page = self.get(path, cookie)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        given = [each.partition(";")[0] for each in headers.get_all("Set-Cookie")]
        return token, "; ".join([cookie, *given])

    def cpu(self):
        return cpu_seconds(self.process)


class Runs(list):
    """The loads of one thing, over the repetitions."""

    def of(self, what):
        return [getattr(load, what) for load in self]

    def __str__(self):
        return (
            f"{median(self.of('rate')):.0f}/s, processor a request: web"
            f" {median(self.of('web_us')):.0f} µs, database {median(self.of('database_us')):.0f} µs"
        )


def interleave(kinds, repetitions, seconds, warm_up):
    """The loads of each kind of clients, A, B, A, B…"""
    runs = {kind: Runs() for kind in kinds}
    for clients in kinds.values():
        clients.run(warm_up)
    for _ in range(repetitions):
        for kind, clients in kinds.items():
            runs[kind].append(clients.run(seconds))
    return runs


class Clients:
    """The lanes, shared out among processes so that they are never what is measured."""

    def __init__(self, server, stack, lanes, status):
        self.server = server
        self.processes = [
            stack.enter_context(client_process()) for _ in range(min(CLIENT_PROCESSES, len(lanes)))
        ]
        for number, process in enumerate(self.processes):
            share = lanes[number :: len(self.processes)]
            job = [{"requests": requests, "status": status} for requests in share]
            self.tell(process, json.dumps({"port": server.port, "lanes": job}))

    def tell(self, process, line):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()

    def run(self, seconds):
        web, database = self.server.cpu(), database_cpu()
        for process in self.processes:
            self.tell(process, seconds)
        results = [json.loads(process.stdout.readline()) for process in self.processes]
        web, database = self.server.cpu() - web, database_cpu() - database
        if errors := [error for result in results for error in result["errors"]]:
            raise RuntimeError(f"a client failed: {errors[0]}")
        latencies = [latency for result in results for latency in result["latencies"]]
        return Load(
            requests=len(latencies),
            rate=sum(len(result["latencies"]) / result["seconds"] for result in results),
            latencies=latencies,
            web_us=web / len(latencies) * 1e6,
            database_us=database / len(latencies) * 1e6,
        )


def cpu_seconds(process):
    """Processor time of a process and its children, those that ended included."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        # One that ended meanwhile is counted by its parent from now on.
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def database():
    """The process that starts every other of PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    return psutil.Process(backend).parent()


def database_cpu():
    return cpu_seconds(database())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def stopped_at_the_end(process):
    try:
        yield process
    finally:
        process.terminate()
        process.wait(START_WITHIN)


def client_process():
    with starting_on("client"):
        process = subprocess.Popen(
            [sys.executable, client.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    return stopped_at_the_end(process)


@contextmanager
def serving(workers=1, application=OURS, port=None):
    """Yields the server, and a function that makes its clients. All are stopped at the end.

    One web process has a core of its own; several share the whole machine with everybody.
    """
    port = port or free_port()
    command = [application.python, "-m", "granian", "--port", str(port), *GRANIAN.split()]
    command += ["--workers", str(workers), application.name]
    environment = {**os.environ, **application.environment}
    if workers == 1:
        move_to("database", database())
    with ExitStack() as stack:
        with starting_on("web") if workers == 1 else nullcontext():
            process = subprocess.Popen(command, cwd=application.folder, env=environment)
        stack.enter_context(stopped_at_the_end(process))
        wait_for(process, port)
        server = Server(process, port)
        yield server, lambda lanes, status: Clients(server, stack, lanes, status)


def wait_for(process, port):
    limit = time.monotonic() + START_WITHIN
    while time.monotonic() < limit and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")
