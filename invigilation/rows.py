"""One row of the board: the words, the hours and the address of a candidate, worked out here."""

import re
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import NamedTuple

from django.utils.translation import get_language

from certif.lib.pressed import Pressed
from certif.lib.text import fold
from exam.enums import AttemptState
from exam.models import RESUME_RIGHT_LASTS, SILENT_AFTER
from invigilation.problems import MOST_MINUTES
from invigilation.vocabulary import (
    ABSENT,
    ASKS,
    AUTHORISED,
    MENUS,
    PRESENT,
    PROBLEM,
    RUNNING,
    RUNS,
    SILENT,
    address_of,
    dictionary,
    menu,
)

NB = "\u00a0"
FIGURE_SPACE = "\u2007"
WIDEST_HOUR = f"23{NB}h{NB}59"
THIRD_TIME = 33
# A start a little later than the others' is nothing to tell.
APART = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
NONE = timedelta(0)


@dataclass(slots=True)
class Row:
    """One candidate as the board shows him. Empty values are simply not shown."""

    pk: int
    version: int
    url: str
    birth_name: str
    first_name: str
    birth_date: str
    is_homonym: bool
    extra_time: str
    reports: int
    situation: str
    label: str
    kind: str
    mark: str
    filters: str
    can_tick: bool
    menu: tuple
    account: str = ""
    note: str = ""
    seen: bool = False
    can_see: bool = False
    can_report: bool = False
    start: str = ""
    own_end: str = ""
    room_end: str = ""
    deadline: int | None = None
    left: str = ""
    is_over: bool = False
    granted: str = ""
    told: str = ""
    asked_at: int | None = None
    gap: int = 0
    proposed: int = 0
    waits: str = ""
    silent_since: int | None = None
    silent_for: str = ""
    question: str = ""
    said: str = ""

    @property
    def name(self):
        return f"{self.birth_name} {self.first_name}"

    def markup(self, *, oob, csrf_token):
        """The row as its template says it; its form has an operation of its own."""
        look = Look(oob, self.reports > 1, *_look_of(self))
        has_form = self.can_tick or self.can_see
        of_form = [str(csrf_token), str(uuid.uuid4())] if has_form else ["", ""]
        return PRESSED.fill(look, [*of_form, *map(_word, _words_of(self))])


class Look(NamedTuple):
    """What the template of a row branches on, or has in common with many."""

    oob: bool
    has_several_reports: bool
    situation: str
    label: str
    kind: str
    mark: str
    filters: str
    can_tick: bool
    menu: tuple
    is_homonym: bool
    seen: bool
    can_see: bool
    can_report: bool
    is_over: bool


WORDS_OF_ROW = (
    "pk",
    "url",
    "birth_name",
    "first_name",
    "birth_date",
    "extra_time",
    "granted",
    "reports",
    "silent_since",
    "silent_for",
    "note",
    "left",
    "deadline",
    "question",
    "own_end",
    "start",
    "room_end",
    "account",
)
PRESSED = Pressed("invigilation/_row.html", "csrf_token", "operation_id", *WORDS_OF_ROW)
_look_of = attrgetter(*Look._fields[2:])
_words_of = attrgetter(*WORDS_OF_ROW)


def _word(value):
    return str(value) if value else ""


def hour(moment, zone):
    """« 9 h 02 » on the clock of the session's place."""
    local = moment.astimezone(zone)
    return f"{local.hour}{NB}h{NB}{local.minute:02d}"


def hour_in_column(moment, zone):
    """As wide at 9 h as at 10 h."""
    return hour(moment, zone).rjust(len(WIDEST_HOUR), FIGURE_SPACE)


def minutes(total):
    """« 58 min », « 1 h 02 ». The page counts on in the same words (board.js)."""
    if total < 60:
        return f"{total}{NB}min"
    return f"{total // 60}{NB}h{NB}{total % 60:02d}"


