"""The mails about accounts that did not leave: of no session, so a short list."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from certif.audit.models import AuditEvent

GIVEN_UP = Q(session_id=None, kind__endswith=".given_up")
NOT_SENT = GIVEN_UP | Q(session_id=None, kind__endswith=".not_sent")
RECENT = timedelta(days=7)


def given_up_lately():
    return AuditEvent.objects.filter(GIVEN_UP, at__gt=timezone.now() - RECENT)
