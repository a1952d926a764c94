"""What an officer reads about one session, in a number of queries that does not depend on it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from certif.accounts.models import User
from certif.audit.sentences import names_in, sentence
from exam.models import Answer, Attempt, Question
from finalisation.models import Certification, ClosingFile
from finalisation.questions import with_question
from invigilation.models import IncidentReport
from sessions.models import Candidate
from sessions.queries import history


@dataclass(frozen=True)
class CandidateRow:
    """One candidate; what does not exist is None."""

    candidate: Candidate
    attempt: Attempt | None
    certification: Certification | None
    abandon_reason: str


@dataclass(frozen=True)
class Line:
    at: datetime
    sentence: str


def candidate_rows(session):
    candidates = session.candidates.select_related(
        "attempt__certification", "attempt__unfinished_reason"
    )
    return [_candidate_row(candidate) for candidate in candidates]


def reports_of(session):
    """The session's reports, each with the `question` it is about and the `answer` to it, or None.

    One on a question that was withdrawn on the day has no answer, and says that it `is_withdrawn`.
    """
    reports = list(
        IncidentReport.objects.filter(candidate__session=session)
        .select_related("candidate__attempt", "code", "written_by", "resolved_by", "discarded_by")
        .order_by(F("resolved_at").asc(nulls_first=True), "candidate__identity_key", "written_at")
    )
    about = [report for report in reports if report.question_number]
    if about:
        _tell_questions(session, about)
    return reports


def answers_of(attempt):
    """The answers of one test in their order, each with what was `given`, as a text."""
    answers = list(attempt.answers.select_related("question").order_by("number"))
    for answer in answers:
        answer.given = _given(answer)
    return answers


def timeline(session):
    """What happened, in sentences, from the first to the last."""
    events = list(history(session).order_by("at", "id"))
    people = User.objects.in_bulk({event.actor_id for event in events} - {None})
    candidates = Candidate.objects.in_bulk({event.candidate_id for event in events} - {None})
    names = names_in(events)
    return [
        Line(event.at, sentence(event, people=people, candidates=candidates, names=names))
        for event in events
    ]


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


def _given(answer):
    if isinstance(answer.value, list):
        return " · ".join(_choice(answer.question, rank) for rank in answer.value)
    return "" if answer.value is None else str(answer.value)


def _choice(question, rank):
    """The question may have lost this choice since."""
    if rank < len(question.choices):
        return question.choices[rank]
    return _("proposition n° %(n)s") % {"n": rank + 1}


def _candidate_row(candidate):
    attempt = getattr(candidate, "attempt", None)
    reason = getattr(attempt, "unfinished_reason", None)
    return CandidateRow(
        candidate,
        attempt,
        getattr(attempt, "certification", None),
        reason.get_reason_display() if reason else "",
    )
