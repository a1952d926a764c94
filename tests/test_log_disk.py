"""A node whose log cannot be written, as on a disk that is full: nobody waits for it, and nobody sees it."""

import pytest
from django.urls import reverse

from tests.real_server import Server

SHIPPED = {"DJANGO_DEMO": "", "ALLOWED_HOSTS": "127.0.0.1", "SITE_URL": "https://127.0.0.1"}
# More than a buffer of Python holds.
REQUESTS = 60


class Logging(Server):
    """Its standard error is this file. The settings are those that are shipped: each request is a line."""

    def __init__(self, log):
        super().__init__(**SHIPPED)
        self.log = log

    def command(self):
        return ["sh", "-c", f'exec "$@" 2>{self.log}', "sh", *super().command()]


@pytest.fixture
def answered():
    """The statuses that a node answers while it writes its log there."""
    servers = []

    def ask(log):
        servers.append(server := Logging(log))
        server.start()
        return [server.ask("GET", reverse("account_login"))[0] for _ in range(REQUESTS)]

    yield ask
    for server in servers:
        server.kill()


def test_a_log_that_is_refused_changes_no_answer(answered, tmp_path):
    kept = tmp_path / "node.log"

    assert answered("/dev/full") == answered(kept)
    assert len(kept.read_text().splitlines()) >= REQUESTS
