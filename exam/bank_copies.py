"""A node's own copies of the files of the bank: once one was read, it is given though the storage is away."""

import logging
import os
from contextlib import suppress
from pathlib import Path, PurePath

from django.conf import settings
from django.core.files.base import ContentFile

from certif.lib.whole_files import whole_part
from exam.bank_files import address_of, kept_content

logger = logging.getLogger("certif.files")


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
    except OSError:
        logger.warning("a file of the bank was not copied", exc_info=True)


def _place(stored):
    return Path(settings.BANK_CACHE) / stored


def _is_at_its_address(stored, content):
    return address_of(PurePath(stored).name, content) == stored
