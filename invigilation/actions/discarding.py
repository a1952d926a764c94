from django.utils import timezone


def take_out(written, *, why, by):
    """Out of the file, and kept. For the actions: call it under the session's lock."""
    written.discarded_at, written.discarded_by, written.discarded_why = timezone.now(), by, why
    written.save(update_fields=["discarded_at", "discarded_by", "discarded_why"])
