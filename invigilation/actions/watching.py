from django.db.models import F
from django.utils import timezone

from certif.lib.shortage import note_who_reads
from invigilation.models import Watch
from invigilation.watching import WRITTEN_EVERY, accesses_of, due


def note_seen(session_id, user_id):
    """The list is on the screen of this invigilator: written at most once a minute."""
    now = timezone.now()
    seen_at = F("watch__last_seen_at")
    access = accesses_of(session_id, user_id).annotate(seen_at=seen_at).first()
    if access is None:
        return
    if access.seen_at is None:
        first = Watch(access=access, last_seen_at=now)
        note_who_reads(lambda: Watch.objects.bulk_create([first], ignore_conflicts=True))
    elif now - access.seen_at > WRITTEN_EVERY:
        before = due(session_id, user_id, now - WRITTEN_EVERY)
        note_who_reads(lambda: before.update(last_seen_at=now))
