"""The bank in the hands of officers: workbooks to send, and what comes back."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from certif.lib.spreadsheets import Sheet
from certif.lib.spreadsheets.writing import Book, Column
from exam.bank_workbook import COLUMNS

TITLES = [column.title for column in COLUMNS]
ROW = {
    "Référence": "9.9-01",
    "Compétence": "1.1",
    "Forme": "choix unique",
    "Énoncé": "Laquelle est juste ?",
    "Proposition 1": "Une",
    "Proposition 2": "Deux",
    "Réponses justes": "2",
    "Utilisée": "oui",
}


def row(**cells):
    """A row that is right but for these cells; titles hold spaces: `row(**{"Lien": …})`."""
    return ROW | cells


def sheet_of(*rows):
    cells = [[given.get(title) for title in TITLES] for given in rows]
    return Sheet("Questions", [TITLES, *cells])


def workbook_of(*rows):
    book = Book()
    cells = [[given.get(title) for title in TITLES] for given in rows]
    book.sheet("Questions", [Column(title) for title in TITLES], cells)
    return book.to_bytes()


def send(client, data, name="banque.xlsx"):
    return client.post(
        reverse("admin:exam_question_import"), {"file": SimpleUploadedFile(name, data)}
    )


def confirm(client, response, **fields):
    """Press « Confirmer l’import » on the page that was answered."""
    return client.post(
        reverse("admin:exam_question_import_confirm"),
        {"kept": response.context["kept"], **fields},
    )
