"""The closing file while it is filled in: by several members at once, field by field."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from exam.models import Attempt
from finalisation.actions.refusals import Edited, EditedMeanwhile
from finalisation.models import (
    COMMENT_MAX_LENGTH,
    AbandonReason,
    ClosingFile,
    UnfinishedTest,
)
from finalisation.writing import reason_of, text_author, written_reason
from invigilation import actions as invigilation_actions
from sessions.actions.session import lock_open_session
from sessions.models import ExamSession


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
        .select_related("candidate", "unfinished_reason__given_by")
    }
    reasons = _news(reasons, {pk: reason_of(attempt) for pk, attempt in attempts.items()})
    comments = _news(comments, vars(closing_file))
    if based_on is not None:
        _refuse_overwriting(closing_file, attempts, reasons, comments, based_on, by)
    changed = []
    for pk, reason in reasons.items():
        _set_reason(attempts[pk], reason, by)
        changed.append(_("raison de l’abandon"))
    for pk, seen in (end_screens or {}).items():
        if pk in attempts:
            invigilation_actions.note_end_screen(attempts[pk].candidate, seen=seen, by=by)
            changed.append(_("écran de fin de test"))
    if comments:
        set_comments(closing_file, comments, by)
        changed.append(_("commentaires"))
    closing_file.saved_at, closing_file.saved_by = timezone.now(), by
    closing_file.save()
    if changed:
        mark_closing_changed(session)
        record(
            "closing.saved",
            by=by,
            operation=operation,
            session=session,
            changes=", ".join(dict.fromkeys(changed)),
        )
    return closing_file


def closing_file_of(session, by):
    """The closing file, made on first use. Call under the session's lock."""
    closing_file, _created = ClosingFile.objects.get_or_create(
        session=session, defaults={"saved_by": by}
    )
    return closing_file


def mark_closing_changed(session):
    """What the other members see of the file moved. Call under the session's lock."""
    ExamSession.objects.filter(pk=session.pk).update(version=F("version") + 1)


def _news(given, kept):
    """What differs from what is kept: the same thing said by two people is the first one's."""
    return {key: value for key, value in (given or {}).items() if kept.get(key, value) != value}


def _refuse_overwriting(closing_file, attempts, reasons, comments, based_on, by):
    """What somebody else wrote since this person read the page is not replaced unseen.

    What this person wrote, and was not answered, is.
    """
    edited = [
        _edited_reason(attempts[pk])
        for pk in reasons
        if reason_of(attempts[pk]) != based_on["reasons"].get(pk, "")
        and not _is_own(written_reason(attempts[pk]), by)
    ]
    edited += [
        _edited_text(closing_file, name)
        for name in comments
        if getattr(closing_file, name) != based_on["comments"].get(name)
        and not _is_own(text_author(closing_file, name), by)
    ]
    if edited:
        raise EditedMeanwhile(edited)


def _is_own(written, by):
    return written is not None and written.by == by


def _edited_reason(attempt):
    theirs, written = reason_of(attempt), written_reason(attempt)
    label = AbandonReason(theirs).label if theirs else _("aucune raison")
    sentence = _("%(author)s a choisi entre-temps «\u00a0%(theirs)s\u00a0» pour %(who)s.")
    who = attempt.candidate
    return Edited(
        "edited",
        sentence % {"author": _author(written), "theirs": label, "who": who},
        f"reason-{attempt.pk}",
        who.pk,
        theirs=theirs,
    )


def _edited_text(closing_file, name):
    theirs, written = getattr(closing_file, name), text_author(closing_file, name)
    if name == "has_incident":
        theirs = "yes" if theirs else "no"
        sentence = _("%(author)s a choisi entre-temps l’autre réponse.")
    elif theirs:
        sentence = _("%(author)s a écrit entre-temps\u00a0: «\u00a0%(theirs)s\u00a0».")
    else:
        sentence = _("%(author)s a effacé ce texte entre-temps.")
    sentence %= {"author": _author(written), "theirs": theirs}
    return Edited("edited", sentence, name, theirs=theirs)


def _author(written):
    return written.by if written else _("Quelqu’un d’autre")


def _set_reason(attempt, reason, by):
    candidate = attempt.candidate
    if not attempt.unfinished() or not reason:
        withdrawn, _rows = UnfinishedTest.objects.filter(attempt=attempt).delete()
        if withdrawn:
            record("reason.withdrawn", by=by, candidate=candidate)
    elif reason not in AbandonReason.values:
        raise InvalidInput(_("Choisissez l’une des deux raisons proposées."))
    else:
        UnfinishedTest.objects.update_or_create(
            attempt=attempt,
            defaults={"reason": reason, "given_at": timezone.now(), "given_by": by},
        )
        label = str(AbandonReason(reason).label)
        record("reason.given", by=by, candidate=candidate, reason=label)


def set_comments(closing_file, comments, by):
    """`comments`: see save_closing_file. Raises InvalidInput."""
    now = timezone.now()
    for name, value in comments.items():
        if isinstance(value, str) and len(value) > COMMENT_MAX_LENGTH:
            raise InvalidInput(
                _("Le commentaire est limité à %(n)s caractères.") % {"n": COMMENT_MAX_LENGTH},
                field=name,
            )
        setattr(closing_file, name, value)
        setattr(closing_file, f"{name}_at", now)
        setattr(closing_file, f"{name}_by", by)
