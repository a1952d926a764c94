"""What the invigilator's board shows, read in a constant number of queries."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from exam.enums import AttemptState, ResumeState
from exam.models import ResumeRequest, duration
from invigilation.models import IncidentReport
from invigilation.rows import NB, RowMaker, epoch_ms, hour
from sessions.models import TEST_DURATION, ExamSession, InvigilatorAccess


def current(session_id, user_id, version):
    """The session, as long as what this invigilator holds is current and the access stands."""
    return ExamSession.objects.for_invigilator(user_id).filter(pk=session_id, version=version)


def read(session, *, user, since=0, only=None):
    """The board's context. Rows: those changed after `since`, or the candidate `only`.

    Whoever asks for an answer is read in any case, for the group on top.
    """
    now = timezone.now()
    people = _people(session)
    asked = _asked(session)
    found = _candidates(session, asked, since, only)
    make = RowMaker(session, people, asked, now)
    rows = {pk: make.row(found[pk]) for pk, *_ in people if pk in found}
    asks = [rows[pk] for pk in rows if pk in asked]
    wanted = [row for row in rows.values() if _is_wanted(row, since, only)]
    return {
        "session": session,
        "title": f"({len(asks)}) {session}" if asks else str(session),
        "rows": wanted,
        "asks": asks,
        "asks_key": "-".join(str(asked[row.pk][0]) for row in asks),
        "counts": _counts(people),
        "roster": _roster(session, people),
        "words": make.words,
        "place": _place(session),
        "ends": _ends(session, people),
        "watchers": _watchers(session, user),
        "server_now": epoch_ms(now),
        "read_at": hour(now, session.zone),
    }


class Person(NamedTuple):
    """What the board must know of everybody, whoever changed."""

    pk: int
    identity_key: str
    is_present: bool
    extra_time_percent: int
    state: AttemptState | None
    started_at: datetime | None

    @property
    def is_running(self):
        return self.state == AttemptState.RUNNING

    @property
    def may_start(self):
        return self.is_present and self.state == AttemptState.PREPARED


def _people(session):
    """Everybody, in the order of the list."""
    fields = (
        "pk",
        "identity_key",
        "is_present",
        "extra_time_percent",
        "attempt__state",
        "attempt__started_at",
    )
    people = map(Person._make, session.candidates.order_by().values_list(*fields))
    return sorted(people, key=lambda person: (person.identity_key, person.pk))


def _asked(session):
    requests = ResumeRequest.objects.filter(
        state=ResumeState.PENDING,
        attempt__candidate__session=session,
        attempt__state=AttemptState.RUNNING,
    )
    return {
        candidate: (pk, gap_seconds)
        for candidate, pk, gap_seconds in requests.values_list(
            "attempt__candidate", "pk", "gap_seconds"
        )
    }


def _candidates(session, asked, since, only):
    wanted = Q(pk=only) if only else Q(row_version__gt=since)
    reports = (
        IncidentReport.objects.kept()
        .filter(candidate=OuterRef("pk"))
        .order_by()
        .values("candidate")
        .annotate(n=Count("pk"))
        .values("n")
    )
    candidates = (
        session.candidates.filter(wanted | Q(pk__in=asked))
        .order_by()
        .select_related("attempt", "user")
        .annotate(report_count=Coalesce(Subquery(reports), 0))
    )
    return {candidate.pk: candidate for candidate in candidates}


def _is_wanted(row, since, only):
    return row.pk == only if only else row.version > since


def _roster(session, people):
    """Changes when a row appears, disappears, moves, or gains or loses its homonym or its menu."""
    listed = repr([session.state, *((pk, key) for pk, key, *_ in people)])
    return salted_hmac("invigilation.roster", listed).hexdigest()[:16]


def _counts(people):
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
    }


def _place(session):
    start = f"{session.start_time.hour}{NB}h{NB}{session.start_time.minute:02d}"
    day = date_format(session.date, "d/m/Y")
    return [session.site, session.room, f"{day}, {start}", session.invigilators]


@dataclass(frozen=True)
class Ends:
    """The room's end, announced once for all; the last of the personal ends, and how many, after it.

    `is_over`: nobody is sitting the test, nor may start it. All empty before the first start.
    """

    room: str = ""
    last: str = ""
    after: int = 0
    is_over: bool = False


def _ends(session, people):
    if session.first_started_at is None:
        return Ends()
    if not any(person.is_running or person.may_start for person in people):
        return Ends(is_over=True)
    room = session.first_started_at + TEST_DURATION
    after = [end for end in _personal_ends(people) if _minute(end) > _minute(room)]
    last = hour(max(after), session.zone) if after else ""
    return Ends(room=hour(room, session.zone), last=last, after=len(after))


def _personal_ends(people):
    return [person.started_at + duration(person) for person in people if person.is_running]


def _minute(moment):
    return moment.replace(second=0, microsecond=0)


def _watchers(session, user):
    """Who else holds this board, in a sentence."""
    accesses = InvigilatorAccess.objects.open().filter(session=session).exclude(user=user)
    names = [access.user.name for access in accesses.select_related("user").order_by("pk")]
    if not names:
        return gettext("Vous êtes seul connecté à cet espace")
    return ngettext("Avec vous : %(names)s", "Avec vous : %(names)s", len(names)) % {
        "names": ", ".join(names)
    }
