"""The results of a session as the centre and the candidate read them: one definition."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certif.audit.models import AuditEvent
from certif.lib.spreadsheets import csv_bytes
from certif.lib.spreadsheets.writing import Book, Column, Format
from exam.enums import AREAS
from exam.models import Attempt
from exam.scoring import Verdict
from finalisation.models import Certification
from finalisation.verification import in_groups

VERDICTS = {
    Verdict.VALIDATED: ("success", gettext_lazy("Certification obtenue")),
    Verdict.REJECTED: ("neutral", gettext_lazy("Certification non obtenue")),
    Verdict.CANCELLED: ("wait", gettext_lazy("Certification annulée")),
}


@dataclass(frozen=True)
class Result:
    """One started test; `certification` is None as long as its results are not given."""

    attempt: Attempt
    certification: Certification | None

    @property
    def candidate(self):
        return self.attempt.candidate

    @property
    def verdict_kind(self):
        return VERDICTS[self.certification.verdict][0]

    @property
    def verdict_label(self):
        return VERDICTS[self.certification.verdict][1]

    @property
    def is_cancelled(self):
        return self.certification.verdict == Verdict.CANCELLED

    @property
    def areas(self):
        """Each area of the framework: (label, percent), None when none of its questions counts."""
        for number, label in AREAS.items():
            right, counted = self.certification.areas.get(number, (0, 0))
            yield label, right * 100 // counted if counted else None

    @property
    def certificate(self):
        """The code of its certificate, as it is read aloud; "" when there is none to show."""
        if self.certification is None or self.certification.verdict != Verdict.VALIDATED:
            return ""
        # Results published before there were certificates have none.
        certificate = getattr(self.attempt, "certificate", None)
        return in_groups(certificate.code) if certificate else ""

    @property
    def for_candidate(self):
        return self._jury.for_candidate if self._jury else ""

    @property
    def for_centre(self):
        return self._jury.for_centre if self._jury else ""

    @property
    def _jury(self):
        return getattr(self.attempt, "jury", None)


def results_of(session, *, recipient=None):
    """The results of a published session, in the order of the list of candidates.

    `recipient`: the address whose candidates alone are read; without it, all are.
    """
    attempts = Attempt.objects.started().filter(candidate__session=session)
    if recipient is not None:
        attempts = attempts.filter(candidate__results_email__iexact=recipient)
    attempts = attempts.select_related(
        "candidate", "certification", "certificate", "jury"
    ).order_by("candidate__identity_key", "candidate_id")
    return [Result(attempt, attempt.certification) for attempt in attempts]


def were_taken_back(session):
    """Of a session that is not published: whether it was."""
    return AuditEvent.objects.filter(session_id=session.pk, kind="session.unpublished").exists()


def tally(results):
    """How many of each verdict, those that nobody has left out: (kind, label, count)."""
    counts = Counter(result.certification.verdict for result in results)
    return [(*VERDICTS[verdict], counts[verdict]) for verdict in VERDICTS if counts[verdict]]


def results_workbook(results, *, with_comments):
    book = Book()
    book.sheet(_("Résultats"), _columns(with_comments), _lines(results, with_comments))
    return book.to_bytes()


def results_csv(results, *, with_comments):
    titles = [str(column.title) for column in _columns(with_comments)]
    return csv_bytes([titles, *_lines(results, with_comments)])


def _columns(with_comments):
    return COLUMNS if with_comments else COLUMNS[:-1]


def _lines(results, with_comments):
    return [_line(result)[: len(_columns(with_comments))] for result in results]


COLUMNS = [
    Column(gettext_lazy("Numéro de session"), Format.NUMBER),
    Column(gettext_lazy("Numéro de certification"), Format.NUMBER),
    Column(gettext_lazy("Nom de naissance"), width=24),
    Column(gettext_lazy("Prénom"), width=20),
    Column(gettext_lazy("Date de naissance"), Format.DAY),
    Column(gettext_lazy("Identifiant externe")),
    Column(gettext_lazy("Classe")),
    Column(gettext_lazy("Résultat"), width=28),
    Column(gettext_lazy("Réponses justes (%)"), Format.NUMBER),
    *(Column(f"{label} (%)", Format.NUMBER, width=20) for label in AREAS.values()),
    Column(gettext_lazy("Commentaire de l’équipe Pix"), width=50),
]


def _line(result):
    """A cancelled test is worth nothing: it has no percentage."""
    candidate, certification = result.candidate, result.certification
    areas = [percent for _label, percent in result.areas]
    scores = [certification.percent, *areas]
    return [
        candidate.session_id,
        result.attempt.certification_number,
        candidate.birth_name,
        candidate.first_name,
        candidate.born,
        candidate.external_id,
        candidate.school_class,
        str(result.verdict_label),
        *([None] * len(scores) if result.is_cancelled else scores),
        result.for_centre,
    ]
