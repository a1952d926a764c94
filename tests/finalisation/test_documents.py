import random
import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from PIL import Image, ImageChops, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from certif.audit.models import AuditEvent
from certif.lib.refusals import InvalidInput
from finalisation import actions
from finalisation.actions.documents import drawn_again
from finalisation.models import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, ClosingDocument
from sessions.actions import SessionClosed
from tests import situations, storages
from tests.factories import ExamSessionFactory, MembershipFactory
from tests.finalisation.pages import HTMX, dismiss, url, words
from tests.invigilation.pages import normal

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%minimal\n%%EOF\n"
HEIC = b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40
LOCATION = b"GPSLatitude 45.76"


@pytest.fixture
def session(bank):
    session = ExamSessionFactory()
    situations.ended(session=session)
    return session


@pytest.fixture
def member(session, client):
    user = MembershipFactory(centre=session.centre).user
    client.force_login(user)
    return user


def picture(kind="JPEG", size=(40, 30), **options):
    buffer = BytesIO()
    Image.new("RGB", size, "white").save(buffer, kind, **options)
    return buffer.getvalue()


def upload(client, session, content=PDF, name="feuille.pdf", kind="sheet", **headers):
    file = SimpleUploadedFile(name, content)
    return client.post(url("document_add", session), {"file": file, "kind": kind}, **headers)


@pytest.mark.parametrize(
    ("content", "name", "content_type"),
    [
        (PDF, "Feuille d’émargement.pdf", "application/pdf"),
        (picture("JPEG"), "photo.jpg", "image/jpeg"),
        (picture("PNG"), "capture.png", "image/png"),
    ],
)
def test_a_document_is_kept_with_its_name_and_type(
    client, session, member, content, name, content_type
):
    response = upload(client, session, content, name, kind="fraud")

    document = ClosingDocument.objects.get()
    assert response.status_code == 302
    assert (document.name, document.kind, document.added_by) == (name, "fraud", member)
    assert document.content_type == content_type
    assert name not in document.file.name


def archive():
    buffer = BytesIO()
    with ZipFile(buffer, "w") as zipped:
        zipped.writestr("index.html", "<script>alert(1)</script>")
    return buffer.getvalue()


SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
TWO_THINGS = "Ce fichier contient autre chose que ce qu’il montre"
REFUSED = {
    "heic": (HEIC, "IMG_0417.heic", "Les photos HEIC ne sont pas acceptées."),
    "empty": (b"", "vide.pdf", "Ce fichier est vide."),
    "zip": (archive(), "feuille.ods", "Seuls les fichiers PDF, JPEG et PNG"),
    "script": (SCRIPT, "photo.txt", "Seuls les fichiers PDF, JPEG et PNG"),
    "svg": (SVG, "plan.svg", "Seuls les fichiers PDF, JPEG et PNG"),
    "svg-as-png": (SVG, "plan.png", "porte le nom d’un PNG, mais son contenu n’en est pas un."),
    "html-as-png": (b"<!doctype html>" + SCRIPT, "a.png", "porte le nom d’un PNG"),
    "gif": (b"GIF89a" + b"\x00" * 40, "a.gif", "Seuls les fichiers PDF, JPEG et PNG"),
    "false-name": (b"hello", "faux.PDF", "porte le nom d’un PDF"),
    "png-as-jpeg": (picture("PNG"), "photo.jpg", "porte le nom d’un JPEG"),
    "cut": (picture("JPEG")[:200], "coupee.jpg", "Cette image ne peut pas être lue."),
    "cut-pdf": (PDF[:-6], "coupe.pdf", "ou il est incomplet"),
    "too-large": (b"%PDF-" + b"0" * MAX_DOCUMENT_BYTES, "gros.pdf", "Ce fichier dépasse 10 Mo."),
    "41-megapixels": (
        picture("PNG", size=(6_400, 6_410)),
        "plan.png",
        "Cette image est trop grande (40 mégapixels au plus).",
    ),
    "pdf-and-zip": (PDF + archive(), "feuille.pdf", TWO_THINGS),
    "pdf-and-html": (PDF + SCRIPT, "feuille.pdf", TWO_THINGS),
    "jpeg-and-zip": (picture() + archive(), "photo.jpg", TWO_THINGS),
    "jpeg-and-pdf": (picture() + PDF, "photo.jpg", TWO_THINGS),
    "jpeg-and-program": (picture() + b"MZ\x90\x00", "photo.jpg", TWO_THINGS),
    "png-and-html": (picture("PNG") + SCRIPT, "photo.png", TWO_THINGS),
    "script-in-a-comment": (picture(comment=SCRIPT), "photo.jpg", TWO_THINGS),
    "svg-in-a-comment": (picture(comment=SVG), "photo.jpg", TWO_THINGS),
    "svg-with-a-slash": (picture(comment=b"<SVG/onload=a()>"), "photo.jpg", TWO_THINGS),
    "php-in-a-comment": (picture(comment=b"<?php\n"), "photo.jpg", TWO_THINGS),
    "two-extensions": (PDF, "feuille.exe.pdf", "Ce nom porte deux extensions (.exe.pdf)."),
    "hidden-extension": (PDF, "feuille.pdf.exe", "doit finir par .pdf, .jpg ou .png"),
    "no-extension": (PDF, "../../x", "doit finir par .pdf, .jpg ou .png"),
    "long-name": (PDF, "é" * 300 + ".pdf", "Ce nom de fichier est trop long"),
}


