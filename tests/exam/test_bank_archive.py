"""The bank with its images and files: out as a zip, back with new ones."""

import zipfile
from io import BytesIO
from unicodedata import normalize

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from exam import bank as shipped
from exam import bank_pending
from exam.models import Question
from tests import storages
from tests.exam.banks import confirm, row, send, workbook_of
from tests.factories import QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db

PLAN = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
OTHER = b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'
WITH_PLAN = {"Image": "plan.svg", "Texte de remplacement": "Un plan"}


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


def zipped(files):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def archive_of(*rows, **files):
    return zipped({"banque.xlsx": workbook_of(*rows), **files})


def send_zip(client, data):
    return send(client, data, name="banque.zip")


def told(response):
    return [(error["cell"], error["sentence"]) for error in response.context["plan"].errors]


def content_of(file):
    with file.open() as opened:
        return opened.read()


def export(client):
    return client.get(reverse("admin:exam_question_export_files")).content


# Out and back


def test_the_bank_that_ships_comes_back_unchanged_with_its_files(client, officer):
    shipped.load()

    plan = send_zip(client, export(client)).context["plan"]

    assert (plan.errors, plan.lines, plan.unchanged) == ([], [], 96)
    assert (plan.files, plan.unnamed) == ([], [])


def test_an_empty_bank_takes_the_archive_of_another(client, officer):
    shipped.load()
    data = export(client)
    before = {q.key: (q.statement, q.image.name, q.attachment.name) for q in Question.objects.all()}
    Question.objects.all().delete()

    confirm(client, send_zip(client, data))

    after = {q.key: (q.statement, q.image.name, q.attachment.name) for q in Question.objects.all()}
    assert after == before


def test_two_files_of_one_name_keep_their_questions(client, officer):
    for key, content in (("a", PLAN), ("b", OTHER)):
        QuestionFactory(key=key, image=ContentFile(content, "plan.svg"), image_alt="Un plan")
    Question.objects.filter(key="b").update(
        image=default_storage.save("questions/ailleurs/plan.svg", ContentFile(OTHER))
    )

    plan = send_zip(client, export(client)).context["plan"]

    assert (plan.errors, plan.lines, plan.unchanged) == ([], [], 2)


def test_an_image_and_a_file_of_one_name_come_back_each_in_its_place(client, officer):
    QuestionFactory(
        key="a",
        image=ContentFile(PLAN, "plan.svg"),
        image_alt="Un plan",
        attachment=default_storage.save("questions/ailleurs/plan.svg", ContentFile(OTHER)),
    )
    data = export(client)
    Question.objects.all().delete()

    confirm(client, send_zip(client, data))

    question = Question.objects.get()
    assert (content_of(question.image), content_of(question.attachment)) == (PLAN, OTHER)


def test_a_file_that_the_storage_lost_does_not_stop_the_export(client, officer):
    QuestionFactory(image="questions/abc/perdu.svg", image_alt="Un plan")

    names = zipfile.ZipFile(BytesIO(export(client))).namelist()

    assert names == ["banque.xlsx"]


def test_the_archive_follows_the_filters_of_the_list(client, officer):
    QuestionFactory(competence="1.2", image=ContentFile(PLAN, "plan.svg"), image_alt="Un plan")
    address = reverse("admin:exam_question_export_files")

    content = client.get(address, {"competence": "1.1"}).content

    assert zipfile.ZipFile(BytesIO(content)).namelist() == ["banque.xlsx"]


# New files


def test_a_new_image_comes_with_its_question(client, officer):
    confirm(client, send_zip(client, archive_of(row(**WITH_PLAN), **{"images/plan.svg": PLAN})))

    question = Question.objects.get()
    assert content_of(question.image) == PLAN
    assert question.image_alt == "Un plan"


def test_a_new_file_comes_with_its_question(client, officer):
    data = archive_of(row(Fichier="notes.csv"), **{"notes.csv": b"a;b\n"})
    confirm(client, send_zip(client, data))

    assert content_of(Question.objects.get().attachment) == b"a;b\n"


def test_an_image_of_the_same_name_replaces_the_former_one(client, officer, soup):
    confirm(client, send_zip(client, archive_of(row(**WITH_PLAN), **{"plan.svg": PLAN})))

    page = send_zip(client, archive_of(row(**WITH_PLAN), **{"plan.svg": OTHER}))

    assert soup(page, "#lines ins").get_text() == "plan.svg (nouveau fichier)"
    confirm(client, page)
    assert content_of(Question.objects.get().image) == OTHER


def test_the_same_image_again_changes_nothing(client, officer):
    data = archive_of(row(**WITH_PLAN), **{"plan.svg": PLAN})
    confirm(client, send_zip(client, data))

    plan = send_zip(client, data).context["plan"]

    assert (plan.lines, plan.files) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_files_of_an_import(client, officer, settings):
    elsewhere = default_storage.save("questions/ailleurs/plan.svg", ContentFile(PLAN))
    QuestionFactory(key="a", image=elsewhere, image_alt="Un plan")
    storages.watch(settings)
    rows = row(Référence="a", **WITH_PLAN), row(Référence="b", Fichier="notes.csv")

    page = send_zip(client, archive_of(*rows, **{"plan.svg": PLAN, "notes.csv": b"a;b\n"}))

    assert confirm(client, page).status_code == 302
    kept, new = Question.objects.order_by("key")
    assert (kept.image.name, content_of(new.attachment)) == (elsewhere, b"a;b\n")


def test_nothing_is_kept_of_the_bank_before_the_confirmation(client, officer):
    send_zip(client, archive_of(row(**WITH_PLAN), **{"plan.svg": PLAN}))

    assert not default_storage.exists("questions") or default_storage.listdir("questions")[0] == []


