"""An invigilator's tablet: polls, ticks, authorises, adds minutes, reports, notes, sees the end screens."""

import asyncio
import re

from tests.load.board import Board, badges_of
from tests.load.browser import Unexpected, expect
from tests.load.candidate import Role

# The request that is answered, and the authorisation before: another one since is not.
SHOWN = re.compile(rb'<input type="hidden" name="(demand|known)" value="(\d*)">')


def shown_in(dialog):
    return {name.decode(): value.decode() for name, value in SHOWN.findall(dialog)}


class Tablet:
    """`rank` 0 or 1: each looks after every other candidate."""

    def __init__(self, room, rank, invigilator, world):
        self.room, self.rank, self.world, self.user = room, rank, world, invigilator["user"]
        self.browser = world.browser(invigilator["login"])
        self.board, self.answered = Board(room.session, self.browser, world), set()

    @property
    def mine(self):
        return self.room.candidates[self.rank :: 2]

    def held_of(self, pk):
        board = self.board
        return board.badges.get(pk), pk in board.asking, pk in self.answered

    async def run(self):
        try:
            await self._join()
            async with asyncio.TaskGroup() as together:
                together.create_task(self.board.keep_polling())
                await self._open_room()
                await self._walk_the_room()
                self.board.stop()
            await self.board.compare_with_fresh_page()
        except Exception as error:
            self.world.log.failure("tablet", error)

    async def _join(self):
        fields = {"number": self.room.session, "password": self.room.password}
        answer = await self.browser.post("join", "/surveillance/", htmx=False, **fields)
        expect(answer, 302)
        self.world.ledger.line("invigilator.joined", self.room.session)
        await self.board.open()

    async def _press(self, kind, candidate, address, *, dialog=True, **fields):
        """A move of the menu: its dialog, then its form, with what it holds of what was on screen."""
        if candidate:
            address = f"candidats/{candidate}/{address}"
        if dialog:
            shown = await self.browser.get("dialog", self.board.base + address, htmx=True)
            expect(shown, 200)
            fields = shown_in(shown.body) | fields
        return await self.board.press(kind, address, **fields)

    async def _open_room(self):
        if self.room.code_first and self.rank == 0:
            await self._give_code()
        for candidate in self.mine:
            await self.world.sleep("tick")
            await self._tick_as_happens(candidate)
        await self.room.all_ticked.wait()
        if not self.room.code_first and self.rank == 0:
            await self._grant_to_room()
            await self._give_code()

    async def _tick_as_happens(self, candidate):
        if candidate.role == Role.ABSENT:
            await self._tick(candidate.pk, present=True)
            await self.world.sleep("tick")
            await self._tick(candidate.pk, present=False)
            return
        # Now and then both invigilators tick the same candidate.
        other = self.room.tablets[1 - self.rank]
        hands = [self, other] if self.world.chance.random() < 0.1 else [self]
        await asyncio.gather(*(hand._press_presence(candidate.pk, True) for hand in hands))
        self._count_tick(candidate.pk, present=True)

    async def _tick(self, candidate, *, present):
        await self._press_presence(candidate, present)
        self._count_tick(candidate, present=present)

    async def _press_presence(self, candidate, present):
        fields = {"present": int(present)}
        expect(await self._press("tick", candidate, "presence", dialog=False, **fields), 200)

    def _count_tick(self, candidate, *, present):
        self.world.ledger.tick(self.room.session, candidate, present)
        self.room.tick_done(candidate, present)

    async def _give_code(self):
        expect(await self._press("code given", None, "code-donne", dialog=False), 200)
        self.world.ledger.line("code.given", self.room.session)
        self.room.code_given.set()

    async def _grant_to_room(self):
        chosen = [each.pk for each in self.room.candidates if each.role != Role.ABSENT]
        fields = {"candidates": chosen, "minutes": 5, "reason": "room", "detail": ""}
        expect(await self._press("grant to the room", None, "temps", **fields), 200)
        for pk in chosen:
            self.world.ledger.grant(self.room.session, pk, 5, "room", "", self.user)

    async def _walk_the_room(self):
        """Until the last candidate is done: who asks is answered, the rest as it comes."""
        tasks = self._tasks()
        while not self.room.is_over or tasks or self._waiting():
            await self.world.sleep("walk")
            for pk in self._waiting():
                await self._answer_to_request(pk)
            for pk in self.board.to_see & self._pks():
                await self._see_end_screen(pk)
            if tasks and (self.room.is_over or self.world.chance.random() < 0.5):
                task = tasks.pop()
                if not await task():
                    tasks.insert(0, task)

    def _pks(self):
        return {candidate.pk for candidate in self.mine}

    def _waiting(self):
        """Whoever asks to come back, on this side of the room, and has no answer yet."""
        self.answered &= self.board.asking
        return (self.board.asking - self.answered) & self._pks()

    def _tasks(self):
        """What will be done once during the test: each says whether it could be done yet."""
        tasks = [self._note]
        for candidate in self.mine:
            if candidate.role == Role.ABSENT:
                tasks.append(lambda pk=candidate.pk: self._report(pk, "C3"))
            elif candidate.role == Role.STOPPED:
                tasks.append(lambda pk=candidate.pk: self._end(pk))
        present = [each.pk for each in self.mine if each.role != Role.ABSENT]
        for code in ("A2", "C5", "E7"):
            tasks.append(lambda code=code: self._report(self.world.chance.choice(present), code))
        for _ in range(2):
            tasks.append(lambda: self._grant(self.world.chance.choice(present)))
        self.world.chance.shuffle(tasks)
        return tasks if present else [self._note]

    async def _answer_to_request(self, pk):
        self.answered.add(pk)
        minutes = self.world.chance.choice(["", 3])
        fields = {"minutes": minutes}
        expect(await self._press("authorise", pk, "reprise/autoriser", **fields), 200)
        self.world.ledger.line("resume.authorised", self.room.session, pk)
        if minutes:
            self.world.ledger.grant(self.room.session, pk, minutes, "gap", "", self.user)

    async def _see_end_screen(self, pk):
        self.board.to_see.discard(pk)
        if ["seen", pk] in self.room.seen:
            return
        self.room.seen.append(["seen", pk])
        seen = await self._press("end screen seen", pk, "ecran-de-fin", dialog=False, seen=1)
        expect(seen, 200)
        self.world.ledger.acknowledge(["seen", pk])
        self.world.ledger.line("end_screen.seen", self.room.session, pk)

    async def _grant(self, pk):
        if self.board.badges.get(pk) not in ("running", "finished", "ended"):
            return self.room.is_over
        detail = self.world.text()
        fields = {"minutes": 7, "reason": "other", "detail": detail}
        answer = await self._press("grant", pk, "temps", **fields)
        if answer.status == 200:
            self.world.ledger.grant(self.room.session, pk, 7, "other", detail, self.user)
        elif answer.status != 409:
            raise Unexpected(f"grant: {answer.status}")
        return True

    async def _report(self, pk, code):
        question = self.world.chance.randint(1, self.world.questions) if code == "E7" else ""
        if question and self.board.badges.get(pk) not in ("running", "finished", "ended"):
            return self.room.is_over
        text = self.world.text()
        fields = {"code": self.world.codes[code], "question_number": question, "description": text}
        expect(await self._press("report", pk, "signaler", **fields), 200)
        fact = ["report", pk, code, question or None, text, self.user]
        self.world.ledger.acknowledge(fact)
        self.world.ledger.line("report.written", self.room.session, pk)
        return True

    async def _note(self):
        text = self.world.text()
        expect(await self._press("note", None, "notes", text=text), 200)
        self.world.ledger.acknowledge(["note", self.room.session, text, self.user])
        self.world.ledger.line("note.written", self.room.session)
        return True

    async def _end(self, pk):
        if self.board.badges.get(pk) == "finished":
            return True
        if self.board.badges.get(pk) != "running":
            return self.room.is_over
        answer = await self._press("end", pk, "terminer")
        expect(answer, 200)
        # A test that finished meanwhile stays finished: the row says it.
        if badges_of(answer.body)[pk] == "ended":
            self.world.ledger.acknowledge(["end", pk, "ended"])
            self.world.ledger.line("attempt.ended", self.room.session, pk)
        return True
