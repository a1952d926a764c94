"""The files in an object storage: one of one's own (moto), spoken to as to any S3."""

import os
import re
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from certif import watch
from certif.lib import metrics
from certif.lib.objects import is_away
from certif.lib.whole_files import PART
from certif.privacy.orphans import remove_orphans
from exam import bank_files, bank_pending
from exam.bank_copies import PART_LASTS
from exam.models import Question
from finalisation.models import ClosingDocument
from sessions.actions.printing import discard
from sessions.models import PrintRun
from tests import situations
from tests.cluster.processes import free_port
from tests.exam.browsers import holding
from tests.exam.test_bank_admin import send_plan
from tests.factories import ExamSessionFactory, MembershipFactory, QuestionFactory, UserFactory
from tests.finalisation.pages import HTMX, url
from tests.finalisation.test_documents import PDF, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kept_there(objects, settings, monkeypatch, tmp_path):
    settings.BANK_CACHE = tmp_path / "bank"
    for name, value in objects.settings.items():
        monkeypatch.setenv(name, value)
    settings.S3_BUCKET, settings.S3_ENDPOINT = objects.BUCKET, objects.endpoint
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "certif.lib.objects.PrivateObjects"}
    }


@pytest.fixture
def document(bank, client):
    """Sent by a person of the centre, who is logged in."""
    session = ExamSessionFactory()
    situations.ended(session=session)
    client.force_login(MembershipFactory(centre=session.centre).user)
    assert upload(client, session, name="Feuille d’émargement.pdf").status_code == 302
    return ClosingDocument.objects.get()


def given(client, document):
    return client.get(url("document", document.session, document.pk))


def test_a_document_goes_there_and_comes_back_through_our_page(client, document, settings):
    response = given(client, document)

    assert b"".join(response.streaming_content) == PDF
    assert int(response["Content-Length"]) == len(PDF)
    assert default_storage.exists(document.file.name)
    assert list(Path(settings.MEDIA_ROOT).rglob("*")) == []


def test_it_is_given_to_nobody_else(client, document):
    client.force_login(MembershipFactory().user)

    assert given(client, document).status_code == 404


def test_the_bucket_gives_it_to_nobody_who_has_no_key(objects, document):
    status, _ = objects.get(f"/{objects.BUCKET}/{document.file.name}")

    assert status == 403


def test_it_has_no_address_of_its_own(document):
    with pytest.raises(NotImplementedError):
        _ = document.file.url


def test_lost_there_it_is_not_found(client, document):
    document.file.storage.delete(document.file.name)

    response = given(client, document)

    assert response.status_code == 404
    assert "le service ne le retrouve plus" in response.text


def test_the_file_of_a_question_comes_from_there(bank):
    stored = bank_files.keep("été.csv", "a;é".encode())
    attempt = situations.started()
    Question.objects.update(attachment=stored)

    address = reverse("exam:question_file", args=[attempt.candidate_id, 1, "fichier"])

    assert b"".join(holding(attempt).get(address)) == "a;é".encode()


@pytest.fixture
def asked(bank):
    """What the browser of a test is given of the image of its question, of this name."""
    attempt = situations.started()
    browser = holding(attempt)
    browser.raise_request_exception = False

    def ask(stored):
        Question.objects.update(image=stored, image_alt="Un plan")
        return browser.get(reverse("exam:question_file", args=[attempt.candidate_id, 1, "image"]))

    return ask


def content(response):
    return b"".join(response.streaming_content)


def copies(settings):
    return [path for path in settings.BANK_CACHE.rglob("*") if path.is_file()]


def test_what_a_node_has_read_of_the_bank_is_given_when_the_storage_is_away(
    asked, objects, settings
):
    stored = bank_files.keep("plan.svg", b"<svg/>")
    asked(stored)

    with refusing(objects, settings):
        response = asked(stored)

    assert content(response) == b"<svg/>"
    assert (response["Content-Type"], response["Content-Length"]) == ("image/svg+xml", "6")


