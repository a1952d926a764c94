"""What an officer reads about one session, in a number of queries that does not depend on it."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, Value, When
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from certif.accounts.models import User
from certif.audit.sentences import erased_in, names_in, sentence
from exam.enums import Outcome
from exam.models import Answer, Attempt, Question
from finalisation.models import Certification, ClosingFile
from finalisation.questions import with_question
from invigilation.models import IncidentReport
from sessions.models import Candidate
from sessions.queries import history

NEUTRALISED = "neutralised"
SO_MANY = {
    Outcome.RIGHT: ngettext_lazy("%(n)s juste", "%(n)s justes", "n"),
    Outcome.WRONG: ngettext_lazy("%(n)s fausse", "%(n)s fausses", "n"),
    Outcome.PASSED: ngettext_lazy("%(n)s passée", "%(n)s passées", "n"),
    Outcome.UNANSWERED: ngettext_lazy("%(n)s sans réponse", "%(n)s sans réponse", "n"),
    NEUTRALISED: ngettext_lazy("%(n)s neutralisée", "%(n)s neutralisées", "n"),
}


@dataclass(frozen=True)
class CandidateRow:
    """One candidate; what does not exist is None."""

    candidate: Candidate
    attempt: Attempt | None
    certification: Certification | None
    abandon_reason: str
    outcomes: Counter

    @property
    def answered(self):
        return self.outcomes.total()

    @property
    def counts(self):
        """« 40 justes », « 6 fausses », « 2 neutralisées »: what there is of each."""
        return [
            words % {"n": self.outcomes[each]}
            for each, words in SO_MANY.items()
            if self.outcomes[each]
        ]


@dataclass(frozen=True)
class Line:
    at: datetime
    sentence: str


def candidate_rows(session):
    candidates = session.candidates.select_related(
        "attempt__certification", "attempt__unfinished_reason"
    )
    outcomes = _outcomes(session)
    return [_candidate_row(candidate, outcomes) for candidate in candidates]


def _outcomes(session):
    """By test, how many answers there are of each; those that do not count are apart."""
    outcome = Case(
        When(neutralised_at__isnull=False, then=Value(NEUTRALISED)), default=F("outcome")
    )
    answers = Answer.objects.filter(attempt__candidate__session=session).order_by()
    found = defaultdict(Counter)
    for attempt, each, count in answers.values_list("attempt", outcome).annotate(Count("pk")):
        found[attempt][each] = count
    return found


def reports_of(session):
    """The session's reports, each with the `question` it is about and the `answer` to it, or None.

    One on a question that was withdrawn on the day has no answer, and says that it `is_withdrawn`.
    """
    reports = list(
        IncidentReport.objects.filter(candidate__session=session)
        .select_related(
            "candidate__attempt",
            "code",
            "written_by",
            "resolved_by",
            "discarded_by",
            "former__discarded_by",
        )
        .order_by(F("resolved_at").asc(nulls_first=True), "candidate__identity_key", "written_at")
    )
    about = [report for report in reports if report.question_number]
    if about:
        _tell_questions(session, about)
    return reports


def answers_of(attempt):
    """The answers of one test in their order, each with what was `given` and its `result`, as texts."""
    return _told(attempt.answers)


def timeline(session):
    """What happened, in sentences, from the first to the last."""
    events = list(history(session).order_by("at", "id"))
    people = User.objects.in_bulk({event.actor_id for event in events} - {None})
    candidates = Candidate.objects.in_bulk({event.candidate_id for event in events} - {None})
    names, erased = names_in(events), erased_in(events)
    lines = []
    for event in events:
        known = {} if (event.candidate_id, event.actor_id) in erased else people
        said = sentence(event, people=known, candidates=candidates, names=names)
        lines.append(Line(event.at, said))
    return lines


def closing_file_of(session):
    """The closing file; an empty one for a session that nobody began to finalise."""
    return getattr(session, "closing_file", None) or ClosingFile(session=session)


def _tell_questions(session, reports):
    placed = with_question(IncidentReport.objects.filter(candidate__session=session))
    found = dict(placed.values_list("pk", "question"))
    questions = Question.objects.in_bulk(set(found.values()))
    answers = Answer.objects.filter(
        attempt__candidate__session=session,
        number__in={report.question_number for report in reports},
    ).select_related("attempt")
    by_place = {(answer.attempt.candidate_id, answer.question_id): answer for answer in answers}
    for report in reports:
        held = found.get(report.pk)
        report.question = questions.get(held)
        report.answer = by_place.get((report.candidate_id, held))
        report.is_withdrawn = bool(held) and held not in report.candidate.attempt.question_ids


def _told(answers):
    """A question that many were asked is read once."""
    answers = list(answers.prefetch_related("question").order_by("attempt", "number"))
    results = {outcome.value: capfirst(outcome.label) for outcome in Outcome}
    for answer in answers:
        answer.given, answer.result = _given(answer), results[answer.outcome]
    return answers


def _given(answer):
    if isinstance(answer.value, list):
        return " · ".join(_choice(answer.question, rank) for rank in answer.value)
    return "" if answer.value is None else str(answer.value)


def _choice(question, rank):
    """The question may have lost this choice since."""
    if rank < len(question.choices):
        return question.choices[rank]
    return _("proposition n° %(n)s") % {"n": rank + 1}


def _candidate_row(candidate, outcomes):
    attempt = getattr(candidate, "attempt", None)
    reason = getattr(attempt, "unfinished_reason", None)
    return CandidateRow(
        candidate,
        attempt,
        getattr(attempt, "certification", None),
        reason.get_reason_display() if reason else "",
        outcomes[attempt.pk] if attempt else Counter(),
    )
