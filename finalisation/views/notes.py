"""From the closing page: the notes of the room, written again or taken back."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from certif.audit.operations import operation_of
from certif.lib.forms import submit
from certif.lib.refusals import Refusal
from finalisation.actions.closing import refuse_finalised
from finalisation.queries import read_closing
from finalisation.views.closing import refused_page, session_of
from invigilation import actions as invigilation_actions
from invigilation.answer_forms import NoteForm
from invigilation.forms import DiscardNoteForm


@require_http_methods(["GET", "HEAD", "POST"])
def note_correct(request, pk, note_id):
    session, note = _note_of(request, pk, note_id)
    data = request.POST if request.method == "POST" else None
    form = NoteForm(data, initial={"text": note.text})
    action = partial(invigilation_actions.correct_note, note)
    done = _("La note de la salle est corrigée.")
    return _change(request, session, note, form, action, done, "note_correct")


@require_http_methods(["GET", "HEAD", "POST"])
def note_discard(request, pk, note_id):
    session, note = _note_of(request, pk, note_id)
    form = DiscardNoteForm(request.POST if request.method == "POST" else None)
    action = partial(invigilation_actions.discard_note, note)
    done = _("La note de la salle est retirée.")
    return _change(request, session, note, form, action, done, "note_discard")


def _note_of(request, pk, note_id):
    session = session_of(request, pk)
    return session, get_object_or_404(session.notes, pk=note_id)


def _change(request, session, note, form, action, done, template):
    """GET shows the form; POST does it by `action` and says that it is `done`."""
    action = partial(action, by=request.user, operation=operation_of(request))
    try:
        if request.method == "POST" and submit(form, action):
            return _done(request, session, done)
        if request.method != "POST":
            refuse_finalised(session)
    except Refusal as refusal:
        return refused_page(request, session.pk, refusal)
    context = {"session": session, "note": note, "form": form}
    status = 422 if form.errors else 200
    return render(request, f"finalisation/{template}.html", context, status=status)


def _done(request, session, sentence):
    """The dialog closes; the notes follow out of band."""
    if not request.htmx:
        messages.success(request, sentence)
        return redirect("finalisation:closing_file", session.pk)
    context = {"session": session, "closing": read_closing(session), "sentence": sentence}
    return render(request, "finalisation/_notes_moved.html", context)