def test_the_folder_of_a_question_tells_two_files_of_one_name_apart(client, officer):
    rows = row(Référence="a", **WITH_PLAN), row(Référence="b", **WITH_PLAN)
    confirm(
        client, send_zip(client, archive_of(*rows, **{"a/plan.svg": PLAN, "b/plan.svg": OTHER}))
    )

    kept = {question.key: content_of(question.image) for question in Question.objects.all()}
    assert kept == {"a": PLAN, "b": OTHER}


def test_two_files_of_one_name_that_nothing_tells_apart_are_refused(client, officer):
    data = archive_of(row(**WITH_PLAN), **{"un/plan.svg": PLAN, "deux/plan.svg": OTHER})

    assert [cell for cell, _sentence in told(send_zip(client, data))] == ["N2"]


def test_the_image_and_the_file_of_a_question_bear_one_name_in_two_folders_only(client, officer):
    lines = row(Référence="a", Fichier="plan.svg", **WITH_PLAN)
    data = archive_of(lines, **{"un/plan.svg": PLAN, "deux/plan.svg": OTHER})

    (image, _why), (file, why) = told(send_zip(client, data))

    assert (image, file) == ("N2", "P2")
    assert "l’une dans « image », l’autre dans « fichier »" in why


def test_a_name_written_by_macos_is_the_same_name(client, officer):
    cells = {"Image": "été.svg", "Texte de remplacement": "Un plan"}
    data = archive_of(
        row(**cells), **{normalize("NFD", "été.svg"): PLAN, "__MACOSX/._été.svg": b"\0"}
    )

    plan = send_zip(client, data).context["plan"]

    assert (plan.errors, len(plan.files), plan.unnamed) == ([], 1, [])


def test_what_a_computer_leaves_in_a_folder_is_no_file(client, officer):
    litter = dict.fromkeys(
        [".", ".DS_Store", "a/Thumbs.db", "~$banque.xlsx", "__MACOSX/a.svg"], b""
    )

    plan = send_zip(client, archive_of(row(), **litter)).context["plan"]

    assert (plan.errors, plan.unnamed) == ([], [])


def test_a_file_that_no_line_names_is_told_and_left(client, officer, soup):
    page = send_zip(client, archive_of(row(), **{"oubli.svg": PLAN}))

    assert "oubli.svg" in soup(page, "#unnamed").get_text()
    confirm(client, page)
    assert Question.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("plan.svg", OTHER.replace(b"rect", b"script"), "contient du code"),
        ("plan.svg", b"", "est vide"),
        ("plan.png", PLAN, "annonce son nom"),
        ("plan.exe", b"MZ", "Types acceptés"),
    ],
)
def test_a_file_that_may_not_be_kept_is_told_in_its_cell(client, officer, name, content, sentence):
    cells = {"Image": name, "Texte de remplacement": "Un plan"}
    response = send_zip(client, archive_of(row(**cells), **{name: content}))

    ((cell, why),) = told(response)
    assert response.status_code == 422
    assert cell == "N2"
    assert sentence in why


# The archive itself


def refusal(client, soup, data):
    response = send_zip(client, data)
    assert response.status_code == 422
    return soup(response, ".errorlist").get_text()


def test_an_archive_holds_one_workbook(client, officer, soup):
    book = workbook_of(row())

    assert "un classeur" in refusal(client, soup, zipped({"plan.svg": PLAN}))
    assert "un seul" in refusal(client, soup, zipped({"a.xlsx": book, "b.xlsx": book}))


@pytest.mark.parametrize("name", ["../plan.svg", "/plan.svg", "a/../../plan.svg"])
def test_a_path_that_climbs_out_is_refused(client, officer, soup, name):
    data = zipped({"banque.xlsx": workbook_of(row())} | {name: PLAN})

    assert "abîmée" in refusal(client, soup, data)


def test_a_file_without_a_name_is_refused(client, officer, soup):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("banque.xlsx", workbook_of(row()))
        nameless = zipfile.ZipInfo("x")
        nameless.filename = ""
        archive.writestr(nameless, PLAN)

    assert "abîmée" in refusal(client, soup, buffer.getvalue())


def test_a_bomb_is_refused_before_it_is_opened(client, officer, soup):
    data = archive_of(row(), **{"plan.svg": b"\0" * 31_000_000})

    assert "trop de données" in refusal(client, soup, data)


def test_an_archive_cut_short_is_refused(client, officer, soup):
    data = archive_of(row(**WITH_PLAN), **{"plan.svg": PLAN})

    assert "abîmé" in refusal(client, soup, data[:-40])


def test_a_content_that_does_not_match_its_sum_is_refused(client, officer, soup):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("banque.xlsx", workbook_of(row(**WITH_PLAN)))
        archive.writestr("plan.svg", PLAN)
    data = buffer.getvalue().replace(b"2000/svg", b"2001/svg")

    assert "abîmée" in refusal(client, soup, data)


# What waits


def test_what_waited_too_long_is_thrown_away(client, officer):
    send_zip(client, archive_of(row()))
    with time_machine.travel(timezone.now() + bank_pending.WAITS * 2, tick=False):
        client.force_login(officer)
        send_zip(client, archive_of(row()))

    assert len(default_storage.listdir(bank_pending.FOLDER)[1]) == 1


def test_a_file_that_no_longer_waits_is_asked_for_again(client, officer):
    page = send_zip(client, archive_of(row()))
    for name in default_storage.listdir(bank_pending.FOLDER)[1]:
        default_storage.delete(f"{bank_pending.FOLDER}/{name}")

    assert confirm(client, page).status_code == 422
    assert not Question.objects.exists()
