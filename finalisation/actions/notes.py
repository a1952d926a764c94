from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from certif.lib.refusals import InvalidInput
from finalisation.actions.draft import closing_file_of, save_closing_file
from finalisation.models import COMMENT_MAX_LENGTH
from sessions.actions.session import lock_open_session


@transaction.atomic
def copy_notes(session, *, by):
    """Add the notes of the room to the global comment: those that it does not hold yet.

    Raises SessionClosed, InvalidInput.
    """
    session = lock_open_session(session.pk)
    comment = closing_file_of(session, by).global_comment
    lines = [_line(session, note) for note in session.notes.kept() if note.text not in comment]
    if not lines:
        return
    comment = "\n".join([comment, *lines] if comment else lines)
    if len(comment) > COMMENT_MAX_LENGTH:
        raise InvalidInput(
            _(
                "Les notes et le commentaire dépassent ensemble %(n)s caractères : recopiez-en "
                "l’essentiel."
            )
            % {"n": COMMENT_MAX_LENGTH},
            field="global_comment",
        )
    save_closing_file(session, by=by, comments={"has_incident": True, "global_comment": comment})


def _line(session, note):
    """« 10 h 02 : … »"""
    time = date_format(note.written_at.astimezone(session.zone), r"G \h i")
    return f"{time} : {note.text}"
