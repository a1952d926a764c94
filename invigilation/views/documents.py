"""The papers that the room needs on the day, for who watches it."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from invigilation.documents.papers import fraud_report_about, paper_of
from invigilation.views.scope import enrolled, watched_session
from sessions.models import ExamSession
from sessions.views.documents import given


@require_GET
def document(request, session_id, document_key):
    session = watched_session(request, session_id)
    chosen = paper_of(document_key)
    if chosen is None:
        raise Http404
    return given(request, chosen, session)


@require_GET
def fraud_report(request, session_id, candidate_id):
    """« Rapport de fraude » about a candidate, for who reports him: in the room or at the centre."""
    session = watched_or_own_session(request, session_id)
    candidate = enrolled(session, candidate_id)
    return given(request, fraud_report_about(candidate), session, candidate)


def watched_or_own_session(request, session_id):
    watched = ExamSession.objects.for_invigilator(request.user).filter(pk=session_id)
    sessions = watched if watched.exists() else ExamSession.objects.for_member(request.user)
    return get_object_or_404(sessions.select_related("centre"), pk=session_id)
