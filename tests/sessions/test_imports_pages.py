"""Sending a file through the pages: upload, preview, confirmation, and what may go wrong."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from certif.accounts.models import CentreKind
from certif.lib.spreadsheets import read_workbook
from sessions import actions
from sessions.actions import imports
from sessions.enums import ImportKind, ImportState
from sessions.models import Candidate, PreparedImport
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, MembershipFactory
from tests.sessions.workbooks import BORN, TITLES, one_sheet, someone, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return ExamSessionFactory()


@pytest.fixture
def member(session, client):
    user = MembershipFactory(centre=session.centre).user
    client.force_login(user)
    return user


@pytest.fixture
def worker(settings):
    """The worker does at once what it is given."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


def upload(client, url, data, *, name="liste.xlsx", operation=None, **extra):
    fields = {"file": SimpleUploadedFile(name, data), "operation": operation or uuid4()}
    return client.post(url, fields, **extra)


def upload_list(client, session, *rows, titles=TITLES, **kwargs):
    url = reverse("sessions:candidate_import", args=[session.pk])
    return upload(client, url, one_sheet(titles, *rows), **kwargs)


def confirm(client, response, **fields):
    url = response.url + "confirmer/"
    return client.post(url, {"operation": uuid4(), **fields})


def large(count):
    """More than is read at once: texts that do not shrink when zipped."""
    return [
        [*someone(f"Nom {uuid4()}x", "Léa"), "".join(f"{uuid4()}" for _ in range(8))]
        for _ in range(count)
    ]


def test_a_file_leads_to_its_preview(client, session, member, soup):
    response = upload_list(client, session, someone("Rosso"))

    page = soup(client.get(response.url))
    assert "ROSSO Léa" in page.text
    assert "Rien n’est encore enregistré" in page.text
    assert not Candidate.objects.exists()


def test_a_confirmation_writes_and_says_so(client, session, member, soup):
    response = upload_list(client, session, someone("Rosso"))
    confirm(client, response)

    assert "1 personne ajoutée." in soup(client.get(response.url)).text
    assert session.candidates.count() == 1


def test_the_address_of_an_import_tells_nobodys_name(client, session, member):
    response = upload_list(client, session, someone("Rosso"), name="ROSSO Léa.xlsx")

    assert "rosso" not in response.url.lower()


def test_a_form_sent_twice_is_one_import(client, session, member):
    operation = uuid4()
    first = upload_list(client, session, someone("Rosso"), operation=operation)
    second = upload_list(client, session, someone("Rosso"), operation=operation)

    assert first.url == second.url
    assert PreparedImport.objects.count() == 1


def test_a_confirmation_sent_twice_writes_once(client, session, member):
    response = upload_list(client, session, someone("Rosso"))
    operation = uuid4()
    url = response.url + "confirmer/"
    client.post(url, {"operation": operation})

    assert client.post(url, {"operation": operation}).status_code == 302
    assert session.candidates.count() == 1


def test_a_form_without_a_file_says_so(client, session, member, soup):
    response = client.post(reverse("sessions:candidate_import", args=[session.pk]))

    assert response.status_code == 422
    assert "Choisissez un fichier." in soup(response).text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Ce fichier est vide."),
        (b"%PDF-1.7 ...", "pas un tableau"),
        (b"<html><table></table></html>", "malgré son nom"),
        (b"PK\x03\x04 truncated", "incomplet ou abîmé"),
        (b"x" * (5 * 2**20 + 1), "dépasse 5 Mo"),
    ],
    ids=["empty", "pdf", "html", "truncated", "heavy"],
)
def test_a_file_that_is_not_read_is_refused_with_the_reason(
    client, session, member, soup, data, sentence
):
    url = reverse("sessions:candidate_import", args=[session.pk])
    response = upload(client, url, data)

    assert response.status_code == 422
    assert sentence in soup(response).text
    assert not PreparedImport.objects.exists()


def test_errors_are_shown_with_their_row_and_cell(client, session, member, soup):
    response = upload_list(client, session, someone("12"))

    row = soup(client.get(response.url), "tbody tr")
    cells = [cell.text.strip() for cell in row.select("td")]
    assert cells == ["2", "A2", "12", "Un nom comporte au moins une lettre."]


def test_a_thousand_errors_are_told_page_by_page(client, session, member, soup):
    response = upload_list(client, session, *(someone("12") for _ in range(450)))

    page = soup(client.get(response.url, {"page": 3}))
    assert "450 erreurs sont à corriger" in page.text
    assert len(page.select("tbody tr")) == 50


def test_who_is_absent_is_asked_about_before_anything_is_written(client, session, member, soup):
    CandidateFactory(session=session, birth_name="Partie")
    response = upload_list(client, session, someone("Rosso"))
    answer = confirm(client, response)

    assert answer.status_code == 422
    assert "Dites d’abord ce que deviennent" in soup(answer).text
    assert session.candidates.count() == 1


