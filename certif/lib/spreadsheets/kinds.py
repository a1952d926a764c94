"""What a file is by what it contains, whatever it is called."""

import re

from django.utils.translation import gettext_lazy as _

from certif.lib.spreadsheets.problems import UnreadableFile

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHERS = {
    b"%PDF": _("un document PDF"),
    b"\x89PNG": _("une image"),
    b"\xff\xd8\xff": _("une image"),
    b"GIF8": _("une image"),
    b"{\\rtf": _("un document de traitement de texte"),
    b"Rar!": _("une archive"),
    b"7z\xbc\xaf": _("une archive"),
    b"\x1f\x8b": _("une archive"),
    b"PK\x05\x06": _("une archive"),
}
WEB_PAGE = re.compile(r"\s*<(!doctype html|!--|html|head|meta|body|table|div|style)", re.IGNORECASE)
XML = re.compile(r"\s*<(\?xml|!doctype|\w+[ :>])", re.IGNORECASE)


def refuse_other_kinds(data):
    """Everything that is neither a zip (.xlsx, .ods) nor a text."""
    if not data.strip(b"\0\t\r\n ") or data in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableFile("empty")
    if data.startswith(OLE):
        raise UnreadableFile(_kind_of_ole(data))
    for signature, kind in OTHERS.items():
        if data.startswith(signature):
            raise UnreadableFile("kind", kind=kind)


def _kind_of_ole(data):
    """The names of its parts, in UTF-16: an encrypted .xlsx is kept in such a container."""
    if _holds(data, "EncryptedPackage"):
        return "protected"
    return "old_excel" if _holds(data, "Workbook") or _holds(data, "Book") else "unknown"


def _holds(data, part):
    return part.encode("utf-16-le") in data


def refuse_markup(text, name):
    for markup, kind in ((WEB_PAGE, _("une page web")), (XML, _("un fichier XML"))):
        if markup.match(text):
            disguised = name.lower().endswith((".xlsx", ".xls", ".ods", ".csv"))
            raise UnreadableFile("disguised" if disguised else "kind", kind=kind)
