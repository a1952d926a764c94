"""deploy/nginx.conf and its template, on a real nginx in front of nodes that say yes to everything."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, create_connection
from threading import Event, Thread
from time import monotonic

import pytest

from tests.drills.fire import seconds_until

ASK = "Des questions\u00a0? certif@pix.fr"
ENTRANCE = ["/inscription/", "/connexion/", "/mot-de-passe/oublie/"]
SCHOOL, ELSEWHERE = "192.0.2.1", "192.0.2.2"
AT_ONCE = 20
WAIT = 60
# Of each node (`max_conns`).
MOST = 256
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Cache-Control": "no-store",
}


class Node(BaseHTTPRequestHandler):
    """`?meurt`: it takes the request and dies of it, the first time. `?dort`: it answers when it is woken."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.command, self.path))
        if self.path.endswith("?meurt") and self.path not in self.server.died_of:
            self.server.died_of.append(self.path)
            self.close_connection = True
            self.connection.shutdown(SHUT_RDWR)
            return
        if self.path.endswith("?dort"):
            self.server.woken.wait(WAIT)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *arguments):
        pass


class Listening(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 1024

    def __init__(self, port):
        super().__init__(("127.0.0.1", port), Node)
        self.asked, self.woken = [], Event()
        Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.woken.set()
        self.shutdown()
        self.server_close()


@pytest.fixture
def nodes(cluster):
    nodes, died_of = [Listening(node.port) for node in cluster.nodes], []
    for node in nodes:
        node.died_of = died_of
    yield nodes
    for node in nodes:
        node.stop()


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
    assert ASK in page
    assert lacking(answer) == set()


def test_the_page_of_a_file_too_large_is_ours(proxy):
    answer, page, _ = answers(proxy, [("POST", "/")], **{"Content-Length": "13000000"})

    assert answer.status == 413
    assert "Fichier trop lourd" in page
    assert ASK in page
    assert lacking(answer) == set()


def test_the_page_of_a_service_away_is_ours(proxy, nodes):
    for node in nodes:
        node.stop()

    answer, page, _ = answers(proxy, [("GET", "/")])

    assert answer.status == 503
    assert "ne répond pas" in page
    assert ASK in page
    assert lacking(answer) == set()


# --- A node that dies, or has too much ------------------------------------------------------------


def asked(nodes, path):
    return sum(path in {path for _method, path in node.asked} for node in nodes)


def asleep(nodes):
    return sum(path.endswith("?dort") for node in nodes for _method, path in node.asked)


def test_nobody_sees_that_a_node_is_dead(proxy, nodes):
    nodes[0].stop()

    asked_for = [("GET", "/"), ("POST", "/sessions/1/"), ("POST", "/surveillance/1/")] * 20

    assert crowd(proxy, asked_for) == {200: 60}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/sessions/1/"),
        ("POST", "/surveillance/1/"),
        ("POST", "/certifications/1/"),
    ],
)
def test_what_a_node_died_of_is_asked_of_the_other_when_it_may_be_done_twice(
    proxy, nodes, method, path
):
    path += "?meurt"

    assert answers(proxy, [(method, path)])[0].status == 200
    assert asked(nodes, path) == 2


def test_what_may_not_be_done_twice_is_asked_once(proxy, nodes):
    path = "/connexion/?meurt"

    assert answers(proxy, [("POST", path)])[0].status == 503
    assert asked(nodes, path) == 1


def test_whoever_comes_beyond_what_the_nodes_can_take_is_told_at_once(proxy, nodes):
    with ThreadPoolExecutor(2 * MOST) as hands:
        before = [hands.submit(answers, proxy, [("GET", f"/{n}?dort")]) for n in range(2 * MOST)]
        assert seconds_until(lambda: asleep(nodes) == 2 * MOST, WAIT)

        refused, _, _ = answers(proxy, [("GET", "/")])
        assert not any(each.done() for each in before)
        for node in nodes:
            node.woken.set()
        statuses = Counter(each.result()[0].status for each in before)

    assert refused.status == 503
    assert statuses == {200: 2 * MOST}
    assert answers(proxy, [("GET", "/")])[0].status == 200


# --- Requests that no browser makes ---------------------------------------------------------------


def said_to(proxy, request):
    """Until nginx hangs up."""
    with create_connection(("127.0.0.1", proxy.port), timeout=WAIT) as link:
        link.sendall(request)
        return b"".join(iter(lambda: link.recv(65536), b""))


def test_a_request_of_two_lengths_reaches_no_node(proxy, nodes):
    """Two servers that read it differently would see two requests."""
    split = (
        b"POST /split HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"
    )

    assert said_to(proxy, split).startswith(b"HTTP/1.1 400 ")
    assert asked(nodes, "/split") == 0


def test_headers_that_never_end_are_hung_up_on(proxy):
    began = monotonic()

    assert b" 200 " not in said_to(proxy, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    # `client_header_timeout`; nginx’s own is 60 s.
    assert monotonic() - began < 30


def test_headers_too_long_are_refused(proxy):
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n"

    assert said_to(proxy, head).startswith(b"HTTP/1.1 400 ")
