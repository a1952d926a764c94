"""A disk that is full, of the SQLite database, then of the documents: refused with a sentence, whole, and back by itself.

Each is a small memory disk of its own, in a view of the file system that ends with the drill.
"""

from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from finalisation.models import ClosingDocument
from tests.bench.figures import Figure
from tests.drills.disks import BLOCK, full, view_of_its_own
from tests.drills.fire import seconds_until, within
from tests.drills.on_sqlite import on_sqlite
from tests.factories import MembershipFactory, QuestionFactory
from tests.killed import Person, Room, reopened, verdict_of
from tests.real_server import Server

NAME = "disk"
TARGET = "503, and its sentence"
SCALE = 50
BACK_WITHIN = 10
SENTENCE = (
    "Le service est momentanément indisponible. Rien de ce qui avait été confirmé n’a été perdu"
)
PDF = b"%PDF-1.7\n%" + b"x" * 1_000_000 + b"\n%%EOF\n"
# The two folders of on_sqlite, each on a disk of 16 MB; then the drill, in their place.
DISKS = """
for folder in "$1/database" "$1/media"; do
    mkdir "$folder" && mount -t tmpfs -o size=16m,mode=700 none "$folder" || exit 1
done
shift
exec "$@"
"""


def run(scale):
    """`scale`: how many forms are sent while the disk of the database is full."""
    view = view_of_its_own()
    if view is None:
        yield Figure("NOT RUN: no disk may be mounted here (root may)", ok=None)
        return
    yield from on_sqlite(
        __name__, scale, within=lambda folder: [*view, "sh", "-c", DISKS, "sh", folder]
    )


def play(scale):
    QuestionFactory.create_bank()
    server = Server()
    server.start()
    try:
        room = Room(server)
        member = Person(server, MembershipFactory(centre=room.session.centre).user)
        yield from full_database(room, member, scale)
        yield from full_documents(room, member)
    finally:
        server.kill()
    _seconds, state = reopened()
    yield Figure(state, ok=state == "ok", name="disk, integrity_check", target="ok")


# --- The database ---------------------------------------------------------------------------------


def full_database(room, member, scale):
    queues = {person: iter(forms) for person, forms in zip(room.people, room.forms, strict=True)}
    for person, forms in queues.items():
        person.post(next(forms))
    nexts = {person: next(forms) for person, forms in queues.items()}
    with connection.cursor() as cursor:
        # What its log holds already could be written over.
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with full(Path(connection.settings_dict["NAME"]).parent):
        refused = [
            is_refused(ask(person, *form)) for person, form in islice(cycle(nexts.items()), scale)
        ]
        yield Figure(
            f"{sum(refused)} of {scale} forms", ok=all(refused), name="disk, the database full"
        )
        is_told = is_refused(send_document(room, member))
        yield Figure(
            f"{'refused' if is_told else 'not refused'}, {len(files())} files",
            ok=is_told and not files(),
            name="  a document meanwhile",
            target="no file without its row",
        )
        pages = [
            ask(room.watching, reverse("invigilation:board", args=[room.session.pk])),
            ask(member, reverse("sessions:session_detail", args=[room.session.pk])),
            *(
                ask(person, reverse("exam:test", args=[attempt.candidate_id]))
                for person, attempt in zip(room.sitting, room.attempts, strict=True)
            ),
        ]
        read = [status == 200 for status, _headers, _text in pages]
        yield Figure(
            f"{sum(read)} of {len(read)} pages", ok=all(read), name="  one reads on", target="each"
        )
        verdict = verdict_of([room])
        yield Figure(verdict.told, ok=verdict.ok, name="  what is kept", target="nothing by half")
    person, form = next(iter(nexts.items()))
    back = seconds_until(lambda: ask(person, *form)[0] == 200, BACK_WITHIN)
    yield within(back, BACK_WITHIN, "disk, back after room is made", f"≤ {BACK_WITHIN} s")
    for person, form in nexts.items():
        person.post(form)
    verdict = verdict_of([room])
    yield Figure(
        verdict.told, ok=verdict.ok, name="  the same forms, sent again", target="once each"
    )


# --- The documents --------------------------------------------------------------------------------


def full_documents(room, member):
    operation = uuid4()
    with full(settings.MEDIA_ROOT, but=len(PDF) // len(BLOCK) // 2):
        is_told = is_refused(send_document(room, member, operation))
        held = len(files()), ClosingDocument.objects.count()
    yield Figure(
        f"{'refused' if is_told else 'not refused'}, {held[0]} files, {held[1]} rows",
        ok=is_told and held == (0, 0),
        name="disk, that of the documents full",
        target="refused, 0 files, 0 rows",
    )
    back = seconds_until(lambda: send_document(room, member, operation)[0] == 200, BACK_WITHIN)
    yield within(back, BACK_WITHIN, "  back after room is made", f"≤ {BACK_WITHIN} s")
    sizes = (
        [path.stat().st_size for path in files()],
        [document.size for document in ClosingDocument.objects.all()],
    )
    yield Figure(
        f"{len(sizes[0])} files, {len(sizes[1])} rows",
        ok=sizes == ([len(PDF)], [len(PDF)]),
        name="  the same document, sent again",
        target="1 file, 1 row",
    )


def files():
    found = Path(settings.MEDIA_ROOT).rglob("*")
    return [path for path in found if path.is_file() and path.name != "ballast"]


def send_document(room, member, operation=None):
    path = reverse("finalisation:document_add", args=[room.session.pk])
    fields = {"kind": "sheet", "operation": str(operation or uuid4())}
    return ask(member, path, fields, file=SimpleUploadedFile("feuille.pdf", PDF))


# --- Asking ---------------------------------------------------------------------------------------


def ask(person, path, fields=None, **files):
    """(status, headers, text); a form when there are fields."""
    headers, body = {"Cookie": person.headers["Cookie"]}, None
    if fields is not None:
        sent = {**dict(fields), **files, "csrfmiddlewaretoken": person.token}
        body = encode_multipart(BOUNDARY, sent)
        headers |= {"Content-Type": MULTIPART_CONTENT, "HX-Request": "true"}
    link = HTTPConnection("127.0.0.1", person.server.port, timeout=30)
    try:
        link.request("POST" if body else "GET", path, body=body, headers=headers)
        answer = link.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        link.close()


def is_refused(answer):
    status, headers, text = answer
    return status == 503 and headers["Retry-After"] is not None and SENTENCE in text