def test_an_answer_that_does_not_exist_is_refused(client, session, member):
    CandidateFactory(session=session, birth_name="Partie")
    response = upload_list(client, session, someone("Rosso"))

    assert confirm(client, response, remove_absent="peut-être").status_code == 422
    assert session.candidates.count() == 1


def test_those_absent_leave_when_it_is_said(client, session, member):
    CandidateFactory(session=session, birth_name="Partie")
    response = upload_list(client, session, someone("Rosso"))
    confirm(client, response, remove_absent="yes")

    assert [row.birth_name for row in session.candidates.all()] == ["Rosso"]


def test_a_list_that_moved_shows_the_new_preview(client, session, member, soup):
    response = upload_list(client, session, someone("Rosso"))
    fields = {"birth_name": "Rosso", "first_name": "Léa", "birth_date": BORN}
    actions.add_candidate(session, by=member, **fields)
    answer = confirm(client, response)

    assert answer.status_code == 409
    assert "La liste a changé depuis cet aperçu" in soup(answer).text
    assert session.candidates.count() == 1


def test_a_file_can_be_forgotten(client, session, member):
    response = upload_list(client, session, someone("Rosso"))
    client.post(response.url + "abandonner/")

    assert client.get(response.url).status_code == 404


def test_a_large_file_is_read_by_the_worker(client, session, member, soup):
    titles = [*TITLES, "Besoin d’accessibilité"]
    response = upload_list(client, session, *large(1800), titles=titles)

    page = soup(client.get(response.url))
    assert "Le fichier attend son tour" in page.text
    assert page.select_one("#import-state")["hx-trigger"] == "load delay:1s"


def test_the_worker_reads_and_then_writes_a_large_file(client, session, member, worker):
    titles = [*TITLES, "Besoin d’accessibilité"]
    response = upload_list(client, session, *large(1800), titles=titles)
    confirm(client, response)

    assert session.candidates.count() == 1800


def test_the_progress_is_told(client, session, member, soup):
    response = upload_list(client, session, someone("Rosso"))
    PreparedImport.objects.update(state=ImportState.READING, progress_done=500, progress_total=1800)

    page = soup(client.get(response.url))
    assert page.select_one("progress")["value"] == "500"
    assert "500 lignes vérifiées sur 1800" in page.text


def test_what_the_page_asks_for_is_what_a_reload_shows(client, session, member, soup):
    response = upload_list(client, session, someone("Rosso"))
    PreparedImport.objects.update(state=ImportState.READING)
    headers = {"HX-Request": "true", "HX-Target": "import-state"}

    part = soup(client.get(response.url, headers=headers), "#import-state")
    assert str(part) == str(soup(client.get(response.url), "#import-state"))


def test_work_that_was_cut_off_says_so_and_can_be_taken_up(client, session, member, soup, worker):
    response = upload_list(client, session, someone("Rosso"))
    long_ago = timezone.now() - timedelta(minutes=3)
    PreparedImport.objects.update(state=ImportState.APPLYING, beat_at=long_ago)

    assert "Le travail a été interrompu" in soup(client.get(response.url)).text
    client.post(response.url + "reprendre/")
    assert PreparedImport.objects.get().state == ImportState.READY


def test_work_that_goes_on_cannot_be_taken_up(client, session, member, worker):
    response = upload_list(client, session, someone("Rosso"))
    PreparedImport.objects.update(state=ImportState.APPLYING)
    client.post(response.url + "reprendre/")

    assert PreparedImport.objects.get().state == ImportState.APPLYING


def test_a_finalised_session_takes_no_file(client, session, member):
    session.state, session.finalised_at, session.finalised_by = "finalised", timezone.now(), member
    session.save()

    assert upload_list(client, session, someone("Rosso")).status_code == 409


def test_the_template_brings_the_list_as_it_is(client, session, member):
    CandidateFactory(
        session=session, birth_name="Łukaszewicz-Œuvrard", external_id="007", birth_date=BORN
    )
    data = client.get(reverse("sessions:candidate_template", args=[session.pk])).content

    sheet = read_workbook(data)[0]
    row = dict(zip(sheet.rows[0], sheet.rows[1], strict=True))
    assert row["Nom de naissance"] == "Łukaszewicz-Œuvrard"
    assert (row["Identifiant externe"], row["Date de naissance"]) == ("007", BORN)


def test_the_template_sent_back_untouched_changes_nothing(client, session, member, soup):
    CandidateFactory(session=session, birth_city="Nîmes", extra_time_percent=33)
    data = client.get(reverse("sessions:candidate_template", args=[session.pk])).content
    response = upload(client, reverse("sessions:candidate_import", args=[session.pk]), data)

    assert "Ce fichier ne change rien." in soup(client.get(response.url)).text


def test_the_template_of_another_session_is_recognised(client, session, member, soup):
    other = ExamSessionFactory(centre=session.centre)
    data = client.get(reverse("sessions:candidate_template", args=[other.pk])).content
    response = upload(client, reverse("sessions:candidate_import", args=[session.pk]), data)

    assert f"celui de la session {other.pk}" in soup(client.get(response.url)).text


