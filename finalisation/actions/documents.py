import struct
from io import BytesIO
from pathlib import PurePath

import puremagic
from django.core.files.base import ContentFile
from django.db import Error, transaction
from django.utils.translation import gettext as _
from PIL import ExifTags, Image

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from certif.lib.shortage import is_shortage
from certif.lib.text import ForbiddenCharacter, clean_line
from finalisation.actions.draft import mark_closing_changed
from finalisation.models import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, ClosingDocument
from finalisation.polyglots import polyglot
from sessions.actions.session import lock_open_session

MAX_PIXELS = 40_000_000
LONGEST_SIDE = 3_000
JPEG_QUALITY = 88
# Of what stands beside the points of an image: what they cannot be shown without.
KEPT_BESIDE = {"icc_profile", "transparency"}
# How a camera was held (TIFF 6.0, tag 274), and what sets its photo upright. Pillow's own exif_transpose() writes
# all that stands beside again, and breaks on what is not as it should be.
HELD = ExifTags.Base.Orientation
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
EXTENSIONS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
NAMED_AS = {".pdf": "PDF", ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
SUFFIXES = {
    "application/pdf": {".pdf"},
    "image/jpeg": {".jpg", ".jpeg"},
    "image/png": {".png"},
}
# Known kinds of files: before the last suffix, they say that a name means to deceive.
FOREIGN_SUFFIXES = {
    f".{name}"
    for name in [
        "pdf",
        "jpg",
        "jpeg",
        "png",
        "gif",
        "svg",
        "svgz",
        "heic",
        "html",
        "htm",
        "xhtml",
        "xml",
        "js",
        "mjs",
        "php",
        "exe",
        "com",
        "bat",
        "cmd",
        "scr",
        "msi",
        "vbs",
        "ps1",
        "sh",
        "jar",
        "apk",
        "dll",
        "zip",
        "rar",
        "7z",
        "tar",
        "gz",
        "iso",
        "doc",
        "docx",
        "docm",
        "xls",
        "xlsx",
        "xlsm",
        "ppt",
        "pptx",
        "odt",
        "ods",
    ]
}
MAX_NAME = 150
HEIC_BRANDS = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif")


def add_document(session, *, upload, kind, by, operation=None):
    """Keep one document of the closing file. Raises SessionClosed, InvalidInput."""
    # Before the lock: drawing a photo again and storing it take seconds, and a room must not wait.
    content, content_type = _checked(upload)
    document = ClosingDocument(
        session=session,
        kind=kind,
        name=_display_name(upload.name),
        content_type=content_type,
        size=len(content),
        added_by=by,
    )
    if kept := _added_already(session, by=by, operation=operation):
        return kept
    # The name of the person's file is shown, never used on disk.
    name = "document" + EXTENSIONS[content_type]
    document.file.save(name, ContentFile(content), save=False)
    written = None
    try:
        # A commit without an answer may have been made: the file of that row stays.
        with transaction.atomic():
            written = _write(document, by=by, operation=operation)
        return written
    except Error as error:
        # No room for it: that is an answer.
        if is_shortage(error):
            written = None
        raise
    finally:
        if written is not document:
            document.file.delete(save=False)


def _write(document, *, by, operation):
    session = lock_open_session(document.session_id, operation=operation, by=by)
    if kept := _added_already(session, by=by, operation=operation):
        return kept
    document.save()
    mark_closing_changed(session)
    record(
        "document.added",
        by=by,
        operation=operation,
        session=session,
        document=document.pk,
        what=document.get_kind_display(),
    )
    return document


def _added_already(session, *, by, operation):
    """What this operation added when it came first; None for a new one that has room.

    Raises InvalidInput.
    """
    if event := replayed(operation, by=by):
        kept = ClosingDocument.objects.filter(pk=event.data["document"]).first()
        if kept is None:
            raise _refused(_("Ce document est bien arrivé, puis il a été retiré."))
        return kept
    if session.closing_documents.count() >= MAX_DOCUMENTS:
        raise _refused(_("Dix documents au plus peuvent être transmis. Retirez-en un d’abord."))
    return None


@transaction.atomic
def remove_document(document, *, by, operation=None):
    """Remove a document and its file. Raises SessionClosed. Repeating it changes nothing."""
    session = lock_open_session(document.session_id)
    document = ClosingDocument.objects.filter(pk=document.pk).first()
    if document is None:
        return
    record(
        "document.removed",
        by=by,
        operation=operation,
        session=session,
        document=document.pk,
        what=document.get_kind_display(),
    )
    file = document.file
    document.delete()
    mark_closing_changed(session)
    # Removed it is, whatever the storage says: a file without its row is given to nobody.
    transaction.on_commit(lambda: file.storage.delete(file.name), robust=True)


def _checked(upload):
    """(the content to keep, its type): a PDF byte for byte, an image drawn again."""
    if upload.size > MAX_DOCUMENT_BYTES:
        raise _refused(_("Ce fichier dépasse 10 Mo. Réduisez-le, ou envoyez-le en plusieurs."))
    content = upload.read()
    if not content:
        raise _refused(_("Ce fichier est vide. Vérifiez-le, ou choisissez-en un autre."))
    if content[4:12] in HEIC_BRANDS:
        raise _refused(
            _(
                "Les photos HEIC ne sont pas acceptées. Enregistrez-la en JPEG (ou faites-en une "
                "capture d’écran), puis recommencez."
            )
        )
    content_type = _content_type(content)
    if content_type not in EXTENSIONS:
        raise _refused(_why_refused(upload.name))
    _check_name(upload.name, content_type)
    if polyglot(content, content_type):
        raise _refused(
            _(
                "Ce fichier contient autre chose que ce qu’il montre, ou il est incomplet. "
                "Imprimez-le ou photographiez-le dans un fichier neuf, puis recommencez."
            )
        )
    if content_type.startswith("image/"):
        content = drawn_again(content, content_type)
    return content, content_type


def _why_refused(name):
    """A name that promises what the content is not gets a sentence of its own."""
    if promised := NAMED_AS.get(PurePath(name).suffix.lower()):
        sentence = _(
            "Ce fichier porte le nom d’un %(kind)s, mais son contenu n’en est pas un. Ouvrez-le, "
            "enregistrez-le à nouveau en %(kind)s, puis recommencez."
        )
        return sentence % {"kind": promised}
    return _(
        "Seuls les fichiers PDF, JPEG et PNG sont acceptés. Convertissez-le, puis recommencez."
    )


def _check_name(name, content_type):
    """The name is shown to people: it says what the file is, and nothing else."""
    suffix, inner = PurePath(name).suffix.lower(), PurePath(PurePath(name).stem).suffix.lower()
    if suffix not in NAMED_AS:
        raise _refused(
            _(
                "Le nom de ce fichier doit finir par .pdf, .jpg ou .png. Renommez-le, puis recommencez."
            )
        )
    if suffix not in SUFFIXES[content_type]:
        raise _refused(_why_refused(name))
    if inner in FOREIGN_SUFFIXES:
        sentence = _("Ce nom porte deux extensions (%(both)s). Renommez-le, puis recommencez.")
        raise _refused(sentence % {"both": inner + suffix})
    if len(name) > MAX_NAME:
        raise _refused(
            _("Ce nom de fichier est trop long (%(n)s caractères au plus). Renommez-le.")
            % {"n": MAX_NAME}
        )


def _content_type(content):
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    try:
        return puremagic.from_string(content, mime=True)
    except puremagic.PureError:
        return ""


def drawn_again(content, content_type):
    """Upright, no larger than anybody looks at it, without what cameras write beside (V14.2.8)."""
    unreadable = _("Cette image ne peut pas être lue. Enregistrez-la à nouveau, puis recommencez.")
    try:
        image = Image.open(BytesIO(content), formats=["JPEG", "PNG"])
        if image.width * image.height > MAX_PIXELS:
            raise _refused(_("Cette image est trop grande (40 mégapixels au plus). Réduisez-la."))
        image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _refused(unreadable) from error
    if turn := _turn_of(image):
        image = image.transpose(turn)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # Pillow would write the comments and the XMP it has read.
    image.info = {name: image.info[name] for name in KEPT_BESIDE & image.info.keys()}
    colours, buffer = {"icc_profile": image.info.get("icc_profile")}, BytesIO()
    if content_type == "image/png":
        image.save(buffer, "PNG", **colours)
    elif image.mode in {"RGB", "L"}:
        image.save(buffer, "JPEG", quality=JPEG_QUALITY, **colours)
    else:
        # Its profile is that of inks.
        image.convert("RGB").save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def _turn_of(image):
    """None too when what the camera wrote is cut short: the photo lies as it lies."""
    try:
        return UPRIGHT.get(image.getexif().get(HELD))
    except (struct.error, SyntaxError, ValueError, OSError):
        return None


def _display_name(name):
    try:
        return clean_line(name)
    except ForbiddenCharacter as error:
        raise _refused(
            _("Le nom de ce fichier contient un caractère non autorisé. Renommez-le.")
        ) from error


def _refused(sentence):
    return InvalidInput(sentence, field="file")
