from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput, Refusal
from exam.actions.resuming import mark_rows_changed
from invigilation.actions.discarding import take_out
from invigilation.models import DESCRIPTION_MAX_LENGTH, SessionNote
from sessions.actions.session import lock_open_session


class NoteDiscarded(Refusal):
    message = gettext_lazy("Cette note a déjà été corrigée ou retirée.")


@transaction.atomic
def write_note(session, *, text, by, operation=None):
    """Note something about the whole room. Raises SessionClosed, InvalidInput."""
    session = lock_open_session(session.pk, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return SessionNote.objects.get(pk=event.data["note"])
    _refuse_text(text)
    note = SessionNote.objects.create(session=session, text=text, written_by=by)
    mark_rows_changed(session, [])
    record("note.written", by=by, operation=operation, session=session, note=note.pk)
    return note


@transaction.atomic
def correct_note(note, *, text, by, operation=None):
    """Write a note again; the former wording is kept, out of the file.

    The same words change nothing. Raises SessionClosed, NoteDiscarded, InvalidInput.
    """
    session = lock_open_session(note.session_id, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return SessionNote.objects.get(pk=event.data["note"])
    note = SessionNote.objects.select_related("written_by").get(pk=note.pk)
    if note.discarded_at:
        raise NoteDiscarded
    _refuse_text(text)
    if text == note.text:
        return note
    take_out(note, why=_("corrigée"), by=by)
    corrected = SessionNote.objects.create(
        session=session,
        text=text,
        written_at=note.written_at,
        written_by=note.written_by,
        former=note,
    )
    mark_rows_changed(session, [])
    record("note.corrected", by=by, operation=operation, session=session, note=corrected.pk)
    return corrected


@transaction.atomic
def discard_note(note, *, why, by, operation=None):
    """Take a note out of the file; it is kept with who did it and why.

    Raises SessionClosed, NoteDiscarded (it was corrected meanwhile), InvalidInput.
    """
    session = lock_open_session(note.session_id, operation=operation, by=by)
    note = SessionNote.objects.get(pk=note.pk)
    if replayed(operation, by=by):
        return note
    if note.discarded_at:
        raise NoteDiscarded
    if not why:
        raise InvalidInput(_("Dites pourquoi cette note est retirée."), field="why")
    take_out(note, why=why, by=by)
    mark_rows_changed(session, [])
    record("note.discarded", by=by, operation=operation, session=session, why=why, note=note.pk)
    return note


def _refuse_text(text):
    if not text:
        raise InvalidInput(_("Écrivez ce qui s’est passé dans la salle."), field="text")
    if len(text) > DESCRIPTION_MAX_LENGTH:
        raise InvalidInput(
            _("Ce texte est limité à %(n)s caractères.") % {"n": DESCRIPTION_MAX_LENGTH},
            field="text",
        )
