"""The images and files of the bank: what they may be, told by what they contain, and where they are kept."""

import hashlib
import json
import re
from io import BytesIO
from pathlib import PurePath
from xml.etree import ElementTree

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image

IMAGE_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
FILE_TYPES = {
    **IMAGE_TYPES,
    ".csv": "text/csv; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".json": "application/json",
    ".log": "text/plain; charset=utf-8",
    ".pdf": "application/pdf",
    ".py": "text/x-python; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
STORE = "questions"
LONGEST_NAME = 70
# A whole room downloads it at once, through the line of a school.
MOST_MEGABYTES = 2
HEAVIEST = MOST_MEGABYTES * 1024 * 1024
MOST_PIXELS = 20_000_000

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SVG = "{http://www.w3.org/2000/svg}"
ACTIVE_TAGS = {"script", "foreignObject", "iframe", "object", "embed", "audio", "video", "set"}
OUTSIDE = re.compile(r"@import|javascript:|url\((?!\s*['\"]?#)", re.IGNORECASE)


def content_type(name):
    return FILE_TYPES.get(_suffix(name), "application/octet-stream")


def fault_of(name, content, types):
    """The sentence that says why this file is not one of these types; None when it may be kept."""
    if _suffix(name) not in types:
        return _("Types acceptés : %(types)s.") % {"types": ", ".join(types)}
    if len(name) > LONGEST_NAME:
        return _("Le nom de ce fichier dépasse %(n)s caractères.") % {"n": LONGEST_NAME}
    if not content:
        return _("Ce fichier est vide.")
    if len(content) > HEAVIEST:
        return _("Ce fichier dépasse %(n)s Mo.") % {"n": MOST_MEGABYTES}
    if _suffix(name) == ".svg":
        return _fault_of_svg(content)
    if not CHECKS.get(_suffix(name), _is_text)(content):
        return _(
            "Le contenu de ce fichier n’est pas celui qu’annonce son nom (un texte s’enregistre en "
            "UTF-8)."
        )
    return None


def keep(name, content):
    """Kept under its content: keeping it again writes nothing."""
    stored = address_of(name, content)
    if not default_storage.exists(stored):
        default_storage.save(stored, ContentFile(content))
    return stored


def address_of(name, content):
    return f"{STORE}/{hashlib.sha256(content).hexdigest()[:16]}/{name}"


def kept_content(stored):
    """None when the storage lost it."""
    try:
        with default_storage.open(stored) as file:
            return file.read()
    except FileNotFoundError:
        return None


def _suffix(name):
    return PurePath(name).suffix.lower()


def _text_of(content):
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if CONTROLS.search(text) else text


def _is_text(content):
    return _text_of(content) is not None


def _is_json(content):
    try:
        json.loads(_text_of(content) or "")
    except ValueError:
        return False
    return True


def _is_picture(content, kind):
    try:
        with Image.open(BytesIO(content), formats=[kind]) as image:
            if image.width * image.height > MOST_PIXELS:
                return False
            image.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True


CHECKS = {
    ".png": lambda content: _is_picture(content, "PNG"),
    ".jpg": lambda content: _is_picture(content, "JPEG"),
    ".pdf": lambda content: content.startswith(b"%PDF-"),
    ".json": _is_json,
}


def _fault_of_svg(content):
    text = _text_of(content)
    root = None if text is None or "<!DOCTYPE" in text.upper() else _parsed(text)
    if root is None or root.tag != f"{SVG}svg":
        return _("Ce fichier n’est pas une image SVG lisible.")
    if "<?xml-stylesheet" in text or any(map(_is_active, root.iter())):
        return _(
            "Cette image SVG contient du code ou va chercher autre chose ailleurs : enregistrez-la en "
            "SVG simple ou en PNG."
        )
    return None


def _parsed(text):
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None


def _is_active(element):
    """Code, or a call to somewhere else. A picture inside the file (`data:image/…`) is neither."""
    if element.tag.rpartition("}")[2] in ACTIVE_TAGS or OUTSIDE.search(element.text or ""):
        return True
    return any(_acts(name.rpartition("}")[2], value) for name, value in element.attrib.items())


def _acts(name, value):
    if name.lower().startswith("on") or OUTSIDE.search(value):
        return True
    return name == "href" and not value.strip().startswith(
        ("#", "data:image/png", "data:image/jpeg")
    )
