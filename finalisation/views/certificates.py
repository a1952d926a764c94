"""Certificates in PDF: his own for a candidate, all those of a session for its centre."""

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from certif.audit.operations import operation_of
from certif.lib.pdf import PdfUnavailable
from certif.lib.refusals import Refusal
from exam.models import Attempt
from finalisation import actions
from finalisation.certificates import WithoutCertificate, certificates_pdf, obtained
from finalisation.views.results import attachment, published_session, results_page
from sessions.documents.registry import PDF
from sessions.views.documents import unavailable


@require_safe
def certificate(request, attempt_id):
    mine = Attempt.objects.started().for_candidate(request.user)
    attempt = obtained().filter(pk=get_object_or_404(mine, pk=attempt_id).pk).first()
    if attempt is None:
        raise WithoutCertificate
    return _drawn(request, [attempt], f"certificat-{attempt.certification_number}.pdf")


@require_POST
def session_certificates(request, pk):
    """Drawn by the worker: each takes a sixth of a second."""
    session = published_session(request, pk)
    operation = operation_of(request)
    try:
        return redirect(actions.ask_certificates(session, by=request.user, operation=operation))
    except Refusal as refusal:
        return results_page(request, session, refusal=refusal)


def _drawn(request, attempts, filename):
    try:
        return attachment(certificates_pdf(attempts), PDF, filename)
    except PdfUnavailable:
        return unavailable(request)
