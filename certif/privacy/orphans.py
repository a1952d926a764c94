"""Files that no row names: cut off in the middle, or given up while their storage was away."""

from datetime import timedelta
from pathlib import PurePosixPath
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import FileField

from certif.audit.models import record
from certif.lib.whole_files import PART
from certif.privacy.gathered import PERSONAL
from exam import bank_pending


class Kind(NamedTuple):
    """Said as a rule is."""

    kept: str
    what: str


ORPHANS = Kind("files", "fichiers que rien ne nomme")
ALL_FIELDS = [
    field
    for model in apps.get_models()
    for field in model._meta.fields
    if isinstance(field, FileField)
]
FIELDS = [field for field in ALL_FIELDS if field.name in PERSONAL.get(field.model, {})]
FEW = 20


def _folders(fields):
    return {PurePosixPath(field.upload_to).parts[0] for field in fields}


FOLDERS = _folders(FIELDS)
WRITTEN = [*_folders(ALL_FIELDS), bank_pending.FOLDER]


def orphans(at):
    return _looked_for(at)[0]


def _looked_for(at):
    """The orphans, and how many files rows name. Not the young ones: a file is there before its row."""
    limit = at - timedelta(days=settings.RETENTION[ORPHANS.kept])
    files = list(_files("", within=WRITTEN))
    named = _named()
    found = [name for name in files if _is_orphan(name, named) and _is_older(name, limit)]
    return found, len(named)


class TooMany(Exception):
    """So many files that no row names mean a database that is not theirs: an old copy, another address."""


def remove_orphans(at, *, batch):
    """Gives how many. Cut off, the next run finds the others. Raises TooMany."""
    found, named = _looked_for(at)
    whole = [name for name in found if not _is_part(name)]
    if len(whole) > max(FEW, named):
        raise TooMany(f"{len(whole)} files that no row names")
    for first in range(0, len(found), batch):
        names = found[first : first + batch]
        for name in names:
            default_storage.delete(name)
        record("data.purged", by=None, what=ORPHANS.what, count=len(names))
    return len(found)


def _files(folder, *, within=None):
    """`within`: the folders to enter; None: each. What is not ours may not be ours to read."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever kept there
        return
    for name in names:
        yield str(PurePosixPath(folder, name))
    for name in folders if within is None else within:
        yield from _files(str(PurePosixPath(folder, name)))


def _named():
    return {
        name
        for field in FIELDS
        for name in field.model._base_manager.values_list(field.name, flat=True)
    }


def _is_orphan(name, named):
    return _is_part(name) or (PurePosixPath(name).parts[0] in FOLDERS and name not in named)


def _is_part(name):
    return PurePosixPath(name).name.startswith(PART)


def _is_older(name, limit):
    try:
        return default_storage.get_modified_time(name) < limit
    except FileNotFoundError:  # whole, or removed, meanwhile
        return False
