"""The list of a room, as its page keeps it: its version, its rows, who asks; and its polls."""

import asyncio
import re

from tests.load.browser import Unexpected, expect
from tests.load.wire import Cut

VERSION = re.compile(rb'data-version="(\d+)"')
ROSTER = re.compile(rb'data-roster="(\w+)"')
ASKS = re.compile(rb'id="asks" data-key="([^"]*)" data-shown="(\w*)"')
ROW = re.compile(rb'<li class="row" id="candidate-(\d+)".*?class="badge is-(\w+)"', re.DOTALL)
TO_SEE = re.compile(rb'id="seen-(\d+)" aria-pressed="false"')
AUTHORISE = re.compile(rb'id="ask-authorise-(\d+)"')

SOON = 0.1


def badges_of(page):
    """The word of each row: absent, present, running, finished…"""
    return {int(pk): badge.decode() for pk, badge in ROW.findall(page)}


class Board:
    def __init__(self, session, browser, world):
        self.browser, self.world, self.base = browser, world, f"/surveillance/{session}/"
        self.polls, self.version, self.roster, self.asks = 0, 0, "", ("", "")
        self.badges, self.asking, self.to_see = {}, set(), set()
        self.soon, self.shown, self.is_over = asyncio.Event(), asyncio.Event(), False

    async def open(self):
        page = await self.browser.get("board", self.base)
        expect(page, 200)
        self.version = int(VERSION.search(page.body)[1])
        self._show(page.body)

    def _show(self, page):
        self.badges |= badges_of(page)
        if roster := ROSTER.search(page):
            self.roster = roster[1].decode()
        if asks := ASKS.search(page):
            self.asks = (asks[1].decode(), asks[2].decode())
            self.asking = {int(pk) for pk in AUTHORISE.findall(page)}
        self.to_see |= {int(pk) for pk in TO_SEE.findall(page)}
        # Whoever waits for it is woken; nobody else.
        self.shown.set()
        self.shown.clear()

    async def row_changed(self, pk, before):
        while self.badges[pk] == before:
            await self.shown.wait()

    async def press(self, kind, address, **fields):
        """A form of the list. The page polls at once after it."""
        answer = await self.browser.post(kind, self.base + address, **fields)
        asyncio.get_running_loop().call_later(SOON, self.soon.set)
        return answer

    async def keep_polling(self):
        while not self.is_over:
            try:
                async with asyncio.timeout(self.world.draw("poll")):
                    await self.soon.wait()
            except TimeoutError:
                pass
            self.soon.clear()
            try:
                await self.poll()
            except Cut as error:
                # The page asks again at its next turn.
                self.world.log.failure("board", error)

    def stop(self):
        self.is_over = True
        self.soon.set()

    async def poll(self):
        asks_key, asks_shown = self.asks
        held = f"v={self.version}&r={self.roster}&a={asks_key}&s={asks_shown}"
        address = f"live?n={self.polls}&{held}"
        self.polls += 1
        answer = await self.browser.get("poll", self.base + address, htmx=True)
        if answer.status == 200:
            self.version = int(answer.headers["x-board-version"])
            self._show(answer.body)
        elif answer.status != 204:
            raise Unexpected(f"poll: {answer.status}")

    async def compare_with_fresh_page(self):
        await self.poll()
        page = await self.browser.get("board", self.base)
        if self.badges != badges_of(page.body):
            raise Unexpected("the list is not that of a fresh page")