def gap(seconds):
    """A measured silence: « 40 s », « 3 min 20 s », « 1 h 02 »."""
    if seconds < 60:
        return f"{seconds}{NB}s"
    if seconds < 3600:
        return f"{seconds // 60}{NB}min{NB}{seconds % 60:02d}{NB}s"
    return minutes(seconds // 60)


class Lost(NamedTuple):
    """Whole minutes lost before a demand and since. board.js counts on in the same way."""

    cut: int
    waited: int

    @property
    def proposed(self):
        return min(MOST_MINUTES, self.cut + self.waited)


def lost_minutes(silence, waited):
    """Under three beats, nothing says that the page was cut off."""
    lost = silence + waited
    cut = -(-silence // MINUTE) if silence >= SILENT_AFTER else 0
    return Lost(cut, -(-lost // MINUTE) - cut if lost >= SILENT_AFTER else 0)


def epoch_ms(moment):
    return int(moment.timestamp() * 1000)


def shared_names(keys):
    """Of the keys that are left: an erased person has none."""
    names = Counter(birth_name(key) for key in keys if key)
    return {name for name, n in names.items() if n > 1}


class RowMaker:
    """Makes the rows of one session: its zone, words and addresses are worked out once."""

    def __init__(self, session, homonyms, asked, now, problems, room_end=None):
        self.asked, self.now, self.room_end = asked, now, room_end
        self.problems, self.shared_names = problems, homonyms
        self.zone, self.is_open = session.zone, session.is_open
        self.language = get_language()
        self.words, self.situations = dictionary(self.language)
        start, middle, _end = address_of("presence")
        self.url = f"{start}{session.pk}{middle}"

    def row(self, candidate):
        attempt = getattr(candidate, "attempt", None)
        situation = self._situation(candidate, attempt)
        label, kind, mark, filters = self.situations[situation]
        if situation == AUTHORISED and attempt.silent_since:
            filters += " todo"
        row = Row(
            pk=candidate.pk,
            version=candidate.row_version,
            url=f"{self.url}{candidate.pk}",
            birth_name=candidate.birth_name.upper(),
            first_name=candidate.first_name,
            birth_date=f"{candidate.born:%d/%m/%Y}" if candidate.born else "",
            is_homonym=birth_name(candidate.identity_key) in self.shared_names,
            extra_time=self._extra_time(candidate.extra_time_percent),
            reports=candidate.report_count,
            situation=situation,
            label=label,
            kind=kind,
            mark=mark,
            filters=filters,
            can_tick=self.is_open and situation in (ABSENT, PRESENT),
            menu=self._menu(candidate, attempt, situation),
            account=self._account(candidate),
        )
        if attempt and attempt.granted_minutes:
            name = "granted" if attempt.granted_minutes > 1 else "granted_one"
            row.granted = self.words[name] % {"n": attempt.granted_minutes}
        if situation in (ABSENT, PRESENT):
            self._tell_waiting(row, candidate)
        elif attempt.is_running:
            self._tell_running(row, candidate, attempt)
        else:
            self._tell_over(row, attempt)
        return row

    def _situation(self, candidate, attempt):
        if attempt is None or attempt.state == AttemptState.PREPARED:
            return PRESENT if candidate.is_present else ABSENT
        if not attempt.is_running:
            return AttemptState(attempt.state)
        if candidate.pk in self.asked:
            return ASKS
        if candidate.pk in self.problems:
            return PROBLEM
        if attempt.may_resume(self.now):
            return AUTHORISED
        return SILENT if attempt.silent_since else RUNNING

    def _menu(self, candidate, attempt, situation):
        if not self.is_open:
            return ()
        names = MENUS[situation]
        if candidate.pk in self.problems:
            names = ("accept", "reject", *names)
        if situation == PROBLEM and attempt.may_resume(self.now):
            names = tuple("cancel" if name == "authorise" else name for name in names)
        names += ("history",)
        if situation in RUNS:
            names += ("end",)
        elif situation in (ABSENT, PRESENT) and candidate.has_joined:
            names += ("unlink",)
        return menu(self.language, names)

    def _extra_time(self, percent):
        if not percent:
            return ""
        if percent == THIRD_TIME:
            return self.words["third_time"]
        return self.words["extra_time"] % {"n": percent}

    def _account(self, candidate):
        """On a shared computer the previous pupil may still be logged in."""
        if candidate.has_joined and is_somebody_else(candidate.user, candidate):
            return self.words["account"] % {"name": candidate.user.name}
        return ""

    def _tell_waiting(self, row, candidate):
        if candidate.has_joined:
            row.note = self.words["ready" if candidate.is_present else "to_tick"]
        elif candidate.is_present:
            row.note = self.words["unknown"]

    def _tell_running(self, row, candidate, attempt):
        deadline, row.can_report = attempt.deadline, self.is_open
        row.deadline, row.is_over = epoch_ms(deadline), deadline <= self.now
        row.left = time_left(self.words, deadline, self.now)
        row.start = hour_in_column(attempt.started_at, self.zone)
        row.own_end = hour_in_column(deadline, self.zone)
        if self._ends_apart(candidate, attempt, deadline):
            row.room_end = self.words["room_end"] % {"time": hour(self.room_end, self.zone)}
        row.question = reached(self.words, attempt)
        if row.situation == ASKS:
            self._tell_demand(row, self.asked[candidate.pk])
            return
        self._tell_silence(row, attempt)
        if row.situation == PROBLEM:
            self._tell_problem(row, self.problems[candidate.pk])
        elif row.situation == AUTHORISED:
            end = attempt.right_granted_at + RESUME_RIGHT_LASTS
            name = "asked_until" if attempt.resume_asked_at else "until"
            row.note = self.words[name] % {"time": hour(end, self.zone)}
        elif row.situation == SILENT:
            self._tell_refusal(row, attempt)

    def _tell_demand(self, row, demand):
        """What it cost: before it, in the row; since, on its card, which the page counts."""
        lost = lost_minutes(timedelta(seconds=demand.gap), max(NONE, self.now - demand.asked_at))
        row.asked_at, row.gap, row.proposed = epoch_ms(demand.asked_at), demand.gap, lost.proposed
        row.note = self.words["cut" if lost.cut else "alive"] % {"time": minutes(lost.cut)}
        row.told = row.note if lost.cut else self.words["still_open"]
        if lost.waited:
            row.waits = self.words["waits"] % {"time": minutes(lost.waited)}

    def _tell_silence(self, row, attempt):
        """How long his page has been silent. Whoever was authorised asked from another, after that silence."""
        since, asked_at = attempt.silent_since, attempt.resume_asked_at
        if since is None or (row.situation == AUTHORISED and asked_at and since <= asked_at):
            return
        row.silent_since = epoch_ms(attempt.silent_since)
        row.silent_for = self._silence((self.now - attempt.silent_since) // MINUTE)

    def _tell_refusal(self, row, attempt):
        """What was answered to whoever is still away."""
        refused_at = attempt.resume_refused_at
        if refused_at and refused_at > attempt.silent_since:
            row.note = self.words["refused"] % {"time": hour(refused_at, self.zone)}

    def _silence(self, whole):
        """The page counts on in the same words (board.js)."""
        if whole < 1:
            return self.words["offline_now"]
        return self.words["offline"] % {"time": minutes(whole)}

    def _ends_apart(self, candidate, attempt, deadline):
        """Whether the end announced to the room is worth telling beside his own."""
        if self.room_end is None:
            return False
        has_more = candidate.extra_time_percent or attempt.granted_minutes
        return bool(has_more) or abs(deadline - self.room_end) >= APART

    def _tell_problem(self, row, problem):
        time = hour(problem.raised_at, self.zone)
        row.note = self.words["problem"] % {"time": time}
        row.said = problem.text

    def _tell_over(self, row, attempt):
        shown = attempt.end_screen_shown_at
        text = self.words["end_screen" if shown else "ended_at"]
        row.note = text % {"time": hour(shown or attempt.ended_at, self.zone)}
        row.seen = attempt.end_screen_seen_at is not None
        row.can_see = self.is_open and row.situation == AttemptState.FINISHED
        if row.can_see and not row.seen:
            row.filters += " todo"


def time_left(words, deadline, now):
    seconds = (deadline - now).total_seconds()
    return words["left" if seconds > 0 else "over"] % {"time": minutes(abs(int(-seconds // 60)))}


def reached(words, attempt):
    """« q. 6/48 »"""
    count = attempt.question_count
    return words["question"] % {"n": min(attempt.current_number, count), "count": count}


def is_somebody_else(user, candidate):
    """Whether neither the birth name nor the first of the first names is in the account's name.

    An account without a name says nothing.
    """
    account = fold(user.first_name + user.last_name)
    known = [birth_name(candidate.identity_key), fold(_first_of(candidate.first_name))]
    return bool(account) and not any(name in account for name in known)


def _first_of(first_names):
    return re.split(r"[\s-]", first_names, maxsplit=1)[0]


def birth_name(key):
    return key.split("/", 1)[0]
