"""The session whose life is played, its people, and what those who were answered know of it."""

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from certif.accounts.models import Role
from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from certif.lib.refusals import Refusal
from exam.enums import AttemptState, Competence
from exam.models import RESUME_RIGHT_LASTS, Attempt, Question
from sessions.enums import SessionState
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    MembershipFactory,
    UserFactory,
)
from tests.load.ledger import Ledger

MORNING = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
# So that a life of forty steps reaches its end: what is drawn is cut, nothing else is changed.
QUESTIONS = 4
MOST_SECONDS = 32_767
OPEN = {SessionState.CREATED}
UNDER_REVIEW = {SessionState.FINALISED, SessionState.IN_REVIEW}
PUBLISHED = {SessionState.PUBLISHED}

CENTRE = ["manager", "member"]
ROOM = ["invigilator", "second"]
DESK = ["officer"]
PUPILS = ["pupil", "other pupil", "third pupil"]
EVERYBODY = [*CENTRE, *ROOM, *DESK, *PUPILS, "stranger", "neighbour"]
PLACES = st.sampled_from(range(len(PUPILS)))


def mostly(*right):
    """Four times in five, somebody who may."""
    return st.sampled_from([*right * (36 // len(right)), *EVERYBODY])


@dataclass
class Place:
    """A row of the list."""

    pk: int
    identity: dict
    linked: object = None
    present: bool = False
    started: bool = False
    answered: int = 0
    begun: bool = False
    right: str = ""
    right_at: datetime | None = None
    seat: str = ""
    keys: dict = field(default_factory=dict)
    heard: datetime | None = None
    over: str = ""
    seen: bool = False
    problem: int | None = None
    pending: int = 0
    allowed: int = 0
    reason: str = ""
    jury: str = ""

    @property
    def running(self):
        return self.started and not self.over

    @property
    def unfinished(self):
        return self.started and self.over != "finished"

    def holds(self, browser):
        return bool(self.seat) and self.keys.get(browser) == self.seat

    def may_resume(self):
        return self.right == "resume" and timezone.now() <= self.right_at + RESUME_RIGHT_LASTS

    def drop_requests(self):
        self.right, self.pending, self.allowed = "", 0, 0

    def close(self, state):
        self.over, self.begun = state, False
        self.drop_requests()


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Ground(RuleBasedStateMachine):
    """Needs the bank. Everything is undone at the end of a life."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(undone())
        self.clock = self.stack.enter_context(time_machine.travel(MORNING, tick=False))
        self.people = {name: UserFactory() for name in EVERYBODY if name not in DESK}
        self.people |= {name: UserFactory(officer=True) for name in DESK}
        session = ExamSessionFactory(date=date(2026, 11, 16), start_time=time(9, 30))
        self.timed = self._timed_question()
        self.pk, self.access_code, self.password = session.pk, session.access_code, session.password
        for name, role in zip(CENTRE, (Role.MANAGER, Role.MEMBER), strict=True):
            MembershipFactory(user=self.people[name], centre=session.centre, role=role)
        MembershipFactory(user=self.people["stranger"])
        situations.InvigilatorAccessFactory(user=self.people["neighbour"])
        self.places = [self._enrolled(session, name) for name in PUPILS]
        self.since = AuditEvent.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        self.ledger, self.filled, self.presses = Ledger(), [], []
        self.watching, self.state, self.lost = set(), SessionState.CREATED, False
        self.versions, self.looked_at, self.touched = {}, None, True

    def teardown(self):
        self.stack.close()

    def _timed_question(self):
        """Of a competence that every test begins with."""
        question = Question.objects.filter(competence=Competence.values[0]).first()
        Question.objects.filter(pk=question.pk).update(time_limit=MOST_SECONDS)
        return question.pk

    def _enrolled(self, session, name):
        row = CandidateFactory(session=session, results_email=f"{name.split()[0]}@exemple.test")
        identity = {
            "birth_name": row.birth_name,
            "first_name": row.first_name,
            "birth_date": row.birth_date,
        }
        return Place(row.pk, identity)

    # --- What was asked, what was answered --------------------------------------------------------

    def does(self, act, *args, when=None, **facts):
        """Whether it was done. Lost on its way back, the answer is asked for again: the same form."""
        operation = Operation(uuid4(), "the same words")
        self.answer = self.refusal = None
        self.touched = True
        try:
            self.answer = act(*args, operation=operation, **facts)
            if not hasattr(act, "has_no_operation"):
                self.presses.append((act, args, facts | {"operation": operation}))
            if self.lost:
                act(*args, operation=operation, **facts)
        except Refusal as refusal:
            self.refusal = refusal
            return False
        finally:
            self.lost = False
        assert when is None or self.state in when, f"done while the session was {self.state}"
        type(self).done += 1
        return True

    def line(self, kind, place=None):
        self.ledger.line(kind, self.pk, place.pk if place else None)

    def facts(self):
        """All that was acknowledged and not taken back."""
        yield from self.ledger.acknowledged
        yield from self.filled
        yield from (["minutes", pk, sum_] for pk, sum_ in self.ledger.minutes.items())
        for place in self.places:
            if place.over:
                yield ["end", place.pk, place.over]
            if place.seen:
                yield ["seen", place.pk]

    # --- What each finds, as the views ask --------------------------------------------------------

    @property
    def session(self):
        return ExamSession.objects.get(pk=self.pk)

    def candidate(self, place):
        return Candidate.objects.select_related("session").get(pk=place.pk)

    def attempt(self, place):
        found = Attempt.objects.select_related("candidate__session")
        return found.filter(candidate=place.pk).first()

    def theirs(self, sessions, *, expected):
        """The session, or None for who is not to find it."""
        session = sessions.filter(pk=self.pk).first()
        assert (session is not None) == expected, "found by somebody else, or not by its own"
        return session

    def in_room(self, who):
        sessions = ExamSession.objects.for_invigilator(self.people[who])
        return self.theirs(sessions, expected=who in self.watching)

    def at_centre(self, who, *roles):
        sessions = ExamSession.objects.for_member(self.people[who], *roles)
        return self.theirs(sessions, expected=who in (CENTRE[:1] if roles else CENTRE))

    def at_desk(self, who):
        person = self.people[who]
        allowed = person.is_active and person.is_staff
        sessions = ExamSession.objects.all() if allowed else ExamSession.objects.none()
        return self.theirs(sessions, expected=who in DESK)

    def seat_of(self, who, place):
        """The candidate of this row, to its own account."""
        found = Candidate.objects.for_candidate(self.people[who]).filter(pk=place.pk)
        candidate = found.select_related("session").first()
        assert (candidate is not None) == (place.linked == who)
        return candidate

    def cut_what_was_drawn(self, place):
        prepared = Attempt.objects.filter(candidate=place.pk, state=AttemptState.PREPARED)
        for attempt in prepared:
            prepared.update(question_ids=attempt.question_ids[:QUESTIONS])

    # --- Time -------------------------------------------------------------------------------------

    def wait(self, pause):
        self.clock.shift(pause)

    def heard_lately(self, place):
        return timezone.now() - place.heard < timedelta(minutes=5)
