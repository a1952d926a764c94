"""One client: its cookies, its forms, and the troubles of its network."""

import asyncio
import secrets
import uuid
from collections import Counter, defaultdict
from contextlib import suppress
from time import perf_counter
from urllib.parse import urlencode

from tests.load.wire import Cut

# As the pages do (static/js/outbox.js), which never give up: here, after twenty minutes.
TRIES, LONGEST_REST = 120, 10
# The answer is lost and the form sent again; it is cut before the answer; it is sent on two connections at once.
LOST, CUT, TWICE = "lost", "cut", "twice"
TROUBLES = [LOST, CUT, TWICE]


class Unexpected(Exception):
    pass


def expect(answer, status):
    if answer.status != status:
        raise Unexpected(f"{answer.status} instead of {status}")


class Log:
    """The time of each answer by kind of request, and what went wrong."""

    def __init__(self):
        self.latencies, self.errors, self.troubles = defaultdict(list), [], Counter()

    def note(self, kind, seconds):
        self.latencies[kind].append(seconds)

    def error(self, sentence):
        self.errors.append(sentence)

    def failure(self, who, error):
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        self.error(f"{who}: {type(error).__name__}: {error}")


class Browser:
    """`trouble`: the share of the forms that meet a trouble."""

    def __init__(self, pool, log, chance, *, cookie="", trouble=0.0):
        self.pool, self.log, self.chance, self.trouble = pool, log, chance, trouble
        self.cookies, self.paths = {"csrftoken": secrets.token_hex(16)}, {}
        if cookie:
            name, _, value = cookie.partition("=")
            self.cookies[name] = value

    async def get(self, kind, path, *, htmx=False):
        return await self._insist(kind, self.request("GET", path, htmx=htmx))

    async def post(self, kind, path, *, htmx=True, **fields):
        """The answer to a form. Whatever the network did to it, it is sent until it is answered."""
        request = self.request("POST", path, {"operation": uuid.uuid4(), **fields}, htmx=htmx)
        trouble = self.chance.random() < self.trouble and self.chance.choice(TROUBLES)
        if trouble:
            self.log.troubles[trouble] += 1
        if trouble == TWICE:
            both = await asyncio.gather(*(self._insist(kind, request) for _ in range(2)))
            answer = min(both, key=lambda each: each.status)
        else:
            if trouble:
                await self._send_unheard(request, trouble)
            answer = await self._insist(kind, request)
        answer.is_unsure = bool(trouble)
        return answer

    async def send_and_die(self, path, **fields):
        """A form whose answer nobody will ever read."""
        request = self.request("POST", path, {"operation": uuid.uuid4(), **fields})
        await self._send_unheard(request, CUT)

    async def beat(self, path):
        return await self._insist("beat", self.request("POST", path, htmx=False))

    async def _send_unheard(self, request, trouble):
        with suppress(Cut):
            if trouble == LOST:
                await self.pool.exchange(request)
            else:
                await self.pool.send_and_cut(request, after=self.chance.uniform(0, 0.02))

    async def _insist(self, kind, request):
        for tried in range(TRIES):
            began = perf_counter()
            try:
                answer = await self.pool.exchange(request)
            except Cut as error:
                self.log.error(f"{kind}: {error}")
            else:
                if answer.status < 500:
                    self.log.note(_told(kind, answer), perf_counter() - began)
                    self._keep(answer.cookies)
                    return answer
                self.log.error(f"{kind}: {answer.status}")
            await asyncio.sleep(min(2**tried / 10, LONGEST_REST))
        raise Cut(f"{kind}: no answer after {TRIES} tries")

    def _keep(self, cookies):
        for name, value, path in cookies:
            self.cookies[name], self.paths[name] = value, path

    def request(self, method, path, fields=None, *, htmx=True):
        cookies = "; ".join(
            f"{name}={value}"
            for name, value in self.cookies.items()
            if path.startswith(self.paths.get(name, "/"))
        )
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.pool.port}",
            f"Cookie: {cookies}",
        ]
        if htmx:
            lines.append("HX-Request: true")
        body = urlencode(fields or {}, doseq=True)
        if method == "POST":
            lines.append(f"X-CSRFToken: {self.cookies['csrftoken']}")
            lines.append("Content-Type: application/x-www-form-urlencoded")
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", body]).encode()


def _told(kind, answer):
    """A poll that brings something costs more than one that does not."""
    return f"{kind}, nothing new" if "poll" in kind and answer.status == 204 else kind