def test_what_a_node_has_not_read_waits_for_the_storage(asked, objects, settings):
    stored = bank_files.keep("plan.svg", b"<svg/>")

    with refusing(objects, settings):
        response = asked(stored)

    assert said_for_now(response) == (503, "5", True)


def test_a_copy_is_for_this_service_alone(asked, settings):
    asked(bank_files.keep("plan.svg", b"<svg/>"))

    (copy,) = copies(settings)

    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700


def test_a_copy_that_is_not_whole_is_made_again(asked, settings):
    stored = bank_files.keep("plan.svg", b"<svg/>")
    asked(stored)
    copies(settings)[0].write_bytes(b"<sv")

    assert content(asked(stored)) == b"<svg/>"
    assert [copy.read_bytes() for copy in copies(settings)] == [b"<svg/>"]


def test_a_file_that_its_content_does_not_name_is_not_copied(asked, settings):
    asked(default_storage.save("questions/1/plan.svg", ContentFile(b"<svg/>")))

    assert copies(settings) == []


def test_what_a_kill_left_of_a_copy_goes_with_the_next_one(asked, settings):
    asked(bank_files.keep("plan.svg", b"<svg/>"))
    (copy,) = copies(settings)
    left, young = copy.with_name(f"{PART}left"), copy.with_name(f"{PART}young")
    left.write_bytes(b"<sv")
    young.write_bytes(b"<sv")
    os.utime(left, (copy.stat().st_mtime - PART_LASTS - 1,) * 2)

    asked(bank_files.keep("autre.svg", b"<svg></svg>"))

    assert not left.exists()
    assert young.exists()


def test_a_folder_of_copies_that_cannot_be_written_stops_nobody(asked, settings, tmp_path):
    settings.BANK_CACHE = tmp_path / "a file"
    settings.BANK_CACHE.write_bytes(b"")

    assert content(asked(bank_files.keep("plan.svg", b"<svg/>"))) == b"<svg/>"


def test_a_file_of_the_bank_that_is_lost_there_is_not_found(asked):
    stored = bank_files.keep("plan.svg", b"<svg/>")
    default_storage.delete(stored)

    assert asked(stored).status_code == 404


def test_kept_again_the_same_file_is_written_once():
    first = bank_files.keep("plan.svg", b"<svg/>")

    assert bank_files.keep("plan.svg", b"<svg/>") == first
    assert default_storage.listdir(str(Path(first).parent))[1] == ["plan.svg"]


def test_two_files_of_the_same_name_are_two():
    first = default_storage.save("essais/a.txt", ContentFile(b"1"))
    second = default_storage.save("essais/a.txt", ContentFile(b"2"))

    assert first != second
    assert bank_files.kept_content(first) == b"1"


def test_what_waits_for_a_confirmation_waits_there():
    officer = UserFactory()
    token = bank_pending.keep(b"sheet", [], by=officer)

    assert bank_pending.kept_by(officer, token) == (b"sheet", [])


# --- Away -----------------------------------------------------------------------------------------

SENTENCE = "Le service est momentanément indisponible."


def move_to(settings, address):
    settings.S3_ENDPOINT = address
    # Made anew, with this address.
    settings.STORAGES = {**settings.STORAGES}


@contextmanager
def refusing(objects, settings):
    move_to(settings, f"http://127.0.0.1:{free_port()}")
    yield


@contextmanager
def silent(objects, settings):
    objects.freeze()
    try:
        yield
    finally:
        objects.wake()


class Cut(StreamRequestHandler):
    """Says that it has the file, and gives the first bytes of it."""

    def handle(self):
        has_body = not self.rfile.readline().startswith(b"HEAD")
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: 1\r\n\r\n")
        if has_body:
            self.wfile.write(b"the first")


@contextmanager
def cut(objects, settings):
    with ThreadingTCPServer(("127.0.0.1", 0), Cut) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        move_to(settings, f"http://127.0.0.1:{server.server_address[1]}")
        yield
        server.shutdown()


def said_for_now(response):
    return (response.status_code, response["Retry-After"], SENTENCE in response.text)


