"""What the database holds of a morning, as the same facts that the clients' ledgers write; and both compared."""

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

from certif.audit.models import AuditEvent
from certif.audit.openings import OPENINGS
from exam.enums import AttemptState, ResumeState
from exam.models import Answer, Attempt, ResumeRequest, TimeGrant
from invigilation.models import IncidentReport, SessionNote

PRESENCES = {"presence.present": True, "presence.absent": False}


@dataclass
class Verdict:
    acknowledged: Counter
    found: Counter
    missing: Counter = field(default_factory=Counter)
    doubled: Counter = field(default_factory=Counter)
    unexplained: Counter = field(default_factory=Counter)

    @property
    def ok(self):
        return not self.faults()

    @property
    def told(self):
        sentence = f"acknowledged {self.acknowledged.total()}, found {self.found.total()}"
        if self.ok:
            return f"{sentence}, once each"
        return (
            f"{sentence}: {self.missing.total()} missing, {self.doubled.total()} doubled, "
            f"{self.unexplained.total()} of which nobody was told"
        )

    def faults(self):
        """Each fact that is not there as it was told."""
        found = {"missing": self.missing, "doubled": self.doubled, "unexplained": self.unexplained}
        return [f"{fault}: {fact}" for fault, facts in found.items() for fact in sorted(facts)]

    def kinds(self):
        """How many facts of each kind were acknowledged."""
        return Counter(
            kind for fact in self.acknowledged.elements() for kind in json.loads(fact)[:1]
        )


def compare(acknowledged, doubtful, found):
    """Both ways. What is in doubt may be there once, or not."""
    told, unsure, held = (
        Counter(map(_written, facts)) for facts in (acknowledged, doubtful, found)
    )
    verdict = Verdict(told, held, missing=told - held)
    for fact, times in (held - told - unsure).items():
        (verdict.doubled if fact in told else verdict.unexplained)[fact] = times
    return verdict


def _written(fact):
    return json.dumps(fact, ensure_ascii=False)


def facts_of(sessions, since):
    """Every fact of these sessions; of the audit, the lines written after `since`."""
    pks = [session.pk for session in sessions]
    return chain(
        _answers(pks),
        _tests(pks),
        _resumes(pks),
        _grants(pks),
        _reports(pks),
        _notes(pks),
        _lines(pks, since),
    )


def _answers(pks):
    rows = Answer.objects.filter(attempt__candidate__session__in=pks)
    for row in rows.order_by().values_list("attempt__candidate", "number", "question", "value"):
        yield ["answer", *row]


def _tests(pks):
    over = [state for state in AttemptState if state.is_over]
    for attempt in Attempt.objects.filter(candidate__session__in=pks):
        candidate = attempt.candidate_id
        if attempt.started_at:
            yield ["start", candidate, attempt.certification_number]
        if attempt.state in over:
            yield ["end", candidate, str(attempt.state)]
        if attempt.end_screen_seen_at:
            yield ["seen", candidate]
        if attempt.granted_minutes:
            yield ["minutes", candidate, attempt.granted_minutes]


def _resumes(pks):
    used = ResumeRequest.objects.filter(attempt__candidate__session__in=pks, state=ResumeState.USED)
    for (candidate,) in used.values_list("attempt__candidate"):
        yield ["resume", candidate]


def _grants(pks):
    rows = TimeGrant.objects.filter(attempt__candidate__session__in=pks)
    fields = ("attempt__candidate", "minutes", "reason", "detail", "granted_by")
    for row in rows.values_list(*fields):
        yield ["grant", *row]


def _reports(pks):
    rows = IncidentReport.objects.filter(candidate__session__in=pks)
    fields = ("candidate", "code__code", "question_number", "description", "written_by")
    for row in rows.values_list(*fields):
        yield ["report", *row]


def _notes(pks):
    rows = SessionNote.objects.filter(session__in=pks)
    for row in rows.values_list("session", "text", "written_by"):
        yield ["note", *row]


def _lines(pks, since):
    """The audit, line by line; of the presences, in which order too. Who only looked did nothing."""
    ticks = Counter()
    rows = (
        AuditEvent.objects.filter(session_id__in=pks, pk__gt=since).exclude(OPENINGS).order_by("pk")
    )
    for kind, session, candidate in rows.values_list("kind", "session_id", "candidate_id"):
        yield ["line", kind, session, candidate]
        if kind in PRESENCES:
            yield ["tick", candidate, ticks[candidate], PRESENCES[kind]]
            ticks[candidate] += 1
