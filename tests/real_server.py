"""The server as deployed, on the database of the test: what Django's live test server never runs."""

import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection, HTTPException

import psutil
import pytest
from django.conf import settings
from django.urls import reverse

from tests.beside import environment

READY_WITHIN = 90
GONE_WITHIN = 5


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, application="certif.wsgi:application", **environment):
        self.port = free_port()
        self.application, self.environment = application, environment
        self.process = None

    def start(self):
        self.launch()
        self.wait_until_it_answers()

    def command(self):
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]
        threads = ["--workers", "1", "--blocking-threads", "4", "--log-level", "critical"]
        return [sys.executable, "-m", "granian", *options, *threads, self.application]

    def launch(self):
        self.process = subprocess.Popen(
            self.command(),
            cwd=settings.BASE_DIR,
            env={**environment(), **self.environment},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait_until_it_answers(self):
        for _ in range(READY_WITHIN * 10):
            try:
                if self.ask("GET", reverse("healthz"))[0] == 200:
                    return
            except (OSError, HTTPException):
                pass
            try:
                self.process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        pytest.fail("the server did not start")

    def ask(self, method, path, *, body=None, headers=None):
        """(status, headers)"""
        link = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            link.request(method, path, body=body, headers=headers or {})
            response = link.getresponse()
            response.read()
            return response.status, response.headers
        finally:
            link.close()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=GONE_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """Every process of it, at once, without a word. Then nothing of it holds the database."""
        if self.process.poll() is not None:
            return
        workers = psutil.Process(self.process.pid).children(recursive=True)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        psutil.wait_procs(workers, timeout=GONE_WITHIN)
