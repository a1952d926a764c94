"""What the invigilator's board shows, read in a constant number of queries."""

from collections import Counter

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from exam.enums import AttemptState, ResumeState
from exam.models import ResumeRequest
from invigilation.models import IncidentReport
from invigilation.rows import NB, RowMaker, epoch_ms, hour
from sessions.models import TEST_DURATION, ExamSession, InvigilatorAccess


def unchanged(session_id, user_id, version):
    """Whether what this invigilator holds is current: the version, and that the access stands."""
    return (
        ExamSession.objects.for_invigilator(user_id).filter(pk=session_id, version=version).exists()
    )


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
        "room_end": _room_end(session),
        "watchers": _watchers(session, user),
        "server_now": epoch_ms(now),
        "read_at": hour(now, session.zone),
    }


def _people(session):
    """Everybody, in the order of the list: (pk, identity key, presence, state of the test)."""
    people = session.candidates.order_by().values_list(
        "pk", "identity_key", "is_present", "attempt__state"
    )
    return sorted(people, key=lambda person: (person[1], person[0]))


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
        .select_related("attempt")
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
    states = Counter(state for *_, state in people)
    present = sum(is_present for _, _, is_present, _ in people)
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


def _room_end(session):
    if session.first_started_at is None:
        return ""
    return hour(session.first_started_at + TEST_DURATION, session.zone)


def _watchers(session, user):
    """Who else holds this board, in a sentence."""
    accesses = InvigilatorAccess.objects.open().filter(session=session).exclude(user=user)
    names = [access.user.name for access in accesses.select_related("user").order_by("pk")]
    if not names:
        return gettext("Vous êtes seul connecté à cet espace")
    return ngettext("Avec vous : %(names)s", "Avec vous : %(names)s", len(names)) % {
        "names": ", ".join(names)
    }
