"""Files as people make them: workbooks of a few rows."""

import csv
import io
from datetime import date

from openpyxl import Workbook

from sessions.actions import imports
from sessions.enums import ImportKind
from tests.factories import MembershipFactory

TITLES = ["Nom de naissance", "Prénom", "Date de naissance"]
BORN = date(2008, 5, 21)


def workbook(sheets):
    """The bytes of an .xlsx; `sheets` maps each tab to its rows."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def one_sheet(*rows, title="Candidats"):
    return workbook({title: rows})


def csv_file(*rows):
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows(rows)
    return stream.getvalue().encode()


def someone(name, first_name="Léa", born=BORN, *more):
    return [name, first_name, born, *more]


def members_of(centre):
    return centre.memberships.first() or MembershipFactory(centre=centre)


def send_list(session, *rows, titles=TITLES):
    """The import of a candidate list, prepared: what the page calls at the upload."""
    return imports.receive_import(
        ImportKind.CANDIDATES,
        centre=session.centre,
        session=session,
        filename="liste.xlsx",
        data=one_sheet(titles, *rows),
        by=members_of(session.centre).user,
    )


def send(kind, centre, data):
    return imports.receive_import(
        kind, centre=centre, filename="fichier.xlsx", data=data, by=members_of(centre).user
    )


def confirm(prepared, *, remove_absent=None):
    imports.confirm_import(prepared, remove_absent=remove_absent, by=prepared.created_by)


def lines(prepared):
    """(action, name) of each line of the plan, in the order of the preview."""
    return [(line["action"], line["name"]) for line in imports.lines_of(prepared.plan)]


def told(prepared):
    """(cell, sentence) of each error."""
    return [(error["cell"], error["sentence"]) for error in prepared.errors]
