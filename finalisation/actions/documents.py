from io import BytesIO
from pathlib import PurePath

import puremagic
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from certif.lib.text import ForbiddenCharacter, clean_line
from finalisation.models import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, ClosingDocument
from sessions.actions.session import lock_open_session

MAX_PIXELS = 40_000_000
LONGEST_SIDE = 3_000
EXTENSIONS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
NAMED_AS = {".pdf": "PDF", ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
HEIC_BRANDS = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif")


def add_document(session, *, upload, kind, by, operation=None):
    """Keep one document of the closing file. Raises SessionClosed, InvalidInput."""
    # Before the lock: drawing a photo again takes a second, and a room must not wait for it.
    content, content_type = _checked(upload)
    return _keep_document(
        session,
        content=content,
        content_type=content_type,
        name=_display_name(upload.name),
        kind=kind,
        by=by,
        operation=operation,
    )


@transaction.atomic
def _keep_document(session, *, content, content_type, name, kind, by, operation):
    session = lock_open_session(session.pk, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return ClosingDocument.objects.get(pk=event.data["document"])
    if session.closing_documents.count() >= MAX_DOCUMENTS:
        raise _refused(_("Dix documents au plus peuvent être transmis. Retirez-en un d’abord."))
    document = ClosingDocument(
        session=session,
        kind=kind,
        name=name,
        content_type=content_type,
        size=len(content),
        added_by=by,
    )
    # The name of the person's file is shown, never used on disk.
    document.file.save("document" + EXTENSIONS[content_type], ContentFile(content), save=False)
    document.save()
    record(
        "document.added",
        by=by,
        operation=operation,
        session=session,
        document=document.pk,
        what=document.get_kind_display(),
    )
    return document


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
    transaction.on_commit(lambda: file.storage.delete(file.name))


def _checked(upload):
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
    if content_type.startswith("image/"):
        content = _redrawn(content, content_type)
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


def _content_type(content):
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    try:
        return puremagic.from_string(content, mime=True)
    except puremagic.PureError:
        return ""


def _redrawn(content, content_type):
    """The picture drawn again, upright and not too large: no hidden position or content."""
    unreadable = _("Cette image ne peut pas être lue. Enregistrez-la à nouveau, puis recommencez.")
    try:
        image = Image.open(BytesIO(content), formats=["JPEG", "PNG"])
        if image.width * image.height > MAX_PIXELS:
            raise _refused(_("Cette image est trop grande (40 mégapixels au plus). Réduisez-la."))
        image = ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _refused(unreadable) from error
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    buffer = BytesIO()
    if content_type == "image/jpeg":
        image.convert("RGB").save(buffer, "JPEG", quality=88)
    else:
        image.save(buffer, "PNG")
    return buffer.getvalue()


def _display_name(name):
    try:
        return clean_line(name)[-150:] or _("document")
    except ForbiddenCharacter:
        return _("document")


def _refused(sentence):
    return InvalidInput(sentence, field="file")