def test_the_template_of_another_import_is_recognised(client, session, member, soup):
    data = client.get(reverse("sessions:candidate_template", args=[session.pk])).content
    url = reverse("sessions:import_new", args=[session.centre_id, "navette"])
    response = upload(client, url, data)

    assert "le modèle d’un autre import" in soup(client.get(response.url)).text


def test_no_cell_of_a_template_is_a_formula(client, session, member):
    CandidateFactory(session=session, birth_name="=1+1", first_name="@SUM(A1)")
    data = client.get(reverse("sessions:candidate_template", args=[session.pk])).content

    sheet = read_workbook(data)[0]
    assert not sheet.formulas
    assert sheet.rows[1][1:3] == ["=1+1", "@SUM(A1)"]


def test_the_desk_lists_what_waits(client, session, member, soup):
    upload_list(client, session, someone("Rosso"))

    page = soup(client.get(reverse("sessions:import_desk", args=[session.centre_id])))
    assert "liste.xlsx" in page.text


@time_machine.travel("2026-11-23T22:30:00Z")
def test_the_hour_of_a_file_that_waits_is_that_of_the_centre(client, soup):
    session = ExamSessionFactory(centre__time_zone="Pacific/Noumea", date=date(2026, 12, 14))
    client.force_login(MembershipFactory(centre=session.centre).user)
    upload_list(client, session, someone("Rosso"))

    page = soup(client.get(reverse("sessions:import_desk", args=[session.centre_id])))

    assert "9\u00a0h\u00a030" in page.select_one(".lines small").text


def test_only_a_school_imports_a_register(client):
    centre = CentreFactory(kind=CentreKind.PRO)
    client.force_login(MembershipFactory(centre=centre).user)

    assert (
        client.get(reverse("sessions:import_new", args=[centre.pk, "registre"])).status_code == 404
    )


@pytest.mark.parametrize("count", [1, 25])
def test_a_preview_asks_the_same_of_the_database_however_long(
    client, session, member, django_assert_num_queries, count
):
    response = upload_list(client, session, *(someone(f"Nom{'a' * n}") for n in range(count)))
    client.get(response.url)

    with django_assert_num_queries(QUERIES_OF_A_PREVIEW):
        client.get(response.url)


QUERIES_OF_A_PREVIEW = 4


def test_a_busy_machine_leaves_the_file_to_the_worker(client, session, member, busy_slots):
    response = upload_list(client, session, someone("Rosso"))

    assert response.status_code == 302
    assert PreparedImport.objects.get().state == ImportState.WAITING


@pytest.fixture
def busy_slots():
    """As many readings as the machine takes at once, never ending."""
    from certif.lib.spreadsheets.slots import slot

    with slot(1), slot(1):
        yield


def test_a_kind_of_import_has_its_address(client, session, member):
    for kind in ImportKind.SHUTTLE, ImportKind.EQUIPMENT, ImportKind.REGISTER:
        url = reverse("sessions:import_new", args=[session.centre_id, kind])
        assert client.get(url).status_code == 200


def test_lines_of_a_plan_are_all_there():
    plan = {"sessions": [{"candidates": [1]}, {"candidates": [2, 3]}], "pupils": [0]}

    assert imports.lines_of(plan) == [0, 1, 2, 3]


def test_the_end_of_a_wait_is_said_aloud(client, session, member, soup):
    response = upload_list(client, session, someone("Rosso"))
    headers = {"HX-Request": "true", "HX-Target": "import-state"}

    said = soup(client.get(response.url, headers=headers), "[hx-swap-oob='innerHTML:#status']")
    assert said.text == "Le fichier est lu. Vérifiez l’aperçu, puis confirmez."


def test_a_file_that_waits_long_is_still_waited_for(client, session, member, soup):
    response = upload_list(client, session, someone("Rosso"))
    long_ago = timezone.now() - timedelta(minutes=3)
    PreparedImport.objects.update(state=ImportState.WAITING, beat_at=long_ago)

    page = soup(client.get(response.url))
    assert "attend depuis plus de deux minutes" in page.text
    assert page.select_one("#import-state")["hx-trigger"] == "load delay:1s"


def test_the_address_of_the_confirmation_leads_to_the_import(client, session, member):
    response = upload_list(client, session, someone("Rosso"))

    assert client.get(response.url + "confirmer/").url == response.url


def test_a_corrected_file_takes_the_place_of_the_former(client, session, member):
    upload_list(client, session, someone("12"))
    upload_list(client, session, someone("Rosso"))

    assert PreparedImport.objects.get().state == ImportState.READY


def test_an_error_names_its_tab_when_the_workbook_has_several(client, session, member, soup):
    data = workbook({"Élèves": [TITLES, someone("12")], "Notes": [["rien"]]})
    response = upload(client, reverse("sessions:candidate_import", args=[session.pk]), data)

    assert soup(client.get(response.url), "tbody td[data-label='Onglet']").text == "Élèves"
