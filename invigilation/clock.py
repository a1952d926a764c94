"""The room's clock: when the tests end, for how many, and what is said before (domain.md § 5)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exam.clock import allotted
from invigilation.rows import epoch_ms, hour

# Whoever starts within these minutes of the room's clock is announced with the room.
WITH_THE_ROOM = timedelta(minutes=5)
SCRIPT_BEFORE = timedelta(minutes=5)
SHOWN_ENDS = 3
SHOWN_NAMES = 3


@dataclass(slots=True)
class End:
    """One announced end: those who stop together."""

    at: datetime
    hour: str
    people: list = field(default_factory=list)

    @property
    def key(self):
        return epoch_ms(self.at)

    @property
    def script_from(self):
        return epoch_ms(self.at - SCRIPT_BEFORE)

    @property
    def words(self):
        count = len(self.people)
        said = ngettext("fin pour %(n)s candidat", "fin pour %(n)s candidats", count) % {"n": count}
        return f"{said} {self._why}".strip()

    @property
    def _why(self):
        """Why these end apart, when one reason is that of all."""
        if all(person.extra_time_percent for person in self.people):
            return _("à temps majoré")
        if all(person.granted_minutes for person in self.people):
            return _("avec du temps ajouté")
        return ""

    @property
    def running(self):
        return [person for person in self.people if person.is_running]

    @property
    def named(self):
        names = [person.name for person in self.running]
        if len(names) <= SHOWN_NAMES:
            return ", ".join(names)
        return ngettext("%(n)s candidat", "%(n)s candidats", len(names)) % {"n": len(names)}


@dataclass(frozen=True)
class RoomClock:
    """`ends`: in their order, that of the room first. `is_over`: nobody sits the test nor may start."""

    room: str = ""
    ends: tuple = ()
    overdue: int = 0
    is_over: bool = False
    room_key: int = 0
    now: datetime | None = None

    @property
    def shown(self):
        return self.ends[:SHOWN_ENDS]

    @property
    def others(self):
        return sum(len(end.people) for end in self.ends[SHOWN_ENDS:])

    @property
    def last(self):
        return self.ends[-1].hour

    @property
    def scripts(self):
        """What is said a few minutes before each end to come, as long as somebody works."""
        return [
            {"end": end, "is_room": end.key == self.room_key, "is_due": self._is_due(end)}
            for end in self.ends
            if end.running and end.at > self.now
        ]

    def _is_due(self, end):
        return end.at - SCRIPT_BEFORE <= self.now


def room_start(session):
    """« Code donné », else the first start."""
    return session.code_given_at or session.first_started_at


def room_end(session):
    return room_start(session) + allotted(0, 0)


def room_clock(session, people, now):
    started_at = room_start(session)
    if started_at is None:
        return RoomClock()
    zone, end = session.zone, room_end(session)
    ends = _ends(people, started_at, zone)
    return RoomClock(
        room=hour(end, zone),
        ends=tuple(ends),
        overdue=sum(person.is_running and personal_end(person) <= now for person in people),
        is_over=session.first_started_at is not None and not ends,
        room_key=epoch_ms(_minute(end)),
        now=now,
    )


def personal_end(person):
    return person.started_at + allotted(person.extra_time_percent, person.granted_minutes)


def _ends(people, started_at, zone):
    ends = {}
    for person in people:
        if person.is_running or person.may_start:
            at = _minute(_announced_end(person, started_at))
            ends.setdefault(at, End(at, hour(at, zone))).people.append(person)
    return [ends[at] for at in sorted(ends)]


def _announced_end(person, started_at):
    own = person.started_at
    is_late = own is not None and own - started_at > WITH_THE_ROOM
    base = own if is_late else started_at
    return base + allotted(person.extra_time_percent, person.granted_minutes)


def _minute(moment):
    return moment.replace(second=0, microsecond=0)
