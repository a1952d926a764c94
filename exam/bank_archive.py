"""The bank with its images and files: a zip, the workbook beside them."""

import unicodedata
import zipfile
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from certif.lib.refusals import InvalidInput
from certif.lib.spreadsheets import UnreadableFile, read_workbook
from certif.lib.spreadsheets.archive import files_of, is_bundle
from certif.lib.spreadsheets.kinds import ZIP
from exam.bank_files import kept_content
from exam.bank_workbook import bank_workbook

MOST_MEGABYTES = 10
HEAVIEST = MOST_MEGABYTES * 1024 * 1024
WORKBOOKS = {".xlsx", ".ods"}
# The folders of an image and a file that bear the same name, in that of their question.
FOLDERS = {"image": "image", "attachment": "fichier"}


class Files:
    """What was sent beside the workbook, found by the names that its cells give."""

    def __init__(self, contents=()):
        self.contents = {_path(name): content for name, content in dict(contents).items()}
        # The storage is asked once: under a lock, the answers are there.
        self.is_kept = cache(lambda stored, content: kept_content(stored) == content)

    def named(self, name, key, column):
        """The different contents that bear this name: those of the narrowest folder that has it."""
        folders = [(key, FOLDERS[column], name), (key, name), (name,)]
        return next(filter(None, map(self._at_the_end, folders)), set())

    def _at_the_end(self, end):
        return {c for path, c in self.contents.items() if path.parts[-len(end) :] == end}

    @property
    def names(self):
        return {path.name for path in self.contents}


def read_upload(data):
    """The sheets of a workbook, or of the one in an archive, and the files beside it.

    Raises InvalidInput, TooBusy.
    """
    if len(data) > HEAVIEST:
        raise InvalidInput(
            _("Ce fichier dépasse %(n)s Mo. Envoyez la banque en plusieurs fois.")
            % {"n": MOST_MEGABYTES},
            field="file",
        )
    if not (data.startswith(ZIP) and is_bundle(data)):
        return read_workbook(data), Files()
    contents = {name: content for name, content in _unpacked(data).items() if not _is_litter(name)}
    books = [name for name in contents if _path(name).suffix.lower() in WORKBOOKS]
    if len(books) != 1:
        raise InvalidInput(
            _(
                "L’archive doit contenir un classeur (.xlsx ou .ods), et un seul : celui de la banque."
            ),
            field="file",
        )
    return read_workbook(contents.pop(books[0])), Files(contents)


def bank_archive(questions):
    """The workbook, and every image and file that it names."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("banque.xlsx", bank_workbook(questions))
        for path, stored in _paths_of(questions).items():
            content = kept_content(stored)
            if content is not None:
                archive.writestr(path, content)
    return buffer.getvalue()


def _paths_of(questions):
    """Where each file goes: side by side, those of one name in folders that tell them apart."""
    files = [
        (question.key, column, getattr(question, column).name)
        for question in questions
        for column in FOLDERS
        if getattr(question, column)
    ]
    names = Counter(PurePosixPath(stored).name for stored in {stored for *_, stored in files})
    own = Counter((key, PurePosixPath(stored).name) for key, _column, stored in files)
    paths = {}
    for key, column, stored in files:
        name = PurePosixPath(stored).name
        folders = [key] if names[name] > 1 else []
        if own[key, name] > 1:
            folders = [key, FOLDERS[column]]
        paths["/".join(["fichiers", *folders, name])] = stored
    return paths


def _unpacked(data):
    try:
        return files_of(data)
    except UnreadableFile as error:
        sentences = {
            "bomb": _("Cette archive contient trop de données une fois ouverte."),
            "damaged": _("Cette archive est incomplète ou abîmée : refaites-la, puis renvoyez-la."),
        }
        raise InvalidInput(sentences[error.code], field="file") from error


def _is_litter(name):
    """What macOS and the spreadsheets leave in a folder."""
    path = PurePosixPath(name)
    is_left = path.name.startswith((".", "~$")) or path.name in {"", "Thumbs.db"}
    return is_left or "__MACOSX" in path.parts


def _path(name):
    # macOS writes an accent apart from its letter, a cell does not.
    return PurePosixPath(unicodedata.normalize("NFC", name))
