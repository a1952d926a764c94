from django.db import transaction
from django.utils.translation import gettext as _

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from invigilation.models import DESCRIPTION_MAX_LENGTH, SessionNote
from sessions.actions.session import lock_open_session


@transaction.atomic
def write_note(session, *, text, by, operation=None):
    """Note something about the whole room. Raises SessionClosed, InvalidInput."""
    session = lock_open_session(session.pk, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return SessionNote.objects.get(pk=event.data["note"])
    if not text:
        raise InvalidInput(_("Écrivez ce qui s’est passé dans la salle."), field="text")
    if len(text) > DESCRIPTION_MAX_LENGTH:
        raise InvalidInput(
            _("Ce texte est limité à %(n)s caractères.") % {"n": DESCRIPTION_MAX_LENGTH},
            field="text",
        )
    note = SessionNote.objects.create(session=session, text=text, written_by=by)
    record("note.written", by=by, operation=operation, session=session, note=note.pk)
    return note
