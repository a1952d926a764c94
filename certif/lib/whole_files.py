"""Files on a disk of this machine."""

import os
from contextlib import contextmanager
from pathlib import PurePath
from tempfile import NamedTemporaryFile

from django.core.files.storage import FileSystemStorage

# What a kill leaves under such a name, `purge` removes.
PART = ".part-"


@contextmanager
def whole_part(folder, chunks):
    """A file of this folder that holds all of them, on the disk, to be linked to its name."""
    with NamedTemporaryFile(dir=folder, prefix=PART) as part:
        for chunk in chunks:
            part.write(chunk)
        part.flush()
        os.fsync(part.fileno())
        yield part.name


class WholeFiles(FileSystemStorage):
    """A file is there whole, and on the disk before its row, or not at all, even after a kill."""

    def _save(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with whole_part(os.path.dirname(self.path(name)), content.chunks()) as part:
            if self.file_permissions_mode is not None:
                os.chmod(part, self.file_permissions_mode)
            name = self._placed(part, name)
        try:
            # A folder of it may be new.
            for folder in PurePath(name).parents:
                _sync_folder(self.path(folder))
        except BaseException:
            self.delete(name)
            raise
        return name

    def _placed(self, part, name):
        while True:
            try:
                # Refused when somebody took that name meanwhile.
                os.link(part, self.path(name))
                return name
            except FileExistsError:
                name = self.get_available_name(name)


def _sync_folder(path):
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
