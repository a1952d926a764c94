"""What a file would change in the candidate list of one session."""

from django.utils.translation import gettext as _

from sessions.imports import columns
from sessions.imports.differences import match, same_person
from sessions.imports.table import written

IDENTITY = ("birth_name", "first_name", "birth_date")


def plan_list(table, rows, entries, *, replaces):
    """The lines of a plan, how many rows change nothing, and the entries that no row names.

    `replaces`: the file is the whole list, and who is not in it is proposed for removal.
    """
    matches, left = match(table, rows, entries)
    lines, unchanged = [], 0
    for found in matches:
        if found.entry is None:
            lines.append(added(found.row))
        elif _settled(found):
            _refuse_change(table, found, left)
            lines.append(changed(found))
        else:
            unchanged += 1
    if replaces:
        lines += [absent(entry, kept=entry.has_joined) for entry in left]
    return lines, unchanged, left


def _settled(found):
    """What is to be changed: the same name written otherwise (« DUPONT LÉA ») leaves that of who joined."""
    if found.entry.has_joined and found.row.key == found.entry.identity_key:
        found.changes = [name for name in found.changes if name not in IDENTITY]
    return found.changes


def _refuse_change(table, found, left):
    if not set(found.changes) & {*IDENTITY}:
        return
    if found.entry.has_joined:
        table.fail_at(
            found.row.row,
            columns.BIRTH_NAME,
            _(
                "%(name)s a déjà rejoint la session : son identité ne change plus. Faites un "
                "signalement C1."
            )
            % {"name": found.entry},
        )
    elif other := same_person(left, found.row):
        table.fail_at(
            found.row.row,
            columns.BIRTH_NAME,
            _("%(name)s, même date de naissance, est déjà inscrit.") % {"name": other},
        )


def added(row):
    return {
        "action": "added",
        "row": row.row,
        "name": row.name,
        "born": as_shown(row.fields["birth_date"]),
        "key": row.key,
        "fields": as_json(row.fields),
    }


def changed(found):
    fields = {name: found.row.fields[name] for name in found.changes}
    return {
        "action": "changed",
        "row": found.row.row,
        "id": found.entry.pk,
        "name": str(found.entry),
        "fields": as_json(fields),
        "changes": changes_of(found.entry, fields),
    }


def changes_of(entry, fields):
    """For a person to read: what each field is called, was and would be."""
    return [
        [
            str(entry._meta.get_field(name).verbose_name),
            as_shown(getattr(entry, name)),
            as_shown(value),
        ]
        for name, value in fields.items()
    ]


def absent(entry, *, kept=False):
    """Of the list, not of the file. Who joined is kept whatever is decided."""
    action = "kept" if kept else "removed"
    return {"action": action, "row": None, "id": entry.pk, "name": str(entry)}


def as_json(fields):
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in fields.items()
    }


def as_shown(value):
    return written(value) if value else ""
