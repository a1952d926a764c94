"""A node's own copies of the files of the bank: once one was read, it is given though the storage is away."""

import logging
import os
import time
from contextlib import suppress
from pathlib import Path, PurePath

from django.conf import settings
from django.core.files.base import ContentFile

from certif.lib.whole_files import PART, whole_part
from exam.bank_files import address_of, kept_content

logger = logging.getLogger("certif.files")

# Seconds. A copy is written in one.
PART_LASTS = 60


def nearest(file):
    """The copy of it, made when it is read first; itself on a local disk, or once it is lost."""
    if not settings.S3_BUCKET:
        return file
    content = _copied(file.name)
    if content is None:
        content = kept_content(file.name)
        if content is None:
            return file
        _copy(file.name, content)
    return ContentFile(content)


def _copied(stored):
    place = _place(stored)
    try:
        content = place.read_bytes()
    except OSError:
        return None
    if _is_at_its_address(stored, content):
        return content
    place.unlink(missing_ok=True)
    return None


def _copy(stored, content):
    # What stands under another name may change there.
    if not _is_at_its_address(stored, content):
        return
    place = _place(stored)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with whole_part(place.parent, [content]) as part, suppress(FileExistsError):
            os.link(part, place)
        _forget_parts()
    except OSError:
        logger.warning("a file of the bank was not copied", exc_info=True)


def _forget_parts():
    """What a kill left in the middle of a copy: `purge` runs elsewhere."""
    for part in Path(settings.BANK_CACHE).rglob(f"{PART}*"):
        with suppress(FileNotFoundError):  # removed by who wrote it
            if part.stat().st_mtime < time.time() - PART_LASTS:
                part.unlink()


def _place(stored):
    return Path(settings.BANK_CACHE) / stored


def _is_at_its_address(stored, content):
    return address_of(PurePath(stored).name, content) == stored
