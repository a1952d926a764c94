import hashlib
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from certif.lib.typography import de
from exam.actions.ending import close
from exam.enums import AttemptState, Outcome
from exam.models import Answer, Attempt
from finalisation import tasks
from finalisation.actions.refusals import (
    AlreadyFinalised,
    Blocker,
    CannotBeNotHeld,
    ChangedMeanwhile,
    EditedMeanwhile,
    FinalisationBlocked,
    NothingStarted,
)
from finalisation.decisions import apply_rulings, decide_reports, score_attempts
from finalisation.models import (
    COMMENT_MAX_LENGTH,
    AbandonReason,
    ClosingFile,
    UnfinishedTest,
)
from invigilation import actions as invigilation_actions
from sessions.actions.session import lock_open_session
from sessions.enums import SessionState
from sessions.models import ExamSession

ALIVE_WITHIN = timedelta(minutes=5)


@transaction.atomic
def save_closing_file(
    session,
    *,
    by,
    reasons=None,
    end_screens=None,
    comments=None,
    based_on=None,
    operation=None,
):
    """Keep a draft: only what this person changed is given, and only that is written.

    `reasons` maps attempt ids to an AbandonReason or "" (none yet); `end_screens` maps attempt ids
    to whether the end screen was seen; `comments` holds `has_incident`, `global_comment`,
    `documents_comment`. `based_on` holds what the person had before his eyes, under the same keys
    (`reasons`, `comments`). Raises SessionClosed, InvalidInput, EditedMeanwhile.
    """
    session = lock_open_session(session.pk, operation=operation, by=by)
    closing_file = closing_file_of(session, by)
    if replayed(operation, by=by):
        return closing_file
    attempts = {
        attempt.pk: attempt
        for attempt in Attempt.objects.started()
        .filter(candidate__session=session)
        .select_related("candidate", "unfinished_reason")
    }
    _refuse_overwriting(closing_file, attempts, reasons or {}, comments or {}, based_on)
    changed = []
    for pk, reason in (reasons or {}).items():
        if pk in attempts:
            _set_reason(attempts[pk], reason, by)
            changed.append(_("raison de l’abandon"))
    for pk, seen in (end_screens or {}).items():
        if pk in attempts:
            invigilation_actions.note_end_screen(attempts[pk].candidate, seen=seen, by=by)
            changed.append(_("écran de fin de test"))
    if comments:
        _set_comments(closing_file, comments)
        changed.append(_("commentaires"))
    closing_file.saved_at, closing_file.saved_by = timezone.now(), by
    closing_file.save()
    if changed:
        record(
            "closing.saved",
            by=by,
            operation=operation,
            session=session,
            changes=", ".join(dict.fromkeys(changed)),
        )
    return closing_file


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
    if blockers := missing(closing_file, attempts, at=now):
        raise FinalisationBlocked(blockers)
    if confirmed is not None and confirmed != state_digest(closing_file, attempts):
        raise ChangedMeanwhile

    for attempt in dropped_reasons(attempts):
        attempt.unfinished_reason.delete()
    for attempt in attempts:
        if attempt.is_running:
            close(attempt, AttemptState.CLOSED, by=by, at=now)
    _fill_unanswered(attempts, at=now)
    decide_reports(session, at=now)
    apply_rulings(session)
    score_attempts(session, at=now)
    if not closing_file.has_incident:
        closing_file.global_comment = ""
    closing_file.saved_at, closing_file.saved_by = now, by
    closing_file.save()
    session.move_to(SessionState.FINALISED, by=by, at=now)
    late = _("en retard") if session.is_late else _("dans les 48 heures")
    record("session.finalised", by=by, operation=operation, session=session, late=late)
    tasks.tell_centre_finalised.enqueue(session.pk)
    return session


