"""What the invigilator's board shows, read in a constant number of queries."""

from collections import Counter
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Exists, FilteredRelation, OuterRef, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import salted_hmac

from certif.lib.compiled import Instances, Rows
from certif.lib.counts import number_of
from certif.lib.pressed import Pressed
from exam.enums import AttemptState, ProblemState, ResumeState
from exam.models import QuestionProblem, ResumeRequest
from invigilation.clock import code_given, room_clock, room_end
from invigilation.head import head_markup, notes_markup, place_of
from invigilation.models import IncidentReport, SessionNote
from invigilation.problems import Pending
from invigilation.rows import RowMaker, epoch_ms, hour, shared_names
from invigilation.watching import Swapped, watchers_markup
from sessions.models import Candidate, ExamSession

VERSION = "X-Board-Version"

# The columns that a row says: each one more costs the poll its share.
SAID = [
    "session",
    "birth_name",
    "first_name",
    "birth_date",
    "identity_key",
    "extra_time_percent",
    "is_present",
    "row_version",
    "test_started_at",
    "user__email",
    "user__first_name",
    "user__last_name",
    *(
        f"attempt__{name}"
        for name in (
            "candidate",
            "state",
            "question_ids",
            "right",
            "right_granted_at",
            "resume_refused_at",
            "resume_asked_at",
            "started_at",
            "answered_count",
            "granted_minutes",
            "silent_since",
            "ended_at",
            "end_screen_shown_at",
            "end_screen_seen_at",
        )
    ),
]


# The columns of a session that a poll says.
SHOWN = [
    "version",
    "state",
    "site",
    "room",
    "date",
    "start_time",
    "time_zone",
    "invigilators",
    "access_code",
    "code_given_at",
    "first_started_at",
]


def current(session_id, user_id, version):
    """The session, as long as what this invigilator holds is current and the access stands."""
    return ExamSession.objects.for_invigilator(user_id).filter(pk=session_id, version=version)


def _watched(session, user):
    notes = SessionNote.objects.kept().filter(session=OuterRef("pk"))
    found = ExamSession.objects.for_invigilator(user).filter(pk=session)
    return found.annotate(note_count=number_of(notes, "session"))


def _opened(session, user):
    return _watched(session, user).select_related("centre")


def _shown(session, user):
    return _watched(session, user).only(*SHOWN)


OPENED = Instances(_opened, "session", "user")
ON_BOARD = Instances(_shown, "session", "user")


def live_answer(session, user_id, *, version, roster, asks_held, csrf_token, is_seen):
    """What a poll is told that holds this version, this list (None: any) and this group on top:
    who asks, and what their cards show.

    Who else watches is told to a page on screen, once a minute, and when what moved is on no row:
    somebody may have joined. Each poll that asked for it would cost a seventh more.
    """
    context = read(session, since=version)
    is_whole = roster not in (None, context["roster"])
    if is_whole:
        context = read(session)
    context |= {"oob": True, "csrf_token": csrf_token}
    rows = _whole_markup(context) if is_whole else rows_markup(context, oob=True)
    with_asks = asks_held != (context["asks_key"], context["asks_shown"])
    asks = render_to_string("invigilation/_asks.html", context) if with_asks else ""
    with_watchers = is_seen or not context["rows"]
    watchers = watchers_markup(session.pk, user_id) if with_watchers else ""
    chips, head = chips_markup(context, oob=True), head_markup(context, oob=True)
    return "".join([rows, chips, head, asks, watchers, notes_markup(session)])


def _whole_markup(context):
    return render_to_string("invigilation/_whole.html", context)


def rows_markup(context, *, oob):
    token = context.get("csrf_token", "")
    return "".join([row.markup(oob=oob, csrf_token=token) for row in context["rows"]])


