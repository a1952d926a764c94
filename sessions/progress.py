"""What the centre reads of a room: the apps that hold the tests and the room tell it here."""

_told_by = []
_seen_told_by = []


def tell_progress(progress_of):
    """`progress_of(session)` maps ids of candidates to `kind` and `label` of a badge, `granted_minutes`, `is_reopenable`. From `ready`."""
    _told_by.append(progress_of)


def progress_of(session):
    return {pk: badge for told in _told_by for pk, badge in told(session).items()}


def tell_last_seen(last_seen_of):
    """`last_seen_of(accesses)` maps their ids to `at` and `is_watching`. From `ready`."""
    _seen_told_by.append(last_seen_of)


def last_seen_of(accesses):
    return {pk: seen for told in _seen_told_by for pk, seen in told(accesses).items()}
