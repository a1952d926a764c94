import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.audit.models import AuditEvent, record, replayed
from certif.lib.refusals import InvalidInput
from certif.lib.typography import de
from exam.actions.ending import close
from exam.enums import AttemptState, Outcome, ResumeState, Right
from exam.models import RESUME_RIGHT_LASTS, Answer, Attempt, QuestionProblem, ResumeRequest
from finalisation import mailings, sealing
from finalisation.actions.draft import closing_file_of, set_comments
from finalisation.actions.refusals import (
    AlreadyFinalised,
    Blocker,
    CannotBeNotHeld,
    ChangedMeanwhile,
    FinalisationBlocked,
    NothingStarted,
)
from finalisation.decisions import apply_rulings, decide_reports, score_attempts
from finalisation.models import AbandonReason, MailKind
from finalisation.writing import reason_of
from invigilation.models import IncidentReport
from sessions.enums import SessionState
from sessions.models import ExamSession

ALIVE_WITHIN = timedelta(minutes=5)


@transaction.atomic
def finalise(session, *, by, confirmed=None, operation=None):
    """Finalise, once, in one transaction: close, decide, score, tell.

    `confirmed` is the `state_digest` of what the person confirmed. Raises AlreadyFinalised,
    NothingStarted, FinalisationBlocked (everything that is missing), ChangedMeanwhile.
    """
    session = ExamSession.objects.locked().select_related("centre").get(pk=session.pk)
    if replayed(operation, by=by):
        return session
    refuse_finalised(session)
    if not session.first_started_at:
        raise NothingStarted
    now = timezone.now()
    closing_file = closing_file_of(session, by)
    attempts = started_attempts(session)
    if blockers := missing(closing_file, attempts, alive=alive_tests(session, at=now)):
        raise FinalisationBlocked(blockers)
    if confirmed is not None and confirmed != _digest(session, closing_file, attempts):
        raise ChangedMeanwhile

    for attempt in dropped_reasons(attempts):
        attempt.unfinished_reason.delete()
    close([each for each in attempts if each.is_running], AttemptState.CLOSED, by=by, at=now)
    _fill_unanswered(attempts, at=now)
    decide_reports(session, at=now)
    apply_rulings(session)
    score_attempts(session, at=now)
    if not closing_file.has_incident:
        closing_file.global_comment = ""
    closing_file.saved_at, closing_file.saved_by = now, by
    closing_file.save()
    session.move_to(SessionState.FINALISED, by=by, at=now)
    when = _moment_of(session)
    record("session.finalised", by=by, operation=operation, session=session, late=when)
    _tell(session, at=now, counts=_counts(session, attempts))
    return session


@transaction.atomic
def close_not_held(session, *, comment, by, operation=None):
    """A session of which something was noted and where no test could start: kept with its evidence."""
    session = ExamSession.objects.locked().select_related("centre").get(pk=session.pk)
    if replayed(operation, by=by):
        return session
    refuse_not_held(session)
    if not comment:
        raise InvalidInput(_("Dites pourquoi la session n’a pas pu se tenir."), field="comment")
    now = timezone.now()
    closing_file = closing_file_of(session, by)
    closing_file.not_held = True
    set_comments(closing_file, {"has_incident": True, "global_comment": comment}, by)
    closing_file.saved_at, closing_file.saved_by = now, by
    closing_file.save()
    session.move_to(SessionState.FINALISED, by=by, at=now)
    when = _moment_of(session)
    record("session.not_held", by=by, operation=operation, session=session, late=when)
    _tell(session, at=now, not_held=True)
    return session


def refuse_not_held(session):
    refuse_finalised(session)
    if session.first_started_at or not session.has_evidence:
        raise CannotBeNotHeld


def _tell(session, *, at, **details):
    """The centre by mail, and the record that keeps what it sent."""
    mailings.tell_centre(session, MailKind.FINALISED, occasion=at, **details)
    sealing.seal_record.enqueue(session.pk, at.isoformat())


def _moment_of(session):
    """How the finalisation stands to the 48 hours, in the sentence of the history."""
    if session.was_opened_again:
        return _("de nouveau, après sa réouverture par Pix")
    return _("en retard") if session.is_late else _("dans les 48 heures")


def missing(closing_file, attempts, *, alive):
    """What keeps the session from being finalised, by identity and not by counting."""
    blockers = []
    for attempt in attempts:
        who, reason = attempt.candidate, getattr(attempt, "unfinished_reason", None)
        if attempt.pk in alive:
            blockers.append(
                Blocker(
                    "alive",
                    _("%(who)s est encore en train de passer son test.") % {"who": who},
                    f"candidate-{who.pk}",
                    who.pk,
                    str(who),
                )
            )
        if attempt.unfinished() and reason is None:
            blockers.append(
                Blocker(
                    "reason",
                    _("Choisissez la raison de l’abandon %(of_who)s.") % {"of_who": de(who)},
                    f"reason-{attempt.pk}",
                    who.pk,
                )
            )
    if closing_file.has_incident and not closing_file.global_comment:
        blockers.append(
            Blocker("comment", _("Décrivez l’incident qui a touché la session."), "global_comment")
        )
    return blockers