@transaction.atomic
def close_not_held(session, *, comment, by, operation=None):
    """A session where people came and no test could start: kept with its evidence."""
    session = ExamSession.objects.locked().select_related("centre").get(pk=session.pk)
    if replayed(operation, by=by):
        return session
    refuse_finalised(session)
    noted = session.candidates.filter(presence_noted_at__isnull=False).exists()
    if session.first_started_at or not noted:
        raise CannotBeNotHeld
    if not comment:
        raise InvalidInput(_("Dites pourquoi la session n’a pas pu se tenir."), field="comment")
    now = timezone.now()
    closing_file = closing_file_of(session, by)
    closing_file.not_held, closing_file.has_incident = True, True
    closing_file.global_comment = comment
    closing_file.saved_at, closing_file.saved_by = now, by
    closing_file.save()
    session.move_to(SessionState.FINALISED, by=by, at=now)
    record("session.not_held", by=by, operation=operation, session=session)
    return session


def missing(closing_file, attempts, *, at):
    """What keeps the session from being finalised, by identity and not by counting."""
    blockers = []
    for attempt in attempts:
        who, reason = attempt.candidate, getattr(attempt, "unfinished_reason", None)
        if is_alive(attempt, at=at):
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


def is_alive(attempt, *, at):
    """A test that gave a sign of life so lately that one wrong click must not stop it."""
    return attempt.is_running and attempt.beat.last_seen_at > at - ALIVE_WITHIN


def state_digest(closing_file, attempts):
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
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def reason_of(attempt):
    """The reason given so far, or ""."""
    given = getattr(attempt, "unfinished_reason", None)
    return given.reason if given else ""


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
        .select_related("candidate", "beat", "unfinished_reason")
        .order_by("candidate__identity_key", "candidate_id")
    )


def closing_file_of(session, by):
    """The closing file, made on first use. Call under the session's lock."""
    closing_file, _created = ClosingFile.objects.get_or_create(
        session=session, defaults={"saved_by": by}
    )
    return closing_file


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


def _refuse_overwriting(closing_file, attempts, reasons, comments, based_on):
    """What somebody else wrote since this person opened the page is not replaced unseen."""
    if based_on is None:
        return
    edited = [
        Blocker(
            "edited",
            _("Quelqu’un d’autre a choisi entre-temps « %(now)s » pour %(who)s.")
            % {"now": _reason_label(reason_of(attempts[pk])), "who": attempts[pk].candidate},
            f"reason-{pk}",
            attempts[pk].candidate_id,
        )
        for pk, reason in reasons.items()
        if pk in attempts
        and reason_of(attempts[pk]) not in (reason, based_on["reasons"].get(pk, ""))
    ]
    edited += [
        Blocker(
            "edited",
            _("Quelqu’un d’autre a modifié ce commentaire entre-temps : « %(now)s ».")
            % {"now": getattr(closing_file, name)},
            name,
        )
        for name, value in comments.items()
        if getattr(closing_file, name) not in (value, based_on["comments"].get(name))
    ]
    if edited:
        raise EditedMeanwhile(edited)


def _reason_label(reason):
    return AbandonReason(reason).label if reason else _("aucune raison")


def _set_reason(attempt, reason, by):
    if not attempt.unfinished() or not reason:
        UnfinishedTest.objects.filter(attempt=attempt).delete()
    elif reason not in AbandonReason.values:
        raise InvalidInput(_("Choisissez l’une des deux raisons proposées."))
    else:
        UnfinishedTest.objects.update_or_create(
            attempt=attempt,
            defaults={"reason": reason, "given_at": timezone.now(), "given_by": by},
        )


def _set_comments(closing_file, comments):
    for name, value in comments.items():
        if isinstance(value, str) and len(value) > COMMENT_MAX_LENGTH:
            raise InvalidInput(
                _("Le commentaire est limité à %(n)s caractères.") % {"n": COMMENT_MAX_LENGTH},
                field=name,
            )
        setattr(closing_file, name, value)


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
