"""The room's clock: when the tests end, for how many, and what is said before (domain.md § 5)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exam.clock import allotted, deadline
from invigilation.rows import epoch_ms, hour

MINUTE = timedelta(minutes=1)
SCRIPT_BEFORE = timedelta(minutes=5)
CODE_GIVEN_WITHIN = timedelta(hours=4)
NAMED_ENDS = 2
SHOWN_NAMES = 3


@dataclass(slots=True)
class End:
    """One end, to the minute: those whose own it is."""

    at: datetime
    hour: str
    people: list = field(default_factory=list)

    @property
    def key(self):
        return epoch_ms(self.at)

    @property
    def past_at(self):
        """Once a clock shows the minute after it."""
        return self.at + MINUTE

    @property
    def words(self):
        count = len(self.people)
        if not count:
            return ""
        said = ngettext("pour %(n)s candidat", "pour %(n)s candidats", count) % {"n": count}
        return f"{said} {self._why}".strip()

    @property
    def _why(self):
        """Why these end apart, when one reason is that of all."""
        if all(person.extra_time_percent for person in self.people):
            return _("à temps majoré")
        if all(person.granted_minutes for person in self.people):
            return _("avec du temps ajouté")
        return ""


@dataclass(frozen=True)
class Script:
    """What is said once before ends that follow each other within a few minutes."""

    ends: tuple
    is_room: bool
    now: datetime

    @property
    def key(self):
        return self.ends[0].key

    @property
    def since(self):
        return epoch_ms(self.ends[0].at - SCRIPT_BEFORE)

    @property
    def until(self):
        return self.ends[-1].key

    @property
    def is_due(self):
        return self.ends[0].at - SCRIPT_BEFORE <= self.now

    @property
    def is_to_come(self):
        return any(end.people for end in self.ends) and self.ends[-1].at > self.now

    @property
    def last(self):
        """The hour of the last end, when it is not that of the first."""
        return self.ends[-1].hour if len(self.ends) > 1 else ""

    @property
    def title(self):
        said = {"end": self.ends[0].hour, "last": self.last, "names": self._names}
        if self.is_room:
            if self.last:
                return _("Fin de salle à %(end)s, fins personnelles jusqu’à %(last)s") % said
            return _("Fin de salle à %(end)s") % said
        if self.last:
            return _("Fin entre %(end)s et %(last)s\u00a0: %(names)s") % said
        return _("Fin à %(end)s\u00a0: %(names)s") % said

    @property
    def _names(self):
        names = [person.name for end in self.ends for person in end.people]
        if len(names) <= SHOWN_NAMES:
            return ", ".join(names)
        return ngettext("%(n)s candidat", "%(n)s candidats", len(names)) % {"n": len(names)}


@dataclass(frozen=True)
class RoomClock:
    """`room`: the end announced to all. `others`: the own ends that are not it, in their order.

    `is_over`: nobody sits the test nor may start.
    """

    room: End | None = None
    others: tuple = ()
    overdue: int = 0
    is_running: bool = False
    is_over: bool = False
    now: datetime | None = None

    @property
    def is_past(self):
        return self.room is not None and self.room.past_at <= self.now

    @property
    def named(self):
        return self.others if len(self.others) <= NAMED_ENDS else ()

    @property
    def unnamed(self):
        """How many candidates have an own end that is not named."""
        return 0 if self.named else sum(len(end.people) for end in self.others)

    @property
    def scripts(self):
        """What is said a few minutes before the ends to come, as long as somebody works."""
        scripts = [
            Script(tuple(ends), ends[0] is self.room, self.now) for ends in self._said_together()
        ]
        return [script for script in scripts if script.is_to_come]

    def _said_together(self):
        """The room's end is always the first of its own."""
        groups = []
        ends = [self.room, *self.others] if self.room else []
        for end in sorted(ends, key=lambda end: end.at):
            if groups and end is not self.room and end.at - groups[-1][0].at < SCRIPT_BEFORE:
                groups[-1].append(end)
            else:
                groups.append([end])
        return groups


def code_given(session, now):
    """When the code was given for these tests: tried the day before, it starts no clock."""
    at = session.code_given_at
    return at if at and (session.first_started_at or now) - at <= CODE_GIVEN_WITHIN else None


def room_end(session, now):
    """1 h 45 after « Code donné », else after the first start. None as long as nothing has begun."""
    start = code_given(session, now) or session.first_started_at
    return start + allotted(0, 0) if start else None


def room_clock(session, people, now):
    announced = room_end(session, now)
    if announced is None:
        return RoomClock()
    running = [person for person in people if person.is_running]
    room, *others = _ends(running, announced, session.zone)
    may_start = any(person.may_start for person in people)
    return RoomClock(
        room=room,
        others=tuple(others),
        overdue=sum(personal_end(person) <= now for person in running),
        is_running=bool(running),
        is_over=session.first_started_at is not None and not running and not may_start,
        now=now,
    )


def personal_end(person):
    return deadline(person.started_at, person.extra_time_percent, person.granted_minutes)


def _ends(running, room, zone):
    """That of the room, then those of the candidates that are not it, in their order."""
    first = _minute(room)
    ends = {first: End(first, hour(first, zone))}
    for person in running:
        at = _minute(personal_end(person))
        if at not in ends:
            ends[at] = End(at, hour(at, zone))
        ends[at].people.append(person)
    return [ends.pop(first), *(ends[at] for at in sorted(ends))]


def _minute(moment):
    return moment.replace(second=0, microsecond=0)
