"""A load that does not end is a fault that can be read."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.cluster.processes import free_port
from tests.load.candidate import Candidate
from tests.load.generator import Room, World, play

SEAT = {"pk": 1, "email": "a@exemple.test", "login": "sessionid=none", "role": "ordinary"}
ROOM = {"session": 1, "password": "", "code": "", "code_first": False}


def test_a_morning_past_its_limit_says_who_waits():
    """Nobody listens there: the candidate tries again and again."""
    job = {
        "kind": "morning",
        "rooms": [ROOM | {"seats": [SEAT], "invigilators": []}],
        "codes": {},
        "port": free_port(),
        "pace": {"arrival": [0, 0]},
        "limit": 0.3,
    }

    job |= {"seed": 1, "trouble": 0, "questions": 48, "password": ""}

    # A browser of another test may hold the loop of this thread.
    with ThreadPoolExecutor(1) as thread:
        told = thread.submit(lambda: asyncio.run(play(job))).result()

    assert "not over after 0.3 s: Candidate.run > Candidate._sit > Candidate._start" in " ".join(
        told["errors"]
    )


class TickedMeanwhile(BaseHTTPRequestHandler):
    """Refuses the first press with a page that says « ready », as the tick just came; polls bring nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.presses += 1
        if self.server.presses == 1:
            self._answer(409, b'data-poll-url="/certifications/1/attente?state=ready"')
        else:
            self._answer(200, b"", **{"HX-Redirect": "/certifications/1/test/"})

    def do_GET(self):
        self._answer(204, b"")

    def _answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told):
        pass


def test_a_candidate_refused_by_a_page_whose_button_is_awake_presses_again():
    with ThreadingHTTPServer(("127.0.0.1", 0), TickedMeanwhile) as server:
        server.presses = 0
        Thread(target=server.serve_forever, daemon=True).start()
        job = {"seed": 1, "port": server.server_port, "pace": {"wait": [0, 0]}, "trouble": 0}
        world = World(job | {"codes": {}, "questions": 48, "password": ""})
        candidate = Candidate(Room(ROOM | {"seats": [], "invigilators": []}, world), SEAT, world)

        async def entered():
            try:
                async with asyncio.timeout(10):
                    await candidate._enter(world.browser(), "start")
            finally:
                world.pool.close()
                await asyncio.sleep(0)  # the connections end

        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(entered())).result()
        server.shutdown()

        assert server.presses == 2
