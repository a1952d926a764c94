"""What an invigilator may see, and how the board answers a move."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from certif.lib.compiled import Instances
from exam.silences import heard_at
from invigilation.board import OPENED, VERSION, read, row_context, with_all
from invigilation.rows import gap
from invigilation.watching import watchers_of
from sessions.models import Candidate


def watched_session(request, session_id):
    """A session this account opened with its password and has not left; else 404."""
    return _first_or_404(OPENED.ask(session=session_id, user=request.user.pk))


def _first_or_404(found):
    if not found:
        raise Http404
    return found[0]


def enrolled(session, candidate_id):
    return get_object_or_404(session.candidates.select_related("attempt"), pk=candidate_id)


def seen_ago(candidate):
    """« 8 s »: since the page of a running test was heard; empty for another test."""
    heard = heard_at(candidate)
    return gap((timezone.now() - heard) // timedelta(seconds=1)) if heard else ""


def _watched(candidate, session, user):
    """In one query, with all that the row says, as of this version of the session."""
    candidates = with_all(Candidate.objects.for_invigilator(user))
    found = candidates.filter(pk=candidate, session=session)
    return found.annotate(read_at=F("session__version"))


WATCHED = Instances(_watched, "candidate", "session", "user")


def watched_candidate(request, session_id, candidate_id):
    return _first_or_404(
        WATCHED.ask(candidate=candidate_id, session=session_id, user=request.user.pk)
    )


def board_page(request, session, *, status=200):
    context = read(session) | {"watchers": watchers_of(session.pk, request.user.pk)}
    return render(request, "invigilation/board.html", context, status=status)


def told(request, candidate, sentence, *, status=200, undo=None):
    """After a move: the true row with the sentence, or the board again without JavaScript.

    A refusal stays on screen: it says of whom.
    """
    if status != 200 and str(candidate) not in sentence:
        sentence = f"{candidate}\u00a0: {sentence}"
    return told_of(request, candidate.session_id, [candidate.pk], sentence, status, undo)


def told_row(request, candidate, sentence, *, undo=None):
    """After a tick: its row alone, as read before it. What moved meanwhile comes with the next poll."""
    if not request.htmx:
        return told(request, candidate, sentence, undo=undo)
    context = row_context(candidate.session, candidate)
    context |= {"sentence": sentence, "undo": undo, "row_alone": True, **_token_held(request)}
    return _moved(request, context, candidate.read_at)


def _token_held(request):
    """The token that came with this form was found good: it serves again, without a new cookie."""
    held = request.POST.get("csrfmiddlewaretoken")
    return {"csrf_token": held} if held else {}


def _moved(request, context, version, *, status=200):
    """`version`: the page asks again for what moved since, if it has shown more (board.js)."""
    response = render(request, "invigilation/_moved.html", context, status=status)
    response[VERSION] = version
    return response


def told_of(request, session_id, candidate_ids, sentence, status=200, undo=None):
    session = watched_session(request, session_id)
    if request.htmx:
        context = read(session, only=candidate_ids)
        context |= {"sentence": sentence, "is_refused": status != 200, "undo": undo}
        return _moved(request, context, session.version, status=status)
    if status != 200:
        messages.error(request, sentence)
        return board_page(request, session, status=status)
    messages.success(request, sentence)
    return redirect("invigilation:board", session.pk)
