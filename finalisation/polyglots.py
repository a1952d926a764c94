"""Files that are two things at once: the picture or the PDF that they show, and something else."""

import re
import struct

ARCHIVE_END = b"PK\x05\x06"
ARCHIVE_END_SIZE = 22
LONGEST_COMMENT = 65_535
# What a browser or a server would run, written in the middle of a picture: with what ends the name
# for them. Any other letter there is one of the millions that a photo holds by chance.
ACTIVE = re.compile(
    rb"<(?:script|html|svg|iframe|object|embed|!doctype|\?php)[\t\n\f\r />]", re.IGNORECASE
)
OTHER_KINDS = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"MZ", b"\x7fELF", b"%PDF-", b"#!")
PDF_END = b"%%EOF"
FILLING = b"\x00\t\n\x0c\r \x1a"


def polyglot(content, content_type):
    """Whether the file is more than what its first bytes say, or less (a PDF cut short)."""
    if _is_archive(content):
        return True
    if content_type == "application/pdf":
        return _is_followed(content)
    return bool(ACTIVE.search(content)) or _trails(content, content_type).startswith(OTHER_KINDS)


def _is_archive(content):
    """A zip is read from its end, whatever stands before it."""
    at = content.rfind(ARCHIVE_END, max(0, len(content) - ARCHIVE_END_SIZE - LONGEST_COMMENT))
    if at < 0 or len(content) < at + ARCHIVE_END_SIZE:
        return False
    (comment,) = struct.unpack_from("<H", content, at + ARCHIVE_END_SIZE - 2)
    return at + ARCHIVE_END_SIZE + comment == len(content)


def _is_followed(content):
    end = content.rfind(PDF_END)
    return end < 0 or bool(content[end + len(PDF_END) :].strip(FILLING))


def _trails(content, content_type):
    """What comes after the picture: telephones add films there, which is nobody's harm."""
    if content_type == "image/png":
        return content[content.rfind(b"IEND") + 8 :]
    return content[content.rfind(b"\xff\xd9") + 2 :]
