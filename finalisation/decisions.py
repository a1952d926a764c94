"""What the finalisation decides by itself, report by report (domain.md § 7, seed 003, pix.md § 1.4)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exam.enums import Outcome
from exam.models import Answer, Attempt
from exam.scoring import score
from finalisation.models import Certification, JuryDecision, QuestionRuling
from invigilation.fitting import DECIDED_BY_FITTING, fits
from invigilation.models import IncidentReport

# What kept the candidate from answering, by code.
CAUSES = {
    "E1": gettext_lazy("image absente"),
    "E3": gettext_lazy("fichier inutilisable"),
    "E4": gettext_lazy("site indisponible"),
    "E5": gettext_lazy("site bloqué par le réseau"),
    "E6": gettext_lazy("lien défectueux"),
    "E8": gettext_lazy("temps majoré non appliqué"),
    "E9": gettext_lazy("logiciel en panne"),
    "E11": gettext_lazy("page d’erreur"),
    "E12": gettext_lazy("question non accessible"),
}
FAILED = {
    Outcome.WRONG: gettext_lazy("réponse fausse"),
    Outcome.PASSED: gettext_lazy("question passée"),
    Outcome.UNANSWERED: gettext_lazy("question sans réponse"),
}


def decide(code, answer):
    """The decision on a report about this answer: (sentence, neutralise).

    None when a person has to look: other codes (E2, E7, E10…), or no answer under that number.
    """
    if code not in DECIDED_BY_FITTING or answer is None:
        return None
    number = answer.number
    if not fits(code, answer.question):
        return _("Q%(n)s inchangée\u00a0: la question ne comporte pas ce qui est signalé.") % {
            "n": number
        }, False
    if answer.outcome not in FAILED:
        return _("Q%(n)s inchangée\u00a0: la réponse était juste.") % {"n": number}, False
    return _("Q%(n)s neutralisée\u00a0: %(cause)s, %(outcome)s.") % {
        "n": number,
        "cause": CAUSES[code],
        "outcome": FAILED[answer.outcome],
    }, True


def decide_reports(session, *, at):
    """Decide every report on a question that nobody resolved. Call under the session's lock."""
    reports = (
        IncidentReport.objects.kept()
        .filter(candidate__session=session, needs_question=True, resolved_at__isnull=True)
        .select_related("code")
    )
    answers = {
        (answer.attempt.candidate_id, answer.number): answer
        for answer in Answer.objects.filter(attempt__candidate__session=session).select_related(
            "attempt", "question"
        )
    }
    for report in reports:
        answer = answers.get((report.candidate_id, report.question_number))
        decision = decide(report.code.code, answer)
        if decision is None:
            continue
        sentence, neutralise = decision
        if neutralise and answer.neutralised_at is None:
            answer.neutralised_at, answer.neutralised_why = at, sentence
            answer.save(update_fields=["neutralised_at", "neutralised_why"])
        report.resolved_at, report.resolution = at, sentence
        report.save(update_fields=["resolved_at", "resolution"])


def apply_rulings(session):
    """What officers decided before a reopening still stands. Call under the session's lock."""
    rulings = list(QuestionRuling.objects.filter(attempt__candidate__session=session))
    answers = Answer.objects.filter(
        attempt__in={ruling.attempt_id for ruling in rulings},
        number__in={ruling.number for ruling in rulings},
    )
    by_place = {(answer.attempt_id, answer.number): answer for answer in answers}
    for ruling in rulings:
        if answer := by_place.get((ruling.attempt_id, ruling.number)):
            apply_ruling(ruling, answer)


def apply_ruling(ruling, answer):
    answer.neutralised_at = ruling.ruled_at if ruling.neutralised else None
    answer.neutralised_why = ruling.why if ruling.neutralised else ""
    answer.save(update_fields=["neutralised_at", "neutralised_why"])


def score_attempts(session, *, at):
    """Write the result of each started test. Call under the session's lock."""
    attempts = Attempt.objects.started().filter(candidate__session=session)
    for attempt in attempts.select_related("jury").prefetch_related("answers__question"):
        _score(attempt, attempt.answers.all(), getattr(attempt, "jury", None), at)


def score_attempt(attempt, *, at):
    """Write the result of one started test anew. Call under the session's lock."""
    answers = Answer.objects.filter(attempt=attempt).select_related("question")
    _score(attempt, answers, JuryDecision.objects.filter(attempt=attempt).first(), at)


def _score(attempt, answers, jury, at):
    """What a jury decided stands over what was computed."""
    result = score(answers)
    Certification.objects.update_or_create(
        attempt=attempt,
        defaults={
            "verdict": jury.verdict if jury and jury.verdict else result.verdict,
            "right": result.right,
            "counted": result.counted,
            "neutralised": result.neutralised,
            "areas": result.areas,
            "scored_at": at,
        },
    )