@pytest.mark.parametrize(("content", "name", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_cannot_be_sent_is_refused_with_advice(
    client, session, member, soup, content, name, sentence
):
    response = upload(client, session, content, name)

    assert response.status_code == 422
    assert sentence in words(soup(response, ".form-errors"))
    assert not ClosingDocument.objects.exists()


def test_the_eleventh_document_is_refused(client, session, member, soup):
    for number in range(10):
        upload(client, session, name=f"{number}.pdf")

    response = upload(client, session, name="10.pdf")

    assert response.status_code == 422
    assert ClosingDocument.objects.count() == 10
    assert "Dix documents au plus" in words(soup(response, "#documents"))


def test_a_document_without_a_type_is_refused(client, session, member, soup):
    response = upload(client, session, kind="")

    assert response.status_code == 422
    assert "Choisissez le type du document." in words(soup(response, ".form-errors"))


def test_no_file_at_all_is_refused(client, session, member, soup):
    response = client.post(url("document_add", session), {"kind": "sheet"})

    assert response.status_code == 422
    assert "Choisissez un fichier." in words(soup(response, ".form-errors"))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PDF, "Feuille d’émargement du 12.12.2026.pdf"),
        (PDF + b"\r\n\x00\x00", "numérisée.PDF"),
    ],
    ids=["printed", "filled"],
)
def test_an_accepted_pdf_comes_back_byte_for_byte(client, session, member, content, name):
    upload(client, session, content, name)

    response = client.get(url("document", session, ClosingDocument.objects.get().pk))

    assert b"".join(response.streaming_content) == content


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (picture("PNG"), "capture.png"),
        (picture("JPEG", size=(3_000, 2_000)), "photo.jpeg"),
        (picture("JPEG") + b"\x00\x00\x00\x18ftypmp42", "photo animée.jpg"),
    ],
    ids=["png", "jpeg", "moving-photo"],
)
def test_an_accepted_image_comes_back_alike(client, session, member, content, name):
    upload(client, session, content, name)

    response = client.get(url("document", session, ClosingDocument.objects.get().pk))

    sent = Image.open(BytesIO(content))
    given = Image.open(BytesIO(b"".join(response.streaming_content)))
    assert (given.size, given.format) == (sent.size, sent.format)
    assert ImageChops.difference(given, sent).getbbox() is None


