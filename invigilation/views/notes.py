"""What an invigilator notes of the whole room."""

from functools import partial

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from certif.accounts.views.scope import form_page
from certif.audit.operations import operation_of
from certif.lib.forms import submit
from certif.lib.refusals import Refusal, status_of
from invigilation import actions
from invigilation.answer_forms import NoteForm
from invigilation.forms import DiscardNoteForm
from invigilation.views.scope import told_of, watched_session


@form_page
def notes(request, session_id):
    """GET shows the notes and asks for one more; POST writes it."""
    session = watched_session(request, session_id)
    form = NoteForm(request.POST if request.method == "POST" else None)
    action = partial(actions.write_note, session)
    context = {
        "notes": session.notes.told(),
        "discarded": session.notes.filter(discarded_at__isnull=False).select_related(
            "written_by", "discarded_by", "former__discarded_by"
        ),
    }
    done = _("L’incident de la salle est noté.")
    return _write(request, session, form, action, done, "notes", context)


@form_page
def note_correct(request, session_id, note_id):
    session, note = _watched_note(request, session_id, note_id)
    data = request.POST if request.method == "POST" else None
    form = NoteForm(data, initial={"text": note.text})
    action = partial(actions.correct_note, note)
    done = _("La note de la salle est corrigée.")
    return _write(request, session, form, action, done, "note_correct", {"note": note})


@form_page
def note_discard(request, session_id, note_id):
    """GET asks why; POST takes the note out of the file, and keeps it with the reason."""
    session, note = _watched_note(request, session_id, note_id)
    form = DiscardNoteForm(request.POST if request.method == "POST" else None)
    action = partial(actions.discard_note, note)
    done = _("La note de la salle est retirée.")
    return _write(request, session, form, action, done, "note_discard", {"note": note})


def _watched_note(request, session_id, note_id):
    session = watched_session(request, session_id)
    return session, get_object_or_404(session.notes, pk=note_id)


def _write(request, session, form, action, done, template, context):
    """GET shows the form; POST does it by `action` and says that it is `done`."""
    action = partial(action, by=request.user, operation=operation_of(request))
    try:
        if submit(form, action):
            return told_of(request, session.pk, [], done)
    except Refusal as refusal:
        return told_of(request, session.pk, [], refusal.sentence, status_of(refusal))
    context |= {"session": session, "form": form}
    status = 422 if form.errors else 200
    return render(request, f"invigilation/{template}.html", context, status=status)
