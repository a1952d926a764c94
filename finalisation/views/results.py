"""What is read once Pix has published: « Mes certifications », and the results of a centre."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from certif.lib.refusals import status_of
from exam.models import Attempt
from finalisation.actions.refusals import ResultsNotGiven, ResultsTakenBack
from finalisation.models import Certification
from finalisation.results import (
    Result,
    results_csv,
    results_of,
    results_workbook,
    tally,
    were_taken_back,
)
from finalisation.views.documents import note_download
from sessions.documents.workbooks import XLSX
from sessions.enums import SessionState
from sessions.openings import note_candidates_opened
from sessions.queries import session_in_scope, session_page

FILES = {"csv": (results_csv, "text/csv; charset=utf-8"), "xlsx": (results_workbook, XLSX)}


def attachment(content, content_type, filename):
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@require_safe
def my_results(request):
    attempts = list(
        Attempt.objects.started()
        .for_candidate(request.user)
        .select_related("candidate__session__centre", "jury", "certificate")
        .order_by("-started_at")
    )
    # Results that are not published are not even read.
    published = Certification.objects.filter(
        attempt__in=[attempt.pk for attempt in attempts],
        attempt__candidate__session__state=SessionState.PUBLISHED,
    )
    by_attempt = {certification.attempt_id: certification for certification in published}
    results = [Result(attempt, by_attempt.get(attempt.pk)) for attempt in attempts]
    return render(request, "finalisation/my_results.html", {"results": results})


def published_session(request, pk):
    session = session_in_scope(request.user, pk)
    if not session.is_published:
        raise ResultsTakenBack if were_taken_back(session) else ResultsNotGiven
    return session


@require_safe
def session_results(request, pk):
    return results_page(request, published_session(request, pk))


def results_page(request, session, *, refusal=None):
    """`refusal`: why the certificates that were asked for are not being drawn."""
    results = results_of(session)
    candidates = [result.candidate for result in results]
    note_candidates_opened(request, session, candidates, kind="results.opened")
    context = {
        **session_page(session, current="finalisation:session_results"),
        "results": results,
        "tally": tally(results),
        "has_certificates": any(result.certificate for result in results),
        "refusal": refusal,
    }
    status = status_of(refusal) if refusal else 200
    return render(request, "finalisation/session_results.html", context, status=status)


@require_safe
def session_results_file(request, pk, extension):
    """The same as a file, noted in the history: results of minors leave the site."""
    session = published_session(request, pk)
    written, content_type = FILES[extension]
    content = written(results_of(session), with_comments=True)
    note_download(request, "results.downloaded", session, what=extension)
    return attachment(content, content_type, f"resultats-session-{pk}.{extension}")
