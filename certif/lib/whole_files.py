"""Files on a disk of this machine."""

import os
from contextlib import contextmanager
from pathlib import PurePath
from tempfile import NamedTemporaryFile

from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """A file is there whole, and on the disk before its row, or not at all, even after a kill."""

    def _save(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with self._whole(name, content) as part:
            name = self._placed(part, name)
        try:
            # A folder of it may be new.
            for folder in PurePath(name).parents:
                _sync_folder(self.path(folder))
        except BaseException:
            self.delete(name)
            raise
        return name

    @contextmanager
    def _whole(self, name, content):
        """All of it, on the disk, beside its name."""
        with NamedTemporaryFile(dir=os.path.dirname(self.path(name)), prefix=".part-") as part:
            for chunk in content.chunks():
                part.write(chunk)
            part.flush()
            os.fsync(part.fileno())
            if self.file_permissions_mode is not None:
                os.chmod(part.name, self.file_permissions_mode)
            yield part.name

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