def read(session, *, since=0, only=None):
    """The board's context. Rows: those changed after `since`, or the candidates `only`.

    Whoever asks for an answer is read in any case, for the group on top.
    """
    now = timezone.now()
    people = _people(session)
    asked = {person.pk: person.demand for person in people if person.has_asked}
    problems = {person.pk: person.problem for person in people if person.has_problem}
    waiting = {person.pk: person.waits_since for person in people if person.waits_since}
    found = _candidates(session, waiting, since, only)
    homonyms = shared_names(person.identity_key for person in people)
    make = RowMaker(session, homonyms, asked, now, problems, room_end(session, now))
    rows = {pk: make.row(found[pk]) for pk, *_ in people if pk in found}
    asks = [rows[pk] for pk in sorted(waiting, key=lambda pk: (waiting[pk], pk)) if pk in rows]
    wanted = [row for row in rows.values() if _is_wanted(row, since, only)]
    return {
        "session": session,
        "title": f"({len(asks)}) {session}" if asks else str(session),
        "rows": wanted,
        "asks": asks,
        "asks_key": "-".join(_asks_key(asked, problems, row.pk) for row in asks),
        "asks_shown": _asks_shown(asks),
        "counts": _counts(session, people, waiting),
        "roster": _roster(session, people),
        "place": place_of(session),
        "clock": room_clock(session, people, now),
        "code_given_at": code_given(session, now),
        "server_now": epoch_ms(now),
        "read_at": hour(now, session.zone),
    }


def _keys(session):
    return Candidate.objects.filter(session=session).order_by().values_list("identity_key")


KEYS = Rows(_keys, "session")


def row_context(session, candidate):
    """One row, of a candidate read `with_all` whose test has not started: a whole room ticks at once."""
    homonyms = shared_names(key for (key,) in KEYS.ask(session=session.pk))
    make = RowMaker(session, homonyms, {}, timezone.now(), {})
    return {"session": session, "rows": [make.row(candidate)]}


class Demand(NamedTuple):
    """What a row tells of a request to resume."""

    pk: int
    gap: int
    asked_at: datetime


class Person(NamedTuple):
    """What the board must know of everybody, whoever changed."""

    pk: int
    identity_key: str
    is_present: bool
    extra_time_percent: int
    state: AttemptState | None
    started_at: datetime | None
    granted_minutes: int | None
    silent_since: datetime | None
    birth_name: str
    first_name: str
    end_screen_seen_at: datetime | None
    demand: Demand
    problem: Pending

    @property
    def name(self):
        return f"{self.birth_name.upper()} {self.first_name}"

    @property
    def is_running(self):
        return self.state == AttemptState.RUNNING

    @property
    def has_asked(self):
        return self.is_running and self.demand.pk is not None

    @property
    def has_problem(self):
        return self.is_running and self.problem.pk is not None

    @property
    def waits_since(self):
        """Whichever of the two came first: a second one moves no card."""
        asked = [self.demand.asked_at] if self.has_asked else []
        raised = [self.problem.raised_at] if self.has_problem else []
        return min(asked + raised, default=None)

    @property
    def is_silent(self):
        return self.is_running and self.silent_since is not None

    @property
    def is_unseen(self):
        """His end screen waits for a look."""
        return self.state == AttemptState.FINISHED and self.end_screen_seen_at is None

    @property
    def may_start(self):
        return self.is_present and self.state == AttemptState.PREPARED


def _everybody(session):
    fields = (
        "pk",
        "identity_key",
        "is_present",
        "extra_time_percent",
        "attempt__state",
        "attempt__started_at",
        "attempt__granted_minutes",
        "attempt__silent_since",
        "birth_name",
        "first_name",
        "attempt__end_screen_seen_at",
        "request__pk",
        "request__gap_seconds",
        "request__asked_at",
        *(f"problem__{name}" for name in Pending._fields),
    )
    everybody = Candidate.objects.filter(session=session).order_by()
    # At most one of each waits, by their constraints.
    return everybody.annotate(
        request=FilteredRelation(
            "attempt__resume_requests",
            condition=Q(attempt__resume_requests__state=ResumeState.PENDING),
        ),
        problem=FilteredRelation(
            "attempt__problems", condition=Q(attempt__problems__state=ProblemState.PENDING)
        ),
    ).values_list(*fields)


