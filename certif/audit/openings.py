"""Who opened what, though nothing changed: a line a person, a thing and an hour, however often."""

import uuid

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.audit.models import AuditEvent, event_of
from certif.audit.operations import Operation
from certif.lib.refusals import Refusal

# By the end of their kind: told apart from what was done, which they would drown.
OPENINGS = Q(kind__endswith=".opened")
NAMESPACE = uuid.UUID("b2f7c1de-5c5e-4a3f-9d0e-6f0a1c9be7a4")
READS_AHEAD = {"Sec-Purpose": "prefetch", "Purpose": "prefetch", "X-Moz": "prefetch"}


class ReadAhead(Refusal):
    """A page given to a browser that reads ahead would be opened later without a word of it."""

    message = _("Cette page ne s’ouvre que par une personne, pas à l’avance.")


def note_opening(request, kind, *, session, candidate=None, **data):
    """To be asked before the page is given. HEAD gives nothing to read. Raises ReadAhead.

    Held by the constraint that makes an operation unique for its author: here, that of the hour.
    """
    if any(word in request.headers.get(name, "") for name, word in READS_AHEAD.items()):
        raise ReadAhead
    if request.method == "HEAD":
        return
    event = event_of(
        kind,
        by=request.user,
        session=session,
        candidate=candidate,
        operation=_of_the_hour(kind, session, candidate),
        **data,
    )
    AuditEvent.objects.bulk_create([event], ignore_conflicts=True)


def _of_the_hour(kind, session, candidate):
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    record = f"{kind}/{session.pk}/{candidate.pk if candidate else ''}/{hour}"
    return Operation(uuid.uuid5(NAMESPACE, record), "")
