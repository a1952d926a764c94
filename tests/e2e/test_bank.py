"""An officer keeps the bank: he looks at a question, takes the bank away, changes a cell, brings it back."""

import zipfile
from io import BytesIO

import pytest
from django.core.management import call_command
from openpyxl import load_workbook

from exam.models import Question
from tests.e2e.conftest import DESK
from tests.e2e.sitting import PHONE_320
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

KEY, STATEMENT = "1.2-03", "Quel modèle de nom range les comptes rendus dans l’ordre du temps ?"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30"/></svg>'


@pytest.fixture
def officer(transactional_db, somebody):
    call_command("load_bank", verbosity=0)
    account = UserFactory(officer=True)
    person = somebody(DESK).logs_in(account.email, PASSWORD)
    person.go("/admin/exam/question/")
    person.look()
    return person


def downloads(person, name):
    with person.page.expect_download() as download:
        person.follow(name)
    return download.value.path().read_bytes()


def changed(data, **cells):
    """The workbook, with these cells of one row written anew."""
    book = load_workbook(BytesIO(data))
    sheet = book["Questions"]
    titles = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == KEY)
    for title, value in cells.items():
        row[titles.index(title)].value = value
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def sends(person, name, data):
    person.follow("Importer")
    person.look()
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    person.page.locator("#id_file").set_input_files(file)
    person.press("Voir ce qui changerait")


def confirms(person):
    person.press("Confirmer l’import")
    person.reads("0 question ajoutée, 1 question modifiée.")
    person.look()


def test_a_question_is_seen_as_the_candidate_sees_it(officer):
    officer.page.locator("#searchbar").fill("piscine")
    officer.page.keyboard.press("Enter")
    officer.page.locator("#result_list tbody tr").nth(1).wait_for(state="detached")
    officer.follow("Voir comme le candidat")

    officer.reads("Aperçu : ce que voit le candidat.")
    officer.page.get_by_role("img", name="Page de résultats").wait_for()
    officer.look()
    assert officer.page.get_by_role("button", name="Je valide").is_disabled()


def test_a_cell_edited_in_the_workbook_comes_back_by_a_preview(officer):
    data = changed(downloads(officer, "Exporter la banque (.xlsx)"), Énoncé=STATEMENT)

    sends(officer, "banque.xlsx", data)

    officer.reads("1 question modifiée")
    officer.page.locator("#lines ins").get_by_text(STATEMENT).wait_for()
    officer.look()
    assert not Question.objects.filter(statement=STATEMENT).exists()
    confirms(officer)
    assert Question.objects.get(key=KEY).statement == STATEMENT


def test_a_new_image_comes_with_the_workbook_and_is_seen_in_the_preview(officer):
    archive = zipfile.ZipFile(BytesIO(downloads(officer, "Exporter avec les images")))
    cells = {"Image": "modèles.svg", "Texte de remplacement": "Quatre noms de fichiers."}
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as sent:
        sent.writestr("banque.xlsx", changed(archive.read("banque.xlsx"), **cells))
        sent.writestr("fichiers/modèles.svg", DRAWING)

    sends(officer, "banque.zip", buffer.getvalue())

    officer.page.locator("#lines ins").get_by_text("modèles.svg (nouveau fichier)").wait_for()
    officer.look()
    confirms(officer)
    officer.go(f"/admin/exam/question/{Question.objects.get(key=KEY).pk}/apercu/")
    officer.page.get_by_role("img", name="Quatre noms de fichiers.").wait_for()
    officer.page.wait_for_function("() => document.querySelector('#question img').naturalWidth > 0")
    officer.look()


def test_what_is_wrong_in_the_workbook_is_told_with_its_cell(officer):
    data = changed(downloads(officer, "Exporter la banque (.xlsx)"), Image="absente.svg")

    sends(officer, "banque.xlsx", data)

    officer.page.locator("#errors").get_by_text("absente.svg").wait_for()
    officer.reads("envoyez-le avec le classeur, dans une archive .zip")
    officer.look()


def test_the_import_fits_a_narrow_window(officer):
    data = changed(downloads(officer, "Exporter la banque (.xlsx)"), Énoncé=STATEMENT)
    officer.page.set_viewport_size(PHONE_320["viewport"])

    sends(officer, "banque.xlsx", data)

    officer.reads("Ce que changerait ce fichier")
    officer.look()