def test_letters_that_a_photo_holds_by_chance_are_no_code(client, session, member):
    ends_of_a_name = b"\t\n\x0c\r />"
    chance = b"".join(b"<sVg%c" % byte for byte in range(256) if byte not in ends_of_a_name)
    noise = random.Random(9).randbytes(1_200 * 1_000 * 3)
    buffer = BytesIO()
    photo = Image.frombytes("RGB", (1_200, 1_000), noise)
    photo.save(buffer, "JPEG", quality=95, comment=chance)

    response = upload(client, session, buffer.getvalue(), "photo.jpg")

    assert chance in buffer.getvalue()
    assert response.status_code == 302
    assert ClosingDocument.objects.exists()


def test_a_path_in_a_name_leads_nowhere(client, session, member):
    upload(client, session, name="../../etc/passwd.pdf")

    document = ClosingDocument.objects.get()
    assert document.name == "passwd.pdf"
    assert Path(document.file.path).is_relative_to(document.file.storage.location)


def test_one_document_sent_again_is_one_document(client, session, member):
    operation = str(uuid4())
    sent = [{"file": SimpleUploadedFile("a.pdf", PDF), "kind": "sheet"} for _ in range(2)]

    responses = [
        client.post(url("document_add", session), each | {"operation": operation}, **HTMX)
        for each in sent
    ]

    assert [response.status_code for response in responses] == [200, 200]
    assert ClosingDocument.objects.count() == 1


def test_a_document_sent_again_after_it_was_removed_stays_removed(client, session, member, soup):
    operation = str(uuid4())
    sent = [
        {"file": SimpleUploadedFile("a.pdf", PDF), "kind": "sheet", "operation": operation}
        for _ in range(2)
    ]
    client.post(url("document_add", session), sent[0], **HTMX)
    actions.remove_document(ClosingDocument.objects.get(), by=member)

    response = client.post(url("document_add", session), sent[1], **HTMX)

    assert response.status_code == 422
    assert "il a été retiré" in words(soup(response, ".form-errors"))
    assert not ClosingDocument.objects.exists()


def kept():
    with ClosingDocument.objects.get().file.open() as file:
        return file.read()


