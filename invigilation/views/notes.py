"""What an invigilator notes of the whole room."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from certif.audit.operations import operation_of
from certif.lib.refusals import Refusal, status_of
from invigilation import actions
from invigilation.answer_forms import NoteForm
from invigilation.views.scope import told_of, watched_session


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request, session_id):
    """GET shows the notes and asks for one more; POST writes it."""
    session = watched_session(request, session_id)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.write_note(
                session,
                text=form.cleaned_data["text"],
                by=request.user,
                operation=operation_of(request),
            )
        except Refusal as refusal:
            return told_of(request, session_id, [], refusal.sentence, status_of(refusal))
        return told_of(request, session_id, [], _("L’incident de la salle est noté."))
    context = {
        "session": session,
        "form": form,
        "notes": session.notes.select_related("written_by"),
    }
    status = 422 if form.errors else 200
    return render(request, "invigilation/notes.html", context, status=status)