EVERYBODY = Rows(_everybody, "session")
OF_DEMAND = Person._fields.index("demand")
OF_PROBLEM = OF_DEMAND + len(Demand._fields)


def _people(session):
    """Everybody, in the order of the list."""
    people = [
        Person(
            *row[:OF_DEMAND],
            Demand._make(row[OF_DEMAND:OF_PROBLEM]),
            Pending._make(row[OF_PROBLEM:]),
        )
        for row in EVERYBODY.ask(session=session.pk)
    ]
    return sorted(people, key=lambda person: (person.identity_key, person.pk))


def _asks_key(asked, problems, pk):
    """Changes with the request and with the problem, of which a candidate may have both."""
    return ".".join(str(found[pk][0]) if pk in found else "" for found in (asked, problems))


def _asks_shown(asks):
    """Changes with what their cards show, but for the minutes, which the page counts."""
    if not asks:
        return ""
    shown = repr([_shown_on_card(row) for row in asks])
    return salted_hmac("invigilation.asks", shown).hexdigest()[:16]


_shown_on_card = attrgetter(
    "situation",
    "birth_name",
    "first_name",
    "note",
    "question",
    "deadline",
    "said",
    "told",
    "asked_at",
    "menu",
)


def _candidates(session, waiting, since, only):
    if only is None:
        found = (MOVED_OR_WAITING if waiting else MOVED).ask(session=session.pk, since=since)
    else:
        found = with_all(session.candidates.filter(pk__in=waiting.keys() | set(only)))
    return {candidate.pk: candidate for candidate in found}


def with_all(candidates):
    """With all that a row says."""
    reports = IncidentReport.objects.kept().filter(candidate=OuterRef("pk"))
    return (
        candidates.order_by()
        .select_related("attempt", "user")
        .only(*SAID)
        .annotate(report_count=number_of(reports, "candidate"))
    )


def _moved(session, since):
    return with_all(Candidate.objects.filter(session=session, row_version__gt=since))


def _moved_or_waiting(session, since):
    of_this = Q(attempt=OuterRef("attempt"))
    asked = ResumeRequest.objects.filter(of_this, state=ResumeState.PENDING)
    problems = QuestionProblem.objects.pending().filter(of_this)
    wanted = Q(row_version__gt=since) | Exists(asked) | Exists(problems)
    return with_all(Candidate.objects.filter(wanted, session=session))


MOVED = Instances(_moved, "session", "since")
MOVED_OR_WAITING = Instances(_moved_or_waiting, "session", "since")


def _is_wanted(row, since, only):
    return row.version > since if only is None else row.pk in only


def _roster(session, people):
    """Changes when a row appears, disappears, moves, or gains or loses its homonym or its menu, and with
    the access code of the bar."""
    listed = repr([session.state, session.access_code, *((pk, key) for pk, key, *_ in people)])
    return salted_hmac("invigilation.roster", listed).hexdigest()[:16]


def _counts(session, people, waiting):
    states = Counter(person.state for person in people)
    present = sum(person.is_present for person in people)
    return {
        "all": len(people),
        "absent": len(people) - present,
        "present": present,
        "running": states[AttemptState.RUNNING],
        "finished": sum(
            states[state]
            for state in (AttemptState.FINISHED, AttemptState.ENDED, AttemptState.CLOSED)
        ),
        "todo": sum(
            person.pk in waiting or person.is_silent or (session.is_open and person.is_unseen)
            for person in people
        ),
    }


COUNTED = ("all", "absent", "present", "running", "finished", "todo")
CHIPS = Pressed("invigilation/_chips.html", *COUNTED)


def chips_markup(context, *, oob):
    counts = context["counts"]
    return CHIPS.fill(Swapped(oob), [str(counts[name]) for name in COUNTED])