@pytest.fixture
def exif():
    """As a telephone writes it: it was held upright, and says where."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, LOCATION.decode()
    return exif


def test_a_photo_loses_its_excess(client, session, member, exif):
    upload(client, session, picture(size=(4000, 2000), exif=exif), "photo.jpg")

    assert Image.open(BytesIO(kept())).size == (1500, 3000)


@pytest.mark.parametrize("held", range(1, 9))
def test_a_photo_stands_upright_however_it_was_taken(exif, held):
    exif[0x0112], buffer = held, BytesIO()
    Image.linear_gradient("L").crop((0, 0, 200, 100)).save(buffer, "PNG", exif=exif)

    drawn = Image.open(BytesIO(drawn_again(buffer.getvalue(), "image/png")))

    upright = ImageOps.exif_transpose(Image.open(buffer))
    assert drawn.size == upright.size
    assert ImageChops.difference(drawn, upright).getbbox() is None


@pytest.mark.parametrize("size", [(4000, 2000), (400, 200)], ids=["large", "small"])
@pytest.mark.parametrize("beside", ["exif", "comment", "xmp"])
def test_a_photo_loses_its_hidden_words(client, session, member, exif, size, beside):
    hidden = {"exif": exif, "comment": LOCATION, "xmp": LOCATION}[beside]

    upload(client, session, picture(size=size, **{beside: hidden}), "photo.jpg")

    assert LOCATION not in kept()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_photo_whose_hidden_words_are_broken_is_drawn_or_refused(exif):
    exif[0x8825] = {1: "N", 2: (45.0, 45.0, 36.0)}
    whole, chance = picture(exif=exif), random.Random(668)

    for _ in range(2_000):
        broken = bytearray(whole)
        for _ in range(4):
            broken[chance.randrange(20, 200)] = chance.randrange(256)
        with suppress(InvalidInput):
            drawn_again(bytes(broken), "image/jpeg")


@pytest.mark.parametrize("words", [b"II*\x00", b"II*\x00\x08", b"II+\x00\x08\x00\x00\x00"])
def test_an_image_whose_hidden_words_are_cut_short_lies_as_it_lies(words):
    whole = picture("PNG")
    chunk = b"eXIf" + words
    cut = struct.pack(">I", len(words)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    end_of_header = 33

    drawn = drawn_again(whole[:end_of_header] + cut + whole[end_of_header:], "image/png")

    assert Image.open(BytesIO(drawn)).size == (40, 30)


@pytest.mark.parametrize(("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_an_image_keeps_its_colours(kind, content_type):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    drawn = Image.open(BytesIO(drawn_again(picture(kind, icc_profile=profile), content_type)))

    assert drawn.info["icc_profile"] == profile


def test_a_screenshot_loses_its_hidden_words(client, session, member, exif):
    words = PngInfo()
    words.add_text("Location", LOCATION.decode())

    upload(client, session, picture("PNG", exif=exif, pnginfo=words), "capture.png")

    assert LOCATION not in kept()
    assert Image.open(BytesIO(kept())).size == (30, 40)


def test_a_screenshot_keeps_what_it_shows_through(client, session, member):
    seen_through = BytesIO()
    Image.new("P", (40, 30)).save(seen_through, "PNG", transparency=0)

    upload(client, session, seen_through.getvalue(), "capture.png")

    assert Image.open(BytesIO(kept())).info["transparency"] == 0


def test_a_document_is_only_ever_downloaded(client, session, member):
    upload(client, session, name="Feuille d’émargement.pdf")

    response = client.get(url("document", session, ClosingDocument.objects.get().pk))

    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''Feuille")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_who_downloads_a_document_is_noted(client, session, member):
    upload(client, session)
    document = ClosingDocument.objects.get()

    response = client.get(url("document", session, document.pk))

    assert b"".join(response.streaming_content) == PDF
    event = AuditEvent.objects.get(kind="document.downloaded")
    assert (event.actor_id, event.session_id) == (member.pk, session.pk)
    assert event.data["document"] == document.pk


def test_asking_how_large_a_document_is_notes_nothing(client, session, member):
    upload(client, session)

    dismiss(client.head(url("document", session, ClosingDocument.objects.get().pk)))

    assert not AuditEvent.objects.filter(kind="document.downloaded").exists()


def test_a_document_of_another_session_of_the_centre_is_not_at_this_address(
    client, session, member
):
    upload(client, session)
    other = ExamSessionFactory(centre=session.centre)

    address = url("document", other, ClosingDocument.objects.get().pk)

    assert client.get(address).status_code == 404


def test_removing_asks_then_removes_the_file_too(
    client, session, member, soup, django_capture_on_commit_callbacks
):
    upload(client, session, name="feuille.pdf")
    document = ClosingDocument.objects.get()
    address = url("document_remove", session, document.pk)

    asked = client.get(address)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address)

    assert "Retirer le document « feuille.pdf » ?" in words(soup(asked, "h1"))
    assert not ClosingDocument.objects.exists()
    assert not document.file.storage.exists(document.file.name)


def test_removing_twice_is_no_error(client, session, member):
    upload(client, session)
    address = url("document_remove", session, ClosingDocument.objects.get().pk)
    sent = {"operation": str(uuid4())}

    responses = [client.post(address, sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert AuditEvent.objects.filter(kind="document.removed").count() == 1


def test_two_members_who_remove_one_document_write_one_line(client, session, member):
    upload(client, session)
    document, same = (ClosingDocument.objects.get() for _ in range(2))

    actions.remove_document(document, by=member)
    actions.remove_document(same, by=member)

    assert AuditEvent.objects.filter(kind="document.removed").count() == 1


def test_the_list_is_the_element_of_the_page(client, session, member, soup):
    fragment = upload(client, session, **HTMX)
    page = client.get(url("closing_file", session))

    assert "feuille.pdf" in words(soup(fragment, "#documents"))
    assert normal(soup(fragment, "#documents")) == normal(soup(page, "#documents"))


def test_a_refusal_by_htmx_is_the_list_with_the_reason(client, session, member, soup):
    response = upload(client, session, HEIC, "photo.heic", **HTMX)

    assert response.status_code == 422
    assert "HEIC" in words(soup(response, "#documents .form-errors"))


def test_nothing_is_added_or_removed_once_finalised(client, session, member):
    upload(client, session)
    document = ClosingDocument.objects.get()
    situations.give_reason(session.candidates.get().attempt)
    actions.finalise(session, by=member)

    added = upload(client, session)
    removed = client.post(url("document_remove", session, document.pk))

    assert (added.status_code, removed.status_code) == (409, 409)
    assert ClosingDocument.objects.get() == document
    read = client.get(url("document", session, document.pk))
    assert b"".join(read.streaming_content) == PDF


def test_a_file_that_is_gone_is_not_found(client, session, member):
    document = ClosingDocument.objects.create(
        session=session,
        kind="fraud",
        file="nulle-part.pdf",
        name="a.pdf",
        content_type="application/pdf",
        size=4,
        added_by=member,
    )

    assert client.get(url("document", session, document.pk)).status_code == 404
    assert not AuditEvent.objects.filter(kind="document.downloaded").exists()


# --- A file and its row ---------------------------------------------------------------------------


def add(session, by, **options):
    upload = SimpleUploadedFile("feuille.pdf", PDF)
    return actions.add_document(session, upload=upload, kind="sheet", by=by, **options)


def kept_files(settings):
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def fill(session, by):
    row = {"kind": "fraud", "content_type": "application/pdf", "size": 4, "added_by": by}
    ClosingDocument.objects.bulk_create(
        ClosingDocument(session=session, name=f"{n}.pdf", **row) for n in range(MAX_DOCUMENTS)
    )


@pytest.fixture
def broken_insert():
    """The database breaks when the row of a document is written."""

    def refuse(execute, sql, params, many, context):
        if is_insert(sql):
            raise OperationalError("away")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def no_answer():
    """The transaction of a document is made, and nobody hears of it."""

    def lose():
        raise OperationalError("away")

    def cut(execute, sql, params, many, context):
        if is_insert(sql):
            transaction.on_commit(lose)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(cut):
        yield


def is_insert(sql):
    return sql.startswith(f'INSERT INTO "{ClosingDocument._meta.db_table}"')


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_file_on_its_way(client, session, member, settings):
    storages.watch(settings)

    assert upload(client, session).status_code == 302
    assert len(kept_files(settings)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_session_finalised_while_a_file_is_on_its_way_keeps_none(session, member, settings):
    def finalise():
        situations.give_reason(session.candidates.get().attempt)
        actions.finalise(session, by=member)

    storages.watch(settings, meanwhile=finalise)

    with pytest.raises(SessionClosed):
        add(session, member)
    assert not list(settings.MEDIA_ROOT.rglob("document*"))


@pytest.mark.django_db(transaction=True)
def test_an_eleventh_document_on_its_way_at_once_keeps_no_file(session, member, settings):
    storages.watch(settings, meanwhile=lambda: fill(session, member))

    with pytest.raises(InvalidInput, match="Dix documents au plus"):
        add(session, member)
    assert kept_files(settings) == []


@pytest.mark.usefixtures("broken_insert")
def test_a_row_that_the_database_refused_leaves_no_file(session, member, settings):
    with pytest.raises(OperationalError):
        add(session, member)

    assert kept_files(settings) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_answer")
def test_a_row_that_may_be_there_keeps_its_file(session, member, settings):
    with pytest.raises(OperationalError):
        add(session, member)

    document = ClosingDocument.objects.get()
    assert [path.name for path in kept_files(settings)] == [Path(document.file.name).name]


def test_a_document_sent_again_leaves_one_file(client, session, member, settings):
    sent = {"kind": "sheet", "operation": str(uuid4())}
    for _ in range(2):
        file = SimpleUploadedFile("a.pdf", PDF)
        client.post(url("document_add", session), sent | {"file": file}, **HTMX)

    assert len(kept_files(settings)) == 1
