"""Files on a disk of this machine."""

import os
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """A file is there whole, and on the disk before its row, or not at all."""

    def _save(self, name, content):
        # Empty first: from then on the name is ours, and nobody else's to remove.
        name = super()._save(name, ContentFile(b""))
        try:
            with open(self.path(name), "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            # A folder of it may be new.
            for folder in PurePath(name).parents:
                _sync_folder(self.path(folder))
        except BaseException:
            self.delete(name)
            raise
        return name


def _sync_folder(path):
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
