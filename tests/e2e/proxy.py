"""A network in front of the server of a test: it loses, cuts, hangs, delays and throttles what goes through it."""

import random
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager
from enum import StrEnum, auto
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import brotli

SLICE = 1250  # bytes, sent at once on a slow line
LONGEST_HANG = 60
PACKED = (".css", ".js", ".svg")
OF_THE_LINK = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Fault(StrEnum):
    NONE = auto()
    UNSENT = auto()  # the request never reaches the server
    LOST = auto()  # the server does it, its answer never comes back
    CUT = auto()  # the answer stops in its middle
    HUNG = auto()  # the server does it, and nothing comes, not even an end


class Network:
    """`faults` says how often each one strikes the requests that `strikes` accepts; `down`, all of them."""

    def __init__(self, server_url, *, seed=None):
        self.seed = random.randrange(10**6) if seed is None else seed
        print(f"network seed: {self.seed}")
        self.server = urlsplit(server_url)
        self.faults = {}
        self.strikes = lambda method, path: not path.startswith("/static/")
        self.down = False
        self.next = []  # what strikes the next ones, first
        self.latency, self.bits_per_second = 0, None
        # Over a connection kept open, Chromium itself asks again what was lost: here the page does.
        self.keeps_open = False
        self.compresses = False  # what is static, as whitenoise serves it
        self.seen, self.received = Counter(), Counter()
        self.links = set()
        self._chance, self._lock, self._line = (
            random.Random(self.seed),
            threading.Lock(),
            threading.Lock(),
        )

    def fault_of(self, method, path):
        with self._lock:
            fault = self._draw(method, path)
            self.seen[method, fault] += 1
            return fault

    def _draw(self, method, path):
        if self.down:
            return Fault.UNSENT
        if not self.strikes(method, path):
            return Fault.NONE
        if self.next:
            return self.next.pop(0)
        kinds = [*self.faults, Fault.NONE]
        weights = [*self.faults.values(), 1 - sum(self.faults.values())]
        return self._chance.choices(kinds, weights)[0]

    def hang_up(self):
        """Whatever is being said stops there."""
        for link in list(self.links):
            link.shutdown(socket.SHUT_RDWR)

    def struck(self, fault, method="POST"):
        return self.seen[method, fault]

    def ask_server(self, method, path, headers, body):
        link = HTTPConnection(self.server.hostname, self.server.port, timeout=LONGEST_HANG)
        try:
            link.request(method, path, body=body, headers=headers)
            answer = link.getresponse()
            return answer.status, *self.packed(path, answer.getheaders(), answer.read())
        finally:
            link.close()

    def packed(self, path, headers, content):
        if not (self.compresses and path.startswith("/static/") and path.endswith(PACKED)):
            return headers, content
        return [*headers, ("Content-Encoding", "br")], brotli.compress(content)

    def send(self, path, write, content):
        """On one line, shared by all that goes through it."""
        self.received[path] += len(content)
        if self.bits_per_second is None:
            write(content)
            return
        for start in range(0, len(content), SLICE):
            part = content[start : start + SLICE]
            with self._line:
                # The slowness of the line itself, which the page meets: no test waits by it.
                time.sleep(len(part) * 8 / self.bits_per_second)
            write(part)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def setup(self):
        super().setup()
        self.server.network.links.add(self.connection)

    def finish(self):
        self.server.network.links.discard(self.connection)
        super().finish()

    def pass_on(self):
        network = self.server.network
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        fault = network.fault_of(self.command, self.path)
        self.close_connection = not network.keeps_open
        if fault == Fault.UNSENT:
            return
        time.sleep(network.latency)
        headers = {name: value for name, value in self.headers.items() if name != "Connection"}
        status, kept, content = network.ask_server(self.command, self.path, headers, body)
        if fault == Fault.HUNG:
            self.connection.settimeout(LONGEST_HANG)
            self.connection.recv(1)
        elif fault != Fault.LOST:
            sent = content[: len(content) // 2] if fault == Fault.CUT else content
            self.answer(network, status, kept, len(content), sent)

    do_GET = do_POST = do_HEAD = pass_on

    def answer(self, network, status, headers, length, sent):
        lines = [f"HTTP/1.1 {status} "]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in OF_THE_LINK]
        if status not in (204, 304):
            lines.append(f"Content-Length: {length}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        network.send(urlsplit(self.path).path, self.wfile.write, head + sent)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A browser that goes away, or a server that stops, is the end of a test."""


@contextmanager
def network_before(server_url, *, seed=None):
    network = Network(server_url, seed=seed)
    server = _Server(("localhost", 0), _Handler)
    server.network = network
    network.url = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield network
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
