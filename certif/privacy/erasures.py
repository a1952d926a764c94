"""What was erased on request, noted outside the database: a backup that is restored brings it back.

A journal of numbers and instants, which names nobody. A line is settled once the history of the
database holds its id.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone

from certif.accounts.models import User
from certif.audit.models import AuditEvent, record
from certif.privacy.person import erase_account, erase_candidate
from certif.privacy.purge import looking_long
from sessions.models import Candidate

SETTLED_BY = ["person.erased", "account.erased", "erasure.absent"]


@dataclass(frozen=True)
class Erasure:
    candidate: int | None
    account: int | None
    certificate: bool
    id: str
    at: str

    def __str__(self):
        whom = f"inscription {self.candidate}" if self.candidate else f"compte {self.account}"
        return f"{whom}, effacé le {self.at[:10]}"


def asked(*, candidate=None, account=None, certificate=False):
    return Erasure(candidate, account, certificate, str(uuid4()), timezone.now().isoformat())


def carry_out(erasure, *, by):
    """Gives the sentences of what is kept all the same. Raises NotYet, ObjectDoesNotExist.

    A restored database draws numbers again: one drawn after the erasure is somebody else's.
    """
    if erasure.candidate:
        row = Candidate.objects.get(pk=erasure.candidate, session__created_at__lte=erasure.at)
        return erase_candidate(row, by=by, certificate_too=erasure.certificate, erasure=erasure.id)
    account = User.objects.get(pk=erasure.account, date_joined__lte=erasure.at)
    return erase_account(account, by=by, erasure=erasure.id)


@transaction.atomic
def carry_out_again(erasure, *, by):
    """False when it is about what this database never held. Raises NotYet."""
    try:
        carry_out(erasure, by=by)
    except ObjectDoesNotExist:
        record("erasure.absent", by=by, erasure=erasure.id)
        return False
    return True


# --- The journal ----------------------------------------------------------------------------------


def note(erasure):
    """On the disk before it is committed: done and not noted, a restore would undo it for good."""
    path = settings.ERASURES_JOURNAL
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        # A line of its own, even after one that a full disk cut short.
        file.write(f"\n{json.dumps(asdict(erasure))}\n")
        file.flush()
        os.fsync(file.fileno())


def not_settled():
    """The erasures that this database does not know of, the oldest first."""
    with looking_long():
        events = AuditEvent.objects.filter(kind__in=SETTLED_BY)
        settled = set(events.values_list("data__erasure", flat=True))
    # Of an older one, the line that settles it may be forgotten.
    since = timezone.now() - timedelta(days=settings.RETENTION["audit"])
    return [
        erasure
        for erasure in _noted()
        if erasure.id not in settled and datetime.fromisoformat(erasure.at) > since
    ]


def _noted():
    if not settings.ERASURES_JOURNAL.exists():
        return []
    lines = settings.ERASURES_JOURNAL.read_text().splitlines()
    return [Erasure(**json.loads(line)) for line in lines if line.endswith("}")]