@pytest.fixture
def patient(client):
    """Is answered by the page of a failure."""
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("away", [refusing, silent, cut])
def test_a_document_cannot_be_read_for_now(patient, document, objects, settings, away):
    with away(objects, settings):
        response = given(patient, document)

    assert said_for_now(response) == (503, "5", True)


@pytest.mark.parametrize("away", [refusing, silent])
def test_a_document_that_cannot_be_kept_leaves_no_row(patient, bank, objects, settings, away):
    session = ExamSessionFactory()
    situations.ended(session=session)
    patient.force_login(MembershipFactory(centre=session.centre).user)

    with away(objects, settings):
        response = upload(patient, session, **HTMX)

    assert said_for_now(response) == (503, "5", True)
    assert not ClosingDocument.objects.exists()


def test_a_question_whose_image_cannot_be_kept_is_not_changed(patient, objects, settings):
    question = QuestionFactory()
    patient.force_login(UserFactory(officer=True))

    with refusing(objects, settings):
        response = send_plan(patient, question)

    assert said_for_now(response) == (503, "5", True)
    assert not Question.objects.get().image


@pytest.mark.django_db(transaction=True)
def test_a_document_is_removed_although_its_file_cannot_be(client, document, objects, settings):
    with refusing(objects, settings):
        response = client.post(url("document_remove", document.session, document.pk))

    assert response.status_code == 302
    assert not ClosingDocument.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_print_given_up_meanwhile_is_removed_the_next_night(objects, settings):
    name = default_storage.save("print_runs/2026/11/22/day.pdf", ContentFile(PDF))
    member = MembershipFactory()
    PrintRun.objects.create(centre=member.centre, created_by=member.user, file=name)
    with refusing(objects, settings):
        discard(PrintRun.objects.all())
    move_to(settings, objects.endpoint)

    remove_orphans(timezone.now(), batch=100)
    is_there_today = default_storage.exists(name)
    remove_orphans(timezone.now() + timedelta(days=1, hours=1), batch=100)

    assert not PrintRun.objects.exists()
    assert (is_there_today, default_storage.exists(name)) == (True, False)


# --- Watched --------------------------------------------------------------------------------------

committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _unhurried(monkeypatch):
    """On a machine that may be slow; no question outlives its test."""
    monkeypatch.setattr(watch.Bounded, "WITHIN", 30)
    yield
    if watch.STORAGE.asked:
        watch.STORAGE.asked.exception(timeout=30)


@pytest.fixture
def told(client, settings, tmp_path, _unhurried):
    """Whether the storage answers, as this node tells it."""
    settings.METRICS_TOKEN, settings.METRICS_DIR = "s3cret", tmp_path / "metrics"
    metrics.counts.cache_clear()

    def tell():
        text = client.get("/metrics", headers={"Authorization": "Bearer s3cret"}).text
        return re.search(r"^certif_storage_answers (\d)$", text, re.MULTILINE)[1]

    yield tell
    metrics.counts.cache_clear()


@committed
def test_a_node_tells_that_its_storage_answers(told):
    assert told() == "1"


@committed
def test_a_node_tells_that_its_storage_does_not_answer(told, objects, settings):
    with refusing(objects, settings):
        assert told() == "0"


@committed
def test_a_node_does_not_wait_for_its_storage_to_tell_it(told, objects, settings, monkeypatch):
    monkeypatch.setattr(watch.STORAGE, "WITHIN", 0.2, raising=False)

    with silent(objects, settings):
        assert told() == "0"


@committed
@pytest.mark.usefixtures("_unhurried")
def test_a_node_whose_storage_is_away_is_ready(client, objects, settings):
    with refusing(objects, settings):
        assert client.get("/readyz").status_code == 200


def answered(status):
    return ClientError({"ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")


@pytest.mark.parametrize(("status", "is_one"), [(503, True), (500, True), (403, False)])
def test_a_storage_that_can_do_nothing_for_now_is_away(status, is_one):
    assert is_away(answered(status)) == is_one
