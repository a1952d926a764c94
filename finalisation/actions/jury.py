"""What an officer decides over the machine: a question, a certification, an identity (domain.md § 8)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from exam.models import Answer, Attempt
from exam.scoring import Verdict
from finalisation import mailings
from finalisation.actions.refusals import DecidedMeanwhile, SameIdentity, WithoutAnswer, WrongMoment
from finalisation.decisions import apply_ruling, score_attempt
from finalisation.models import IdentityCorrection, JuryDecision, MailKind, QuestionRuling
from sessions.actions.candidates import refuse_duplicate, refuse_erased
from sessions.models import Candidate, ExamSession

MOVED = {Verdict.CANCELLED: "certification.cancelled", Verdict.REJECTED: "certification.rejected"}
IDENTITY = (
    "birth_name",
    "first_name",
    "birth_date",
    "sex",
    "birth_postcode",
    "birth_city",
    "birth_insee_code",
    "birth_country",
)


@transaction.atomic
def rule_on_question(attempt, *, number, neutralised, why, by, operation=None):
    """Neutralise a question of one test, or count it again; the score follows.

    Raises WrongMoment, InvalidInput (`why`), WithoutAnswer.
    """
    session, attempt = _locked(attempt)
    if replayed(operation, by=by):
        return attempt
    _refuse_unless_in_review(session)
    if not why:
        raise InvalidInput(_("Donnez la raison : elle est gardée dans l’historique."), field="why")
    answer = Answer.objects.filter(attempt=attempt, number=number).first()
    if answer is None:
        raise WithoutAnswer
    now = timezone.now()
    ruling, _created = QuestionRuling.objects.update_or_create(
        attempt=attempt,
        number=number,
        defaults={"neutralised": neutralised, "why": why, "ruled_at": now, "ruled_by": by},
    )
    apply_ruling(ruling, answer)
    score_attempt(attempt, at=now)
    session.mark_changed()
    record(
        "question.neutralised" if neutralised else "question.restored",
        by=by,
        operation=operation,
        session=session,
        candidate=attempt.candidate,
        number=number,
        why=why,
    )
    return attempt


@transaction.atomic
def decide_certification(
    attempt, *, verdict, for_candidate, for_centre, by, seen=None, operation=None
):
    """Cancel or reject a certification, with a word for each; or, `verdict` empty, say a word only.

    Without a verdict and without a word, the computed result stands alone again. `seen`: the decision
    that the page showed (`mark_of`). Raises WrongMoment, InvalidInput, DecidedMeanwhile.
    """
    session, attempt = _locked(attempt)
    if replayed(operation, by=by):
        return attempt
    _refuse_unless_in_review(session)
    _check_words(verdict, for_candidate, for_centre)
    now = timezone.now()
    former = JuryDecision.objects.filter(attempt=attempt).first()
    if seen is not None and seen != mark_of(former):
        raise DecidedMeanwhile(_decided_by(former))
    if verdict or for_candidate or for_centre:
        words = {"verdict": verdict, "for_candidate": for_candidate, "for_centre": for_centre}
        JuryDecision.objects.update_or_create(
            attempt=attempt, defaults={**words, "decided_at": now, "decided_by": by}
        )
    elif former:
        former.delete()
    score_attempt(attempt, at=now)
    session.mark_changed()
    record(
        _kind_of_move(former, verdict),
        by=by,
        operation=operation,
        session=session,
        candidate=attempt.candidate,
        why=for_centre,
        told=for_candidate,
    )
    return attempt


def mark_of(decision):
    """Changes with each decision; empty without one."""
    return decision.decided_at.isoformat() if decision else ""


def _decided_by(decision):
    if decision is None:
        return _(
            "La décision que vous avez lue a été retirée depuis. Rien n’a été enregistré : relisez, "
            "puis enregistrez de nouveau."
        )
    return _(
        "%(officer)s a décidé depuis : %(what)s. Rien n’a été enregistré : relisez, puis "
        "enregistrez de nouveau pour mettre votre décision à la place."
    ) % {
        "officer": decision.decided_by,
        "what": decision.get_verdict_display() or _("un commentaire, sans changer le résultat"),
    }


@transaction.atomic
def correct_identity(candidate, *, why, by, operation=None, **identity):
    """Put right who the candidate is; the former identity is kept, and the centre told.

    `identity` holds some of IDENTITY. Raises WrongMoment, InvalidInput,
    SameIdentity, AlreadyEnrolled, CandidateErased.
    """
    session = ExamSession.objects.locked().get(pk=candidate.session_id)
    candidate = Candidate.objects.get(pk=candidate.pk)
    if replayed(operation, by=by):
        return candidate
    _refuse_unless_in_review(session)
    refuse_erased(candidate)
    if not why:
        raise InvalidInput(_("Donnez la raison : elle est transmise au centre."), field="why")
    former = {name: getattr(candidate, name) for name in IDENTITY}
    changed = [name for name in identity if former[name] != identity[name]]
    if not changed:
        raise SameIdentity
    for name in changed:
        setattr(candidate, name, identity[name])
    refuse_duplicate(candidate)
    correction = IdentityCorrection.objects.create(
        candidate=candidate, **former, why=why, corrected_by=by
    )
    candidate.save(update_fields=[*changed, "identity_key"])
    session.mark_changed()
    labels = ", ".join(str(Candidate._meta.get_field(name).verbose_name) for name in changed)
    record(
        "identity.corrected",
        by=by,
        operation=operation,
        session=session,
        candidate=candidate,
        changes=labels,
        why=why,
    )
    mailings.tell_centre(session, MailKind.CORRECTED, occasion=correction.corrected_at, why=why)
    return candidate


def _locked(attempt):
    session = ExamSession.objects.locked().get(pk=attempt.candidate.session_id)
    started = Attempt.objects.started().select_related("candidate")
    return session, started.get(pk=attempt.pk)


def _refuse_unless_in_review(session):
    if not session.is_under_review:
        raise WrongMoment


def _check_words(verdict, for_candidate, for_centre):
    if verdict and verdict not in MOVED:
        raise InvalidInput(_("Choisissez d’annuler ou de rejeter."), field="verdict")
    if verdict and not for_candidate:
        raise InvalidInput(_("Dites au candidat pourquoi."), field="for_candidate")
    if verdict and not for_centre:
        raise InvalidInput(_("Dites au centre pourquoi."), field="for_centre")


def _kind_of_move(former, verdict):
    if verdict:
        return MOVED[verdict]
    return "certification.restored" if former and former.verdict else "certification.commented"
