"""A candidate: waits for his tick, enters the code, answers, is cut off, comes back on another machine."""

import asyncio
import re
from enum import StrEnum
from time import monotonic

from tests.load.browser import Unexpected, expect
from tests.load.wire import Cut

NUMBER = re.compile(rb'name="number" value="(\d+)"')
QUESTION = re.compile(rb'name="question" value="(\d+)"')
CHOICES = re.compile(rb'<input type="(radio|checkbox)" name="value"')
CERTIFICATION = re.compile(rb'<b class="code">(\d+)</b>')
TO_BEGIN = b'id="begin"'
POLL = re.compile(rb'data-poll-url="([^"]+state=([\w-]+))"')
LOGIN = "/connexion/"
PASSES = 0.05


class Role(StrEnum):
    ORDINARY = "ordinary"
    ABSENT = "absent"
    STOPPED = "stopped by the invigilator"
    CUT = "cut off, comes back"
    CUT_UNHEARD = "cut off while he sends an answer, comes back"
    LEAVES = "leaves for good"
    MISTYPES = "mistypes the code"


class Stopped(Exception):
    """The invigilator ended the test."""


class Candidate:
    def __init__(self, room, seat, world):
        self.room, self.world, self.role = room, world, Role(seat["role"])
        self.pk, self.email, self.login = seat["pk"], seat["email"], seat["login"]
        base = f"/certifications/{self.pk}"
        self.code_page, self.test_page = f"{base}/code/", f"{base}/test/"
        self.page, self.number, self.beat_at = b"", 0, 0
        self.waits_as = ""

    async def run(self):
        if self.role == Role.ABSENT:
            return
        try:
            await self._sit()
        except Stopped:
            pass
        except Exception as error:
            self.world.log.failure(f"candidate ({self.role})", error)

    async def _sit(self):
        browser = self.world.browser(self.login)
        await self._start(browser)
        if self.role in (Role.CUT, Role.CUT_UNHEARD, Role.LEAVES):
            last = self.world.chance.randint(3, self.world.questions - 3)
            await self._answer_to(last, browser)
            if self.role == Role.LEAVES:
                return
            browser = await self._come_back(browser)
        await self._answer_to(self.world.questions, browser)

    # --- The door ---------------------------------------------------------------------------------

    async def _start(self, browser):
        await browser.get("code page", self.code_page)
        await self.room.code_given.wait()
        await self._think()
        if self.role == Role.MISTYPES:
            answer = await browser.post("wrong code", self.code_page, code="ZZZZ99")
            expect(answer, 422)
        await self._enter(browser, "start")
        number = await self._read(browser)
        self.world.ledger.acknowledge(["start", self.pk, number])
        self.world.ledger.line("attempt.started", self.room.session, self.pk)

    async def _enter(self, browser, kind):
        """The code, and the wait for whoever must tick or authorise; « asked » says that he waited for it."""
        asked = False
        while True:
            answer = await browser.post(kind, self.code_page, code=self.room.code)
            if "hx-redirect" in answer.headers:
                self.waits_as = ""
                return asked or answer.is_unsure
            expect(answer, 409)
            address, state = POLL.search(answer.body).groups()
            self.waits_as = state.decode()
            asked = asked or state == b"asked"
            # Ticked or authorised between the refusal and its page: the button is awake already.
            if state not in (b"ready", b"granted"):
                await self._wait(browser, address.decode())

    async def _wait(self, browser, address):
        while True:
            await self.world.sleep("wait")
            answer = await browser.get("waiting poll", address, htmx=True)
            if answer.status == 409:
                raise Stopped
            if answer.status == 200:
                return
            expect(answer, 204)

    # --- The test ---------------------------------------------------------------------------------

    async def _read(self, browser):
        """The page of the test, as it is now; gives the certification number."""
        answer = await browser.get("question page", self.test_page)
        expect(answer, 200)
        self._show(answer.body)
        self.beat_at = self.beat_at or monotonic() + self.world.draw("beat") / 3
        return int(CERTIFICATION.search(answer.body)[1])

    def _show(self, page):
        self.page, self.number = page, int(NUMBER.search(page)[1])

    async def _answer_to(self, last, browser):
        while self.number and self.number <= last:
            await self._think(browser)
            await self._begin(browser)
            await self._answer(browser)

    async def _begin(self, browser):
        """A timed question waits for a press."""
        if TO_BEGIN not in self.page:
            return
        number, question = self.number, int(QUESTION.search(self.page)[1])
        answer = await browser.post(
            "begin", f"{self.test_page}commencer", number=number, question=question
        )
        if "hx-redirect" in answer.headers:
            raise Stopped
        expect(answer, 200)
        self._show(answer.body)
        if TO_BEGIN in self.page or self.number != number:
            raise Unexpected(f"question {self.number} instead of {number}, which was begun")

    def _choose(self):
        """What he puts in the form, and the fact it makes."""
        chance, question = self.world.chance, int(QUESTION.search(self.page)[1])
        fields = {"number": self.number, "question": question}
        kinds = CHOICES.findall(self.page)
        if chance.random() < PASSES:
            return {**fields, "passed": "1"}, self._fact(question, None)
        if not kinds:
            value = str(chance.randint(1, 9999))
        elif kinds[0] == b"radio":
            value = [chance.randrange(len(kinds))]
        else:
            value = sorted(chance.sample(range(len(kinds)), chance.randint(1, len(kinds))))
        return {**fields, "value": value}, self._fact(question, value)

    def _fact(self, question, value):
        return ["answer", self.pk, self.number, question, value]

    async def _answer(self, browser):
        ledger, number = self.world.ledger, self.number
        fields, fact = self._choose()
        try:
            answer = await browser.post("answer", f"{self.test_page}reponse", **fields)
        except Cut:
            ledger.doubt(fact)
            raise
        if "hx-redirect" in answer.headers:
            await self._end(browser, fact, answer)
            return
        expect(answer, 200)
        self._show(answer.body)
        ledger.acknowledge(fact)
        if self.number != number + 1:
            raise Unexpected(f"question {self.number} after {number}")

    async def _end(self, browser, fact, answer):
        ledger, page = self.world.ledger, await browser.get("end page", self.test_page)
        expect(page, 200)
        if b"end-page stopped" in page.body:
            if answer.status == 200:
                ledger.acknowledge(fact)
            elif answer.is_unsure or self.world.is_repeated:
                # Refused, unless an earlier sending came in time.
                ledger.doubt(fact)
            raise Stopped
        ledger.acknowledge(fact, ["end", self.pk, "finished"])
        ledger.line("attempt.finished", self.room.session, self.pk)
        self.number = 0

    async def _think(self, browser=None):
        """The time to read a question; the page beats meanwhile."""
        until = monotonic() + self.world.draw("think")
        while browser and self.beat_at < until:
            await asyncio.sleep(max(0, self.beat_at - monotonic()))
            self.beat_at = monotonic() + self.world.draw("beat")
            answer = await browser.beat(f"{self.test_page}signe")
            if answer.status not in (204, 409):
                raise Unexpected(f"beat: {answer.status}")
        await asyncio.sleep(max(0, until - monotonic()))

    # --- Another machine --------------------------------------------------------------------------

    async def _come_back(self, former):
        """Another machine: nothing of the former one but the address and the password."""
        await self._begin(former)
        ledger, number = self.world.ledger, self.number
        fields, fact = self._choose()
        if self.role == Role.CUT_UNHEARD:
            await former.send_and_die(f"{self.test_page}reponse", **fields)
        await self.world.sleep("away")
        browser = self.world.browser()
        await self._log_in(browser)
        await browser.get("code page", self.code_page)
        asked = await self._enter(browser, "resume")
        if asked:
            ledger.line("attempt.resume_asked", self.room.session, self.pk)
        ledger.acknowledge(["resume", self.pk])
        ledger.line("attempt.resumed", self.room.session, self.pk)
        await self._read(browser)
        if self.role == Role.CUT_UNHEARD and self.number == number + 1:
            ledger.acknowledge(fact)
        elif self.number != number:
            raise Unexpected(f"question {self.number} after {number} was left")
        await self._refuse_former(former)
        return browser

    async def _log_in(self, browser):
        await browser.get("login page", LOGIN)
        fields = {"login": self.email, "password": self.world.password}
        expect(await browser.post("login", LOGIN, htmx=False, **fields), 302)

    async def _refuse_former(self, former):
        """The page left open on the first machine keeps nothing any more."""
        fields, _fact = self._choose()
        answer = await former.post(
            "answer from a former page", f"{self.test_page}reponse", **fields
        )
        page = await former.get("former page", self.test_page)
        if (answer.status, page.status) != (409, 409):
            raise Unexpected(f"{answer.status}, {page.status} instead of 409 on a former page")
