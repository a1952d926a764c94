"""The directory of a zip, checked before anything of it is decompressed."""

import struct
import zipfile
import zlib
from io import BytesIO
from operator import itemgetter

from django.utils.translation import gettext_lazy as _

from certif.lib.spreadsheets.problems import UnreadableFile

MEGABYTE = 1024 * 1024
MOST_UNPACKED = 30 * MEGABYTE
MOST_ENTRIES = 1_000
# A list of the same word twelve thousand times unpacks a hundredfold; a bomb, a thousandfold.
MOST_RATIO, UNSUSPECTED = 250, MEGABYTE
DIRECTORY_ENTRY, ZIP_LOCAL = b"PK\x01\x02", b"PK\x03\x04"
LOCAL_HEADER = struct.Struct("<4s22xHH")
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
OTHER_DOCUMENTS = {
    "word/document.xml": _("un document de traitement de texte"),
    "ppt/presentation.xml": _("une présentation"),
    "Index/Document.iwa": _("un document Numbers"),
    "content.xml": _("un document bureautique"),
}


def is_bundle(data):
    """A zip of files that somebody gathered, and not a document that happens to be one."""
    names = {entry.filename for entry in _directory(data)}
    return not names & {"xl/workbook.xml", "xl/workbook.bin", *OTHER_DOCUMENTS}


def files_of(data):
    """The files of a bundle, by their paths: within the limits of a workbook, nothing odd in it."""
    entries = _directory(data)
    names = {entry.filename for entry in entries}
    if "" in names or len(names) < len(entries) or any(map(_is_odd, entries)):
        raise UnreadableFile("damaged")
    _check_sizes(entries)
    _check_overlaps(data, _parts(data, entries))
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise UnreadableFile("damaged") from None


def check_archive(data):
    """(kind, parts) of a workbook: `kind` is "xlsx" or "ods", a part what `child.py` unpacks."""
    entries = _directory(data)
    kind = _kind(data, entries)
    _check_sizes(entries)
    parts = _parts(data, entries)
    _check_overlaps(data, parts)
    return kind, [
        (
            entry.filename,
            start,
            entry.compress_size,
            entry.file_size,
            entry.CRC,
            entry.compress_type,
        )
        for start, entry in parts
        if entry.filename.endswith((".xml", ".rels")) and entry.file_size
    ]


def _directory(data):
    # Counted in the bytes: reading a directory of a hundred thousand entries is the harm itself.
    if data.count(DIRECTORY_ENTRY) > MOST_ENTRIES:
        raise UnreadableFile("bomb")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, struct.error):
        raise UnreadableFile("damaged") from None


def _kind(data, entries):
    names = {entry.filename for entry in entries}
    if len(names) < len(entries) or any(map(_is_odd, entries)):
        raise UnreadableFile("damaged")
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise UnreadableFile("binary_excel")
    # The type of an OpenDocument file is its first entry, neither compressed nor hidden.
    if "content.xml" in names and OPEN_DOCUMENT in data[:200]:
        return "ods"
    for name, kind in OTHER_DOCUMENTS.items():
        if name in names:
            raise UnreadableFile("kind", kind=kind)
    raise UnreadableFile("kind", kind=_("une archive"))


def _is_odd(entry):
    encrypted = entry.flag_bits & 1
    known = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    climbs = entry.filename.startswith("/") or ".." in entry.filename.split("/")
    return encrypted or not known or climbs or "\\" in entry.filename


def _check_sizes(entries):
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED or any(map(_is_bomb, entries)):
        raise UnreadableFile("bomb")


def _is_bomb(entry):
    return entry.file_size > max(UNSUSPECTED, entry.compress_size * MOST_RATIO)


def _parts(data, entries):
    return sorted(((_start(data, entry), entry) for entry in entries), key=itemgetter(0))


def _start(data, entry):
    """Where the bytes of an entry begin: after its own header, which may differ from the directory."""
    header = data[entry.header_offset : entry.header_offset + LOCAL_HEADER.size]
    if len(header) < LOCAL_HEADER.size or not header.startswith(ZIP_LOCAL):
        raise UnreadableFile("damaged")
    _signature, name, extra = LOCAL_HEADER.unpack(header)
    return entry.header_offset + LOCAL_HEADER.size + name + extra


def _check_overlaps(data, parts):
    end = 0
    for start, entry in parts:
        if entry.header_offset < end:
            raise UnreadableFile("damaged")
        end = start + entry.compress_size
    if end > len(data):
        raise UnreadableFile("damaged")
