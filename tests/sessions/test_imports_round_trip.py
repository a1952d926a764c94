"""Our template filled by the programs people have comes in whole; our exports open again as they were."""

import io
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from certif.lib.spreadsheets import read_workbook
from sessions.imports import templates
from sessions.models import ExamSession
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory
from tests.sessions.workbooks import saved

pytestmark = pytest.mark.django_db

FIXTURES = Path(__file__).with_name("fixtures")
TYPED = [
    ("D’Ormesson", "Jean-Noël", date(2009, 2, 5), "01000", "3-4", "007", 33),
    ("Nguyễn", "Lưu", date(2008, 2, 29), "20000", "3e B", "0612345678A", 0),
    ("Rossø", "Zoé", date(2008, 9, 1), "", "1/2", "1E5", 33),
    ("Łukaszewicz-Œuvrard", "Zoé", date(2008, 5, 21), "01000", "3e A", "007000", 0),
]
TITLES = ["Nom de naissance", "Prénom", "Date de naissance", "Code postal de naissance"]
TITLES += ["Commune de naissance", "Classe", "Identifiant externe", "Temps majoré (%)"]
PLACES = {"01000": "Bourg-en-Bresse", "20000": "Ajaccio", "": ""}


@pytest.fixture
def session(client):
    session = ExamSessionFactory(pk=4321)
    CandidateFactory(
        pk=9001,
        session=session,
        birth_name="Łukaszewicz-Œuvrard",
        first_name="Zoé",
        birth_date=date(2008, 5, 21),
        birth_postcode="01000",
        birth_city="Bourg-en-Bresse",
        external_id="007000",
        school_class="3e A",
    )
    client.force_login(MembershipFactory(centre=session.centre).user)
    return session


def import_by_the_page(client, session, data, name):
    url = reverse("sessions:candidate_import", args=[session.pk])
    sent = client.post(url, {"file": SimpleUploadedFile(name, data), "operation": uuid4()})
    return client.post(sent.url + "confirmer/", {"operation": uuid4()})


def people(session):
    facts = ["birth_name", "first_name", "birth_date", "birth_postcode", "school_class"]
    return sorted(session.candidates.values_list(*facts, "external_id", "extra_time_percent"))


def filled_by_openpyxl(session):
    book = load_workbook(io.BytesIO(templates.candidate_workbook(session)))
    sheet = book["Candidats"]
    places = {cell.value: cell.column for cell in sheet[1]}
    rows = [
        [name, first, born, postcode, PLACES[postcode], *more]
        for name, first, born, postcode, *more in TYPED[:3]
    ]
    for number, values in enumerate(rows, start=3):
        for title, value in zip(TITLES, values, strict=True):
            sheet.cell(number, places[title], value or None)
    return saved(book)


@pytest.mark.parametrize("name", ["candidates_libreoffice.xlsx", "candidates_libreoffice.ods"])
def test_our_template_filled_by_libreoffice_comes_in(client, session, name):
    answer = import_by_the_page(client, session, (FIXTURES / name).read_bytes(), name)

    assert (answer.status_code, people(session)) == (302, sorted(TYPED))
    assert session.candidates.get(external_id="007000").pk == 9001


def test_our_template_filled_by_openpyxl_comes_in(client, session):
    answer = import_by_the_page(client, session, filled_by_openpyxl(session), "liste.xlsx")

    assert (answer.status_code, people(session)) == (302, sorted(TYPED))


@pytest.mark.parametrize(
    ("encoding", "separator", "end"),
    [
        ("cp1252", ";", "\r\n"),
        ("utf-8-sig", ";", "\r\n"),
        ("utf-8", ",", "\n"),
        ("utf-16", "\t", "\r\n"),
    ],
    ids=["Excel in French", "Excel, CSV UTF-8", "LibreOffice", "Excel, Unicode text"],
)
def test_a_csv_of_a_spreadsheet_comes_in(client, encoding, separator, end):
    session = ExamSessionFactory()
    client.force_login(MembershipFactory(centre=session.centre).user)
    lines = [
        TITLES,
        ["Œuvrard", "Zoé", "05/02/2009", "01000", "Bourg-en-Bresse", "3-4", "007", "33 %"],
    ]
    text = end.join(separator.join(line) for line in [*lines, [""] * len(TITLES)]) + end
    import_by_the_page(client, session, text.encode(encoding), "liste.csv")

    assert people(session) == [("Œuvrard", "Zoé", date(2009, 2, 5), "01000", "3-4", "007", 33)]


@pytest.mark.parametrize("export", ["candidate", "equipment"])
def test_an_export_opens_again_with_nothing_that_computes(session, export):
    CandidateFactory(session=session, birth_name="=1+1", first_name="@SUM(A1)", external_id="+33")
    sessions = ExamSession.objects.filter(pk=session.pk)
    data = {
        "candidate": lambda: templates.candidate_workbook(session),
        "equipment": lambda: templates.equipment_workbook(sessions),
    }[export]()
    book = load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    values = [value for sheet in read_workbook(data) for row in sheet.rows for value in row]

    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert {"=1+1", "@SUM(A1)", "+33", "007000", "Łukaszewicz-Œuvrard"} <= {*values}
    assert date(2008, 5, 21) in values
