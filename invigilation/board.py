"""What the invigilator's board shows, read in a constant number of queries."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from certif.lib.compiled import Instances, Rows
from certif.lib.pressed import Pressed
from exam.enums import AttemptState, ResumeState
from exam.models import ResumeRequest
from invigilation.clock import room_clock, room_end
from invigilation.models import IncidentReport
from invigilation.problems import pending_problems
from invigilation.rows import NB, RowMaker, epoch_ms, hour, shared_names
from sessions.models import Candidate, ExamSession, InvigilatorAccess

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


def current(session_id, user_id, version):
    """The session, as long as what this invigilator holds is current and the access stands."""
    return ExamSession.objects.for_invigilator(user_id).filter(pk=session_id, version=version)


def read(session, *, user, since=0, only=None):
    """The board's context. Rows: those changed after `since`, or the candidates `only`.

    Whoever asks for an answer is read in any case, for the group on top.
    """
    now = timezone.now()
    people = _people(session)
    asked = _asked(session)
    problems = pending_problems(session)
    waiting = asked.keys() | problems.keys()
    found = _candidates(session, waiting, since, only)
    homonyms = shared_names(person.identity_key for person in people)
    make = RowMaker(session, homonyms, asked, now, problems, room_end(session))
    rows = {pk: make.row(found[pk]) for pk, *_ in people if pk in found}
    asks = [rows[pk] for pk in rows if pk in waiting]
    wanted = [row for row in rows.values() if _is_wanted(row, since, only)]
    return {
        "session": session,
        "title": f"({len(asks)}) {session}" if asks else str(session),
        "rows": wanted,
        "asks": asks,
        "asks_key": "-".join(_asks_key(asked, problems, row.pk) for row in asks),
        "counts": _counts(people, waiting),
        "roster": _roster(session, people),
        "place": _place(session),
        "clock": room_clock(session, people, now),
        "watchers": _watchers(session, user),
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

    @property
    def name(self):
        return f"{self.birth_name.upper()} {self.first_name}"

    @property
    def is_running(self):
        return self.state == AttemptState.RUNNING

    @property
    def is_silent(self):
        return self.is_running and self.silent_since is not None

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
    )
    return Candidate.objects.filter(session=session).order_by().values_list(*fields)


EVERYBODY = Rows(_everybody, "session")


def _people(session):
    """Everybody, in the order of the list."""
    people = map(Person._make, EVERYBODY.ask(session=session.pk))
    return sorted(people, key=lambda person: (person.identity_key, person.pk))


def _requests(session):
    requests = ResumeRequest.objects.filter(
        state=ResumeState.PENDING,
        attempt__candidate__session=session,
        attempt__state=AttemptState.RUNNING,
    )
    return requests.order_by().values_list("attempt__candidate", "pk", "gap_seconds")


REQUESTS = Rows(_requests, "session")


def _asked(session):
    return {candidate: (pk, gap) for candidate, pk, gap in REQUESTS.ask(session=session.pk)}


def _asks_key(asked, problems, pk):
    """Changes with the request and with the problem, of which a candidate may have both."""
    return ".".join(str(found[pk][0]) if pk in found else "" for found in (asked, problems))


def _candidates(session, waiting, since, only):
    if only is None and not waiting:
        return {candidate.pk: candidate for candidate in MOVED.ask(session=session.pk, since=since)}
    wanted = Q(row_version__gt=since) if only is None else Q(pk__in=only)
    candidates = with_all(session.candidates.filter(wanted | Q(pk__in=waiting)))
    return {candidate.pk: candidate for candidate in candidates}


def with_all(candidates):
    """With all that a row says."""
    reports = (
        IncidentReport.objects.kept()
        .filter(candidate=OuterRef("pk"))
        .order_by()
        .values("candidate")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return (
        candidates.order_by()
        .select_related("attempt", "user")
        .only(*SAID)
        .annotate(report_count=Coalesce(Subquery(reports), 0))
    )


def _moved(session, since):
    return with_all(Candidate.objects.filter(session=session, row_version__gt=since))


MOVED = Instances(_moved, "session", "since")


def _is_wanted(row, since, only):
    return row.version > since if only is None else row.pk in only


def _roster(session, people):
    """Changes when a row appears, disappears, moves, or gains or loses its homonym or its menu."""
    listed = repr([session.state, *((pk, key) for pk, key, *_ in people)])
    return salted_hmac("invigilation.roster", listed).hexdigest()[:16]


def _counts(people, waiting):
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
        "todo": sum(person.pk in waiting or person.is_silent for person in people),
    }


class Swapped(NamedTuple):
    """What a part of the page branches on: whether it is sent to take its own place."""

    oob: bool


COUNTED = ("all", "absent", "present", "running", "finished", "todo")
CHIPS = Pressed("invigilation/_chips.html", *COUNTED)


def chips_markup(counts, *, oob):
    return CHIPS.fill(Swapped(oob), [str(counts[name]) for name in COUNTED])


def _place(session):
    start = f"{session.start_time.hour}{NB}h{NB}{session.start_time.minute:02d}"
    day = date_format(session.date, "d/m/Y")
    return [session.site, session.room, f"{day}, {start}", session.invigilators]


def _others(session, user):
    accesses = InvigilatorAccess.objects.open().filter(session=session).exclude(user=user)
    return accesses.select_related("user").order_by("pk")


OTHERS = Instances(_others, "session", "user")


def _watchers(session, user):
    """Who else holds this board, in a sentence."""
    names = [access.user.name for access in OTHERS.ask(session=session.pk, user=user.pk)]
    if not names:
        return gettext("Vous êtes seul connecté à cet espace")
    return ngettext("Avec vous : %(names)s", "Avec vous : %(names)s", len(names)) % {
        "names": ", ".join(names)
    }
