"""deploy/nginx.conf and its template, on a real nginx in front of nodes that say yes to everything."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

ENTRANCE = ["/inscription/", "/connexion/", "/mot-de-passe/oublie/"]
SCHOOL, ELSEWHERE = "192.0.2.1", "192.0.2.2"
AT_ONCE = 20
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Cache-Control": "no-store",
}


class Node(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *arguments):
        pass


@contextmanager
def listening(port):
    server = ThreadingHTTPServer(("127.0.0.1", port), Node)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


@pytest.fixture
def nodes(cluster):
    with ExitStack() as stack:
        for node in cluster.nodes:
            stack.enter_context(listening(node.port))
        yield stack


@pytest.fixture
def proxy(cluster, nodes):
    cluster.proxy.start()
    try:
        cluster.proxy.wait_until_ready("/")
        yield cluster.proxy
    finally:
        cluster.proxy.stop()


def answers(proxy, requests, address=SCHOOL, **headers):
    """One connection asks for each in turn, until it is refused: its last answer, and how many had
    which status."""
    said = {"X-Forwarded-For": address, "X-Forwarded-Proto": "https", **headers}
    link, statuses = HTTPConnection("127.0.0.1", proxy.port, timeout=10), Counter()
    for method, path in requests:
        link.request(method, path, headers=said)
        answer = link.getresponse()
        page = answer.read().decode()
        statuses[answer.status] += 1
        if answer.status == 429:
            break
    link.close()
    return answer, page, statuses


def crowd(proxy, requests):
    """All of them from one address, twenty at a time."""
    shares = [requests[first::AT_ONCE] for first in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as hands:
        told = hands.map(lambda share: answers(proxy, share)[2], shares)
        return sum(told, Counter())


def test_a_class_of_200_behind_one_address_signs_up_and_logs_in_at_once(proxy):
    forms = [("POST", "/inscription/"), ("POST", "/connexion/")] * 200

    assert crowd(proxy, forms) == {200: 400}


@pytest.mark.parametrize("path", ENTRANCE)
def test_one_address_that_never_stops_is_told_to_wait(proxy, path):
    told = crowd(proxy, [("POST", path)] * 1400)

    assert set(told) == {200, 429}
    assert told[200] > 1000


def test_whoever_comes_from_elsewhere_or_only_reads_waits_for_nobody(proxy):
    assert 429 in crowd(proxy, [("POST", "/connexion/")] * 1400)

    assert answers(proxy, [("GET", "/connexion/")])[0].status == 200
    assert answers(proxy, [("POST", "/surveillance/1/")])[0].status == 200
    assert answers(proxy, [("POST", "/connexion/")], ELSEWHERE)[0].status == 200


def lacking(answer):
    return {name for name, value in HEADERS.items() if answer.headers.get(name) != value}


def test_the_page_that_asks_to_wait_is_ours(proxy):
    answer, page, _ = answers(proxy, [("POST", "/connexion/")] * 5000)

    assert answer.headers["Retry-After"] == "10"
    assert "Trop de demandes" in page
    assert lacking(answer) == set()


def test_the_page_of_a_file_too_large_is_ours(proxy):
    answer, page, _ = answers(proxy, [("POST", "/")], **{"Content-Length": "13000000"})

    assert answer.status == 413
    assert "Fichier trop lourd" in page
    assert lacking(answer) == set()


def test_the_page_of_a_service_away_is_ours(proxy, nodes):
    nodes.close()

    answer, page, _ = answers(proxy, [("GET", "/")])

    assert answer.status == 503
    assert "ne répond pas" in page
    assert lacking(answer) == set()
