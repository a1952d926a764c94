"""Keep-alive connections, shared by the clients of a process as a proxy in front would share them."""

import asyncio

TIMEOUT = 30


class Cut(Exception):
    """The connection ended, or the time was up, before the whole answer was there."""


class Answer:
    """`is_unsure`: the same form was sent before, and what became of it nobody heard."""

    __slots__ = ("body", "cookies", "headers", "is_unsure", "status")

    def __init__(self, head, body):
        self.status, self.body, self.is_unsure = int(head[9:12]), body, False
        self.headers, self.cookies = {}, []
        for line in head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            if name == "set-cookie":
                self.cookies.append(cookie_of(value))
            else:
                self.headers[name] = value


def cookie_of(text):
    """(name, value, path)"""
    said, *attributes = (part.strip() for part in text.split(";"))
    name, _, value = said.partition("=")
    paths = (each[len("path=") :] for each in attributes if each.lower().startswith("path="))
    return name, value, next(paths, "/")


class Link(asyncio.Protocol):
    """One connection: a request, then its whole answer."""

    def __init__(self):
        self.received, self.answered, self.is_lost = bytearray(), None, False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        if self.answered and not self.answered.done() and (answer := self._whole()):
            self.answered.set_result(answer)

    def connection_lost(self, error):
        self.is_lost = True
        if self.answered and not self.answered.done():
            self.answered.set_exception(Cut("the connection was closed"))

    def _whole(self):
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        answer = Answer(bytes(self.received[:end]), b"")
        missing = int(answer.headers.get("content-length", 0)) - (len(self.received) - end - 4)
        if missing > 0:
            return None
        answer.body = bytes(self.received[end + 4 :])
        return answer

    async def exchange(self, request):
        """Raises Cut."""
        self.received.clear()
        if self.is_lost:
            raise Cut("the connection was closed")
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answered


class Pool:
    def __init__(self, port):
        self.port, self.idle = port, []

    async def exchange(self, request):
        """Raises Cut."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._exchange(request)
        except TimeoutError as error:
            raise Cut(f"no answer within {TIMEOUT} s") from error
        except OSError as error:
            raise Cut(str(error)) from error

    async def _exchange(self, request):
        """On a kept connection; a server may close one that rests, and the request then takes another."""
        while self.idle:
            link = self.idle.pop()
            try:
                return await self._ask(link, request)
            except Cut:
                if link.received:
                    raise
        return await self._ask(await self._open(), request)

    async def _ask(self, link, request):
        try:
            answer = await link.exchange(request)
        except BaseException:
            link.transport.abort()
            raise
        self.idle.append(link)
        return answer

    async def send_and_cut(self, request, after):
        """The request leaves, and the connection is closed before its answer is read."""
        link = await self._open()
        link.transport.write(request)
        await asyncio.sleep(after)
        link.transport.abort()

    async def _open(self):
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Link, "127.0.0.1", self.port))[1]

    def close(self):
        for link in self.idle:
            link.transport.abort()
