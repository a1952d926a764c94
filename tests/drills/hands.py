"""One room, and the moves of its people one by one, on the node that the drill chooses."""

import asyncio
import random
import re
import socket
from contextlib import closing
from uuid import uuid4

from tests.load.browser import Browser, Log
from tests.load.candidate import NUMBER, QUESTION
from tests.load.scene import enrol, ensure_bank, log_in, make_sessions, make_users
from tests.load.wire import Answer, Pool

ANSWERED_WITHIN = 60
HEAD = re.compile(rb"HTTP/1\.1 \d{3} [^\r]*\r\n")


class Hand:
    """A person with a browser: what is pressed goes to a port, and may be pressed again."""

    def __init__(self, login):
        self.browser = Browser(Pool(0), Log(), random.Random(1), cookie=login)

    def sent(self, path, **fields):
        """A press, as the bytes that a browser sends: the same again is the same operation."""
        return self.browser.request("POST", path, {"operation": uuid4(), **fields})

    def press(self, port, path, **fields):
        return self.ask(port, self.sent(path, **fields))

    def look(self, port, path):
        return self.ask(port, self.browser.request("GET", path, htmx=False))

    def ask(self, port, request):
        answer = asyncio.run(self._ask(port, request))
        for name, value, path in answer.cookies:
            self.browser.cookies[name], self.browser.paths[name] = value, path
        return answer

    async def _ask(self, port, request):
        pool = Pool(port)
        try:
            return await pool.exchange(request)
        finally:
            pool.close()


class Held:
    """A request that a node was given, and whose answer is waited for later."""

    def __init__(self, port, request):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWERED_WITHIN)
        self.socket.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))

    def answer(self):
        """The status; 0 when the node only hung up. Raises TimeoutError."""
        with closing(self.socket):
            said = b""
            while part := self.socket.recv(65536):
                said += part
        return Answer(said.partition(b"\r\n\r\n")[0], b"").status if HEAD.match(said) else 0


class OneRoom:
    """A session of today, a tablet in its room, and candidates who may start."""

    def __init__(self, port, candidates=2):
        ensure_bank()
        (self.session,) = make_sessions(1)
        users = make_users(candidates + 1)
        self.candidates = enrol(self.session, users[1:])
        tablet, *people = (Hand(login) for login in log_in(users))
        self.tablet, self.people = tablet, people
        fields = {"number": self.session.pk, "password": self.session.password}
        tablet.press(port, "/surveillance/", **fields)

    def row(self, candidate, move):
        return f"/surveillance/{self.session.pk}/candidats/{candidate.pk}/{move}"

    def start(self, port, rank):
        """Ticked, and the code entered."""
        candidate, person = self.candidates[rank], self.people[rank]
        self.tablet.press(port, self.row(candidate, "presence"), present=1)
        self.tablet.press(port, f"/surveillance/{self.session.pk}/code-donne")
        base = f"/certifications/{candidate.pk}"
        person.press(port, f"{base}/code/", code=self.session.access_code)

    def answer_of(self, port, rank):
        """The press that answers the question on the page, « I pass »."""
        base, person = f"/certifications/{self.candidates[rank].pk}/test/", self.people[rank]
        page = person.look(port, base).body
        number, question = (int(each.search(page)[1]) for each in (NUMBER, QUESTION))
        return person.sent(f"{base}reponse", number=number, question=question, passed="1")
