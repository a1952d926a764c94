"""How far each candidate is in his test: the app that holds the tests tells it here."""

_told_by = []


def tell_progress(progress_of):
    """`progress_of(session)` maps ids of candidates to `kind` and `label` of a badge, `granted_minutes`, `is_reopenable`. From `ready`."""
    _told_by.append(progress_of)


def progress_of(session):
    return {pk: badge for told in _told_by for pk, badge in told(session).items()}
