"""A file of the storage, whatever the storage is: given through our views, by our rights."""

import logging
from contextlib import contextmanager

from django.http import FileResponse, Http404

logger = logging.getLogger("certif.files")


class FileLost(Http404):
    """The row is there, and its file is not."""


@contextmanager
def _expected():
    try:
        yield
    except FileNotFoundError as gone:
        # Its name may hold a person's.
        logger.error("a file is gone from the storage")
        raise FileLost from gone


def sent(file, *, filename, content_type, as_attachment=True):
    """Raises FileLost."""
    with _expected():
        opened = file.open()
    return FileResponse(
        opened, as_attachment=as_attachment, filename=filename, content_type=content_type
    )


def size_of(file):
    """Raises FileLost."""
    with _expected():
        return file.size
