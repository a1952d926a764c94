"""The sealed PV, as officers read it, and the one thing they do when it could not be written."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certif.audit.operations import operation_of
from certif.lib.refusals import Refusal
from finalisation import sealing
from finalisation.models import SealedRecord
from finalisation.views.documents import as_attachment, note_download
from sessions.models import ExamSession


@require_safe
def sealed_record(request, session_id, record_id):
    found = SealedRecord.objects.select_related("session").exclude(file="")
    sealed = get_object_or_404(found, pk=record_id, session=session_id)
    name = f"pv-incident-scelle-session-{session_id}.pdf"
    response = as_attachment(sealed.file, name, "application/pdf")
    note_download(request, "record.downloaded", sealed.session, record=sealed.pk)
    return response


@require_POST
def seal_again(request, session_id):
    session = get_object_or_404(ExamSession, pk=session_id)
    try:
        sealing.seal_again(session, by=request.user, operation=operation_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("Le PV est redemandé\u00a0: rechargez cette page."))
    page = reverse("admin:exam_sessions_examsession_change", args=[session_id])
    return redirect(f"{page}#pv-scelle")


def seals_of(session):
    """Those of each finalisation; that of the last one may still have to be written."""
    sealed = list(session.sealed_records.all())
    written = {each.finalised_at for each in sealed}
    is_waited_for = not session.is_open and session.finalised_at not in written
    waiting = sealing.sealing_of(session) if is_waited_for else None
    asked_at = sealing.asked_at(session) if is_waited_for else None
    return {
        "sealed": sealed,
        "is_waited_for": is_waited_for,
        "waiting": waiting,
        "asked_at": asked_at,
        "is_late": is_waited_for and _is_late(waiting, asked_at),
    }


def _is_late(waiting, asked_at):
    """Not while it is being written: a try that ended badly says why, or says nothing for long."""
    since = waiting.tried_at if waiting else asked_at
    has_failed = waiting is not None and waiting.error
    return bool(has_failed) or since < timezone.now() - sealing.WRITTEN_WITHIN
