"""Writing what a plan says, many rows at a time. To be called in a transaction, under the centre's lock."""

from collections import Counter
from datetime import date, time

from certif.audit.models import event_of, record_all
from certif.lib.rows import insert_rows
from sessions.actions.refusals import SessionClosed, TestsStarted
from sessions.actions.session import SCHEDULE, set_schedule
from sessions.codes import draw_access_code, draw_password
from sessions.enums import SessionState
from sessions.models import Candidate, ExamSession, Pupil, identity_key, search_key

BATCH = 500
IDENTITY = {"birth_name", "first_name", "birth_date"}


def write_sessions(prepared, *, remove_absent, by):
    """The sessions and the lists of a plan. Returns how many of each were written."""
    parts = prepared.plan["sessions"]
    sessions = _lock(part["id"] for part in parts if part["id"])
    events = []
    _create_sessions(prepared.centre, parts, sessions, by, events)
    _edit_sessions(parts, sessions, by, events)
    counts = _write_lists(parts, sessions, remove_absent, by, events)
    record_all(events)
    made = Counter(part["action"] for part in parts)
    return {"sessions_added": made["added"], "sessions_changed": made["changed"], **counts}


def _lock(ids):
    """By id, in the order of their numbers: two imports cannot wait for each other."""
    rows = ExamSession.objects.locked().select_related("centre").order_by("pk").in_bulk(list(ids))
    for session in rows.values():
        if not session.is_open:
            raise SessionClosed
        if session.first_started_at:
            raise TestsStarted
    return rows


def _create_sessions(centre, parts, sessions, by, events):
    new = [part for part in parts if part["id"] is None]
    codes = _free_codes(centre, len(new))
    created = [_session_of(centre, part, code, by) for part, code in zip(new, codes, strict=True)]
    ExamSession.objects.bulk_create(created, batch_size=BATCH)
    for part, session in zip(new, created, strict=True):
        part["id"] = session.pk
        sessions[session.pk] = session
        events.append(event_of("session.created", by=by, session=session))


def _session_of(centre, part, access_code, by):
    fields = _values(part["fields"])
    session = ExamSession(
        centre=centre, created_by=by, password=draw_password(), access_code=access_code
    )
    _set_fields(session, fields)
    return session


def _set_fields(session, fields):
    for name, value in fields.items():
        setattr(session, name, value)
    if fields.keys() & {*SCHEDULE}:
        set_schedule(session, fields)
    session.search_key = search_key(session.site, session.room, session.invigilators)


def _free_codes(centre, count):
    taken = set(
        ExamSession.objects.filter(centre=centre, state=SessionState.CREATED).values_list(
            "access_code", flat=True
        )
    )
    codes = []
    while len(codes) < count:
        code = draw_access_code()
        if code not in taken:
            taken.add(code)
            codes.append(code)
    return codes


def _edit_sessions(parts, sessions, by, events):
    for part in parts:
        if part["action"] != "changed":
            continue
        session = sessions[part["id"]]
        _set_fields(session, _values(part["fields"]))
        session.version += 1
        session.save()
        labels = ", ".join(label for label, _before, _after in part["changes"])
        events.append(event_of("session.edited", by=by, session=session, changes=labels))


def _write_lists(parts, sessions, remove_absent, by, events):
    new, changed, removed = [], [], []
    for part in parts:
        session = sessions[part["id"]]
        lines = [line for line in part["candidates"] if _is_done(line, remove_absent)]
        if not lines:
            continue
        session.version += 1
        for line in lines:
            if line["action"] == "added":
                new.append((session, line))
            elif line["action"] == "changed":
                changed.append((session, line))
            else:
                removed.append(line["id"])
        counts = Counter(line["action"] for line in lines)
        events.append(_list_event(session, counts, by))
    _add_candidates(new)
    _change_candidates(changed)
    Candidate.objects.filter(pk__in=removed, user__isnull=True).delete()
    ExamSession.objects.bulk_update(sessions.values(), ["version"], batch_size=BATCH)
    return {"added": len(new), "changed": len(changed), "removed": len(removed)}


def _is_done(line, remove_absent):
    return line["action"] in {"added", "changed"} or (line["action"] == "removed" and remove_absent)


def _list_event(session, counts, by):
    return event_of(
        "candidates.imported",
        by=by,
        session=session,
        added=counts["added"],
        changed=counts["changed"],
        removed=counts["removed"],
    )


def _add_candidates(new):
    """Without an object each: an import of 10,000 is to last no longer than its reading."""
    names = sorted({name for _session, line in new for name in line["fields"]})
    empty = {name: Candidate._meta.get_field(name).get_default() for name in names}
    rows = (
        [
            session.pk,
            session.version,
            line["key"],
            *(line["fields"].get(name, empty[name]) for name in names),
        ]
        for session, line in new
    )
    insert_rows(Candidate, ["session", "row_version", "identity_key", *names], rows)


def _change_candidates(changed):
    rows = Candidate.objects.in_bulk([line["id"] for _session, line in changed])
    names = set()
    for session, line in changed:
        candidate = rows[line["id"]]
        values = _values(line["fields"])
        names |= values.keys()
        for name, value in values.items():
            setattr(candidate, name, value)
        candidate.identity_key = _key(candidate)
        candidate.row_version = session.version
    fields = [*names, "identity_key", "row_version"]
    Candidate.objects.bulk_update(rows.values(), fields, batch_size=BATCH)


def write_pupils(prepared, *, remove_absent, by):
    """The register of a plan. A pupil who changes is written anew: two may have swapped their INE."""
    lines = [line for line in prepared.plan["pupils"] if _is_done(line, remove_absent)]
    counts = Counter(line["action"] for line in lines)
    known = Pupil.objects.in_bulk([line["id"] for line in lines if line["action"] != "added"])
    Pupil.objects.filter(pk__in=known).delete()
    pupils = [
        _pupil_of(prepared.centre, known.get(line.get("id")), line)
        for line in lines
        if line["action"] != "removed"
    ]
    Pupil.objects.bulk_create(pupils, batch_size=BATCH)
    return {name: counts[name] for name in ("added", "changed", "removed")}


def _pupil_of(centre, pupil, line):
    pupil = pupil or Pupil(centre=centre)
    for name, value in _values(line["fields"]).items():
        setattr(pupil, name, value)
    pupil.pk = None
    pupil.identity_key = _key(pupil)
    return pupil


def _key(person):
    return identity_key(person.birth_name, person.first_name, person.birth_date)


_READ = {
    "birth_date": date.fromisoformat,
    "date": date.fromisoformat,
    "start_time": time.fromisoformat,
    "end_time": time.fromisoformat,
}


def _values(fields):
    """The values of a line, which JSON keeps as texts."""
    return {name: _READ.get(name, _same)(value) for name, value in fields.items()}


def _same(value):
    return value
