"""What the pages of this app read, in a number of queries that does not depend on the room."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from django.utils import timezone
from django.utils.translation import gettext as _

from exam.enums import AttemptState
from finalisation.actions.closing import (
    alive_tests,
    dropped_reasons,
    missing,
    started_attempts,
    state_digest,
    unanswered_problems,
)
from finalisation.actions.refusals import Edited
from finalisation.hints import spotted, tell_hints
from finalisation.models import AbandonReason, ClosingFile
from finalisation.writing import Written, text_author, written_end_screen, written_reason
from invigilation.models import IncidentReport


@dataclass(frozen=True)
class Mark:
    """What stands beside a field: who wrote it last, or what somebody else wrote meanwhile."""

    name: str
    written: Written | None = None
    edited: Edited | None = None


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
    alive: set
    unanswered: list
    read_at: object
    edited: dict = field(default_factory=dict)

    @cached_property
    def unfinished(self):
        return [attempt for attempt in self.attempts if attempt.unfinished()]

    @cached_property
    def finished(self):
        return [attempt for attempt in self.attempts if not attempt.unfinished()]

    def mark(self, name, written=None):
        return Mark(name, written, self.edited.get(name))

    @property
    def incident_mark(self):
        return self.mark("has_incident", text_author(self.file, "has_incident"))

    @property
    def global_mark(self):
        return self.mark("global_comment", text_author(self.file, "global_comment"))

    @property
    def documents_mark(self):
        return self.mark("documents_comment", text_author(self.file, "documents_comment"))

    @property
    def marks(self):
        """Of every field that the page shows."""
        texts = [self.incident_mark, self.global_mark, self.documents_mark]
        return [*texts, *(_row_mark(self, attempt) for attempt in self.attempts)]

    @property
    def candidates(self):
        return [*(attempt.candidate for attempt in self.attempts), *self.not_started]

    @property
    def shape(self):
        """Changes when a line has to come, go, or pass from one list to another."""
        lists = [[a.pk for a in self.unfinished], [a.pk for a in self.finished]]
        shown = [*lists, [candidate.pk for candidate in self.not_started]]
        return sha256(repr(shown).encode()).hexdigest()[:12]

    @property
    def blockers(self):
        return missing(self.file, self.attempts, alive=self.alive)

    @property
    def dropped(self):
        return [attempt.candidate for attempt in dropped_reasons(self.attempts)]

    @property
    def digest(self):
        return state_digest(
            self.file,
            self.attempts,
            reports=[report for told in self.reports.values() for report in told],
            documents=self.documents,
            not_started=self.not_started,
            unanswered=self.unanswered,
        )

    @property
    def is_before_end(self):
        return self.read_at < self.session.ends_at

    @cached_property
    def hints(self):
        """What the comment tells of a question, with the forms to tell it by."""
        text = self.file.global_comment if self.file.has_incident else ""
        spots = spotted(text)
        return tell_hints(self.session, self.attempts, text, spots) if spots else []

    @property
    def is_uneventful(self):
        """Nothing to say of anybody, nor of the room."""
        said = self.reports or self.notes or self.unanswered or self.file.has_incident
        return not (said or self.unfinished or self.blockers)

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
    mark: Mark | None = None
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
            mark=_row_mark(closing, attempt),
            is_seen=str(attempt.pk) in seen,
            **_badge(attempt, closing.alive),
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


def _row_mark(closing, attempt):
    if attempt.unfinished():
        return closing.mark(f"reason-{attempt.pk}", written_reason(attempt))
    return closing.mark(f"seen-{attempt.pk}", written_end_screen(attempt))


def _control(form, name):
    return form[name] if form and name in form.fields else None


def _badge(attempt, alive):
    if attempt.is_running:
        kind = "running" if attempt.pk in alive else "silent"
        labels = {"running": _("En cours"), "silent": _("Déconnecté")}
        return {"badge": kind, "badge_label": labels[kind]}
    if attempt.state == AttemptState.ENDED:
        return {"badge": "ended", "badge_label": _("Terminé par le surveillant")}
    return {"badge": "ended", "badge_label": _("Terminé à la finalisation")}


def read_closing(session):
    candidates = list(session.candidates.all())
    attempts = started_attempts(session)
    started = {attempt.candidate_id for attempt in attempts}
    now = timezone.now()
    return Closing(
        session=session,
        file=_file_of(session),
        attempts=attempts,
        not_started=[candidate for candidate in candidates if candidate.pk not in started],
        reports=reports_of(session),
        documents=list(session.closing_documents.select_related("added_by")),
        notes=list(session.notes.told()),
        homonyms=_homonyms(candidates),
        alive=alive_tests(session, at=now),
        unanswered=list(unanswered_problems(session)),
        read_at=now,
    )


def _file_of(session):
    people = ("saved_by", "has_incident_by", "global_comment_by", "documents_comment_by")
    file = ClosingFile.objects.filter(session=session).select_related(*people).first()
    return file or ClosingFile(session=session, saved_at=None)


def closing_version(session, *, at):
    """Moves with whatever the page of an open session shows, the passing of time included."""
    alive = sha256(repr(sorted(alive_tests(session, at=at))).encode()).hexdigest()[:8]
    return f"{session.version}.{int(at < session.ends_at)}.{alive}"


def sealed_of(session):
    """The record of the finalisation as it stands; one that was undone keeps its own."""
    return session.sealed_records.filter(finalised_at=session.finalised_at).first()


def automatic_decisions(session):
    """The reports that the finalisation resolved by itself, each with its sentence."""
    reports = IncidentReport.objects.kept().filter(
        candidate__session=session, resolved_at__isnull=False, resolved_by__isnull=True
    )
    return list(reports.select_related("candidate", "code").order_by("candidate", "pk"))


def reports_of(session):
    """The reports that stand, by candidate."""
    reports = defaultdict(list)
    kept = IncidentReport.objects.kept().filter(candidate__session=session)
    for report in kept.select_related("code", "written_by").order_by("written_at", "pk"):
        reports[report.candidate_id].append(report)
    return reports


def _homonyms(candidates):
    """The candidates whose names do not tell them apart: their birth date is shown."""
    known = [candidate for candidate in candidates if not candidate.is_erased]
    names = Counter(_names(candidate) for candidate in known)
    return {candidate.pk for candidate in known if names[_names(candidate)] > 1}


def _names(candidate):
    return candidate.identity_key.rpartition("/")[0]
