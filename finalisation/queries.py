"""What the pages of this app read, in a number of queries that does not depend on the room."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from exam.enums import AttemptState
from finalisation.actions.closing import (
    dropped_reasons,
    is_alive,
    missing,
    started_attempts,
    state_digest,
)
from finalisation.models import AbandonReason, ClosingFile
from invigilation.models import IncidentReport


@dataclass
class Closing:
    """The closing file of a session, as its page shows it."""

    session: object
    file: ClosingFile
    attempts: list
    not_started: list
    reports: dict
    documents: list
    notes: list
    homonyms: set
    read_at: object

    @cached_property
    def unfinished(self):
        return [attempt for attempt in self.attempts if attempt.unfinished()]

    @cached_property
    def finished(self):
        return [attempt for attempt in self.attempts if not attempt.unfinished()]

    @property
    def blockers(self):
        return missing(self.file, self.attempts, at=self.read_at)

    @property
    def dropped(self):
        return [attempt.candidate for attempt in dropped_reasons(self.attempts)]

    @property
    def digest(self):
        return state_digest(self.file, self.attempts)

    @property
    def is_before_end(self):
        return self.read_at < self.session.ends_at

    @property
    def presence_noted(self):
        return any(candidate.presence_noted_at for candidate in self.not_started)

    @property
    def unseen_count(self):
        return sum(attempt.end_screen_seen_at is None for attempt in self.finished)

    @property
    def report_count(self):
        return sum(map(len, self.reports.values()))

    @property
    def abandoned_count(self):
        return self._reasons[AbandonReason.CANDIDATE]

    @property
    def technical_count(self):
        return self._reasons[AbandonReason.TECHNICAL]

    @cached_property
    def _reasons(self):
        return Counter(attempt.unfinished_reason.reason for attempt in self.unfinished)


@dataclass
class Row:
    """One line of the first step."""

    candidate: object
    reports: list
    is_homonym: bool
    attempt: object = None
    reason: object = None
    is_seen: bool = False
    badge: str = ""
    badge_label: str = ""


def rows(closing, attempts, form=None):
    """The lines of started tests, with the controls of the form when there is one."""
    seen = set(form["seen"].value() or []) if form else set()
    return [
        Row(
            **_line(closing, attempt.candidate),
            attempt=attempt,
            reason=_control(form, f"reason-{attempt.pk}"),
            is_seen=str(attempt.pk) in seen,
            **_badge(attempt, closing.read_at),
        )
        for attempt in attempts
    ]


def not_started_rows(closing):
    return [Row(**_line(closing, candidate)) for candidate in closing.not_started]


def _line(closing, candidate):
    return {
        "candidate": candidate,
        "reports": closing.reports.get(candidate.pk, []),
        "is_homonym": candidate.pk in closing.homonyms,
    }


def _control(form, name):
    return form[name] if form and name in form.fields else None


def _badge(attempt, at):
    if attempt.is_running:
        kind = "running" if is_alive(attempt, at=at) else "silent"
        labels = {"running": _("En cours"), "silent": _("Déconnecté")}
        return {"badge": kind, "badge_label": labels[kind]}
    if attempt.state == AttemptState.ENDED:
        return {"badge": "ended", "badge_label": _("Terminé par le surveillant")}
    return {"badge": "ended", "badge_label": _("Terminé à la finalisation")}


def read_closing(session):
    candidates = list(session.candidates.all())
    attempts = started_attempts(session)
    started = {attempt.candidate_id for attempt in attempts}
    return Closing(
        session=session,
        file=ClosingFile.objects.filter(session=session).select_related("saved_by").first()
        or ClosingFile(session=session, saved_at=None),
        attempts=attempts,
        not_started=[candidate for candidate in candidates if candidate.pk not in started],
        reports=reports_of(session),
        documents=list(session.closing_documents.select_related("added_by")),
        notes=list(session.notes.told()),
        homonyms=_homonyms(candidates),
        read_at=timezone.now(),
    )


def reports_of(session):
    """The reports that stand, by candidate."""
    reports = defaultdict(list)
    kept = IncidentReport.objects.kept().filter(candidate__session=session)
    for report in kept.select_related("code", "written_by").order_by("written_at", "pk"):
        reports[report.candidate_id].append(report)
    return reports


def _homonyms(candidates):
    """The candidates whose names do not tell them apart: their birth date is shown."""
    names = Counter(_names(candidate) for candidate in candidates)
    return {candidate.pk for candidate in candidates if names[_names(candidate)] > 1}


def _names(candidate):
    return candidate.identity_key.rpartition("/")[0]
