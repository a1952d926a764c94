"""Certificates in PDF: his own for a candidate, all those of a session for its centre."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from certif.audit.models import record
from certif.lib.pdf import PdfUnavailable
from exam.models import Attempt
from finalisation.certificates import (
    NoCertificateYet,
    WithoutCertificate,
    certificates_pdf,
    obtained,
)
from finalisation.views.results import attachment, published_session
from sessions.documents.registry import PDF
from sessions.views.documents import unavailable


@require_safe
def certificate(request, attempt_id):
    mine = Attempt.objects.started().for_candidate(request.user)
    attempt = obtained().filter(pk=get_object_or_404(mine, pk=attempt_id).pk).first()
    if attempt is None:
        raise WithoutCertificate
    return _drawn(request, [attempt], f"certificat-{attempt.certification_number}.pdf")


@require_safe
def session_certificates(request, pk):
    """Noted in the history, as each file of results is."""
    session = published_session(request, pk)
    attempts = list(obtained().filter(candidate__session=session))
    if not attempts:
        raise NoCertificateYet
    response = _drawn(request, attempts, f"certificats-session-{pk}.pdf")
    if response.status_code == 200:
        record("certificates.downloaded", by=request.user, session=session, count=len(attempts))
    return response


def _drawn(request, attempts, filename):
    try:
        return attachment(certificates_pdf(attempts), PDF, filename)
    except PdfUnavailable:
        return unavailable(request)