def alive_tests(session, *, at):
    """The numbers of the tests that one wrong click must not stop: seen lately, opened again lately, or
    whose candidate stands at the door."""
    lately, at_the_door = at - ALIVE_WITHIN, at - RESUME_RIGHT_LASTS
    opened_again = AuditEvent.objects.filter(
        session_id=session.pk, kind="attempt.reopened", at__gt=lately
    )
    asks = ResumeRequest.objects.filter(
        attempt=OuterRef("pk"), state=ResumeState.PENDING, asked_at__gt=at_the_door
    )
    running = Attempt.objects.filter(candidate__session=session, state=AttemptState.RUNNING)
    lives = running.filter(
        Q(beat__last_seen_at__gt=lately)
        | Q(right=Right.RESUME, right_granted_at__gte=at_the_door)
        | Exists(asks)
        | Q(candidate__in=opened_again.values("candidate_id"))
    )
    return set(lives.values_list("pk", flat=True))


def _digest(session, closing_file, attempts):
    """As the page asked for it, of what stands under the lock."""
    started = [attempt.candidate_id for attempt in attempts]
    return state_digest(
        closing_file,
        attempts,
        reports=_kept_reports(session),
        documents=session.closing_documents.all(),
        not_started=session.candidates.exclude(pk__in=started),
        unanswered=unanswered_problems(session),
    )


def state_digest(closing_file, attempts, *, reports, documents, not_started, unanswered):
    """Changes when, and only when, what the confirmation says about the session changes."""
    said = [
        closing_file.has_incident,
        closing_file.global_comment,
        *(
            (
                attempt.pk,
                attempt.unfinished(),
                reason_of(attempt),
                attempt.end_screen_seen_at is not None,
            )
            for attempt in attempts
        ),
        *(
            sorted(each.pk for each in counted)
            for counted in (reports, documents, not_started, unanswered)
        ),
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def dropped_reasons(attempts):
    """Reasons given for tests that reached their end screen meanwhile: no longer of use."""
    return [
        attempt
        for attempt in attempts
        if not attempt.unfinished() and hasattr(attempt, "unfinished_reason")
    ]


def started_attempts(session):
    return list(
        Attempt.objects.started()
        .filter(candidate__session=session)
        .select_related("candidate", "beat", "unfinished_reason__given_by", "end_screen_seen_by")
        .order_by("candidate__identity_key", "candidate_id")
    )


def refuse_finalised(session):
    if not session.is_open:
        local = session.finalised_at.astimezone(session.zone)
        raise AlreadyFinalised(
            _(
                "La session a déjà été finalisée par %(who)s, le %(day)s à %(hour)s\u00a0h\u00a0%(minute)s."
            )
            % {
                "who": session.finalised_by,
                "day": f"{local:%d/%m/%Y}",
                "hour": local.hour,
                "minute": f"{local:%M}",
            }
        )


def _counts(session, attempts):
    """What was sent, for the mail: no name in it."""
    unfinished = sum(attempt.unfinished() for attempt in attempts)
    return {
        "finished": len(attempts) - unfinished,
        "unfinished": unfinished,
        "reports": _kept_reports(session).count(),
        "documents": session.closing_documents.count(),
    }


def unanswered_problems(session):
    """What candidates raised, that nobody answered and that no report tells, in the order of the list."""
    told = _kept_reports(session).filter(
        candidate=OuterRef("attempt__candidate"), question_number=OuterRef("number")
    )
    raised = QuestionProblem.objects.unanswered().filter(attempt__candidate__session=session)
    return (
        raised.exclude(Exists(told))
        .select_related("attempt__candidate")
        .order_by("attempt__candidate__identity_key", "attempt__candidate", "pk")
    )


def _kept_reports(session):
    return IncidentReport.objects.kept().filter(candidate__session=session)


def _fill_unanswered(attempts, *, at):
    """Questions never reached: failed after « Abandon du candidat », neutralised after a technical
    problem (domain.md § 7)."""
    rows = []
    for attempt in attempts:
        if not attempt.unfinished():
            continue
        technical = attempt.unfinished_reason.reason == AbandonReason.TECHNICAL
        for number in range(attempt.current_number, attempt.question_count + 1):
            rows.append(
                Answer(
                    attempt=attempt,
                    number=number,
                    question_id=attempt.question_ids[number - 1],
                    outcome=Outcome.UNANSWERED,
                    answered_at=at,
                    neutralised_at=at if technical else None,
                    neutralised_why=_("test interrompu par un problème technique")
                    if technical
                    else "",
                )
            )
    Answer.objects.bulk_create(rows)
