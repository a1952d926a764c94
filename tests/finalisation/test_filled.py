"""« Matériel certification » comes back filled, and fills the closing file (004)."""

from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from certif.audit.models import AuditEvent
from exam.models import Attempt
from invigilation.models import IncidentCode, IncidentReport
from sessions.imports.templates import equipment_workbook
from tests import situations
from tests.certif import hostile_files
from tests.factories import CandidateFactory, ExamSessionFactory
from tests.finalisation.pages import fields, url, words
from tests.finalisation.sheets import COMMENT, MINUTES, NUMBER, SEEN, filled_sheet

pytestmark = pytest.mark.django_db


def send(client, session, content, name="materiel.xlsx"):
    return client.post(url("filled_sheet", session), {"file": SimpleUploadedFile(name, content)})


def confirm(client, session, preview, **chosen):
    form = "form[action$='confirmer/']"
    return client.post(url("filled_confirm", session), fields(preview, form) | chosen)


def errors(soup, response):
    return [words(row) for row in soup(response).select(".import-errors tbody tr")]


def test_the_filled_sheet_is_shown_and_writes_nothing_before_it_is_confirmed(
    client, session, member, soup
):
    seen = situations.finished(session=session).candidate
    noted = situations.finished(session=session).candidate
    content = filled_sheet(session, {seen: {SEEN: "oui"}, noted: {COMMENT: "C3 parti à 10 h 40"}})

    page = words(soup(send(client, session, content), "main"))

    assert f"Écran de fin du test vu (1) {seen}" in page
    assert f"{noted} : C3" in page
    assert "parti à 10 h 40" in page
    assert not IncidentReport.objects.exists()
    assert not Attempt.objects.exclude(end_screen_seen_at=None).exists()


def test_what_was_shown_is_written_once_it_is_confirmed(client, session, member):
    seen = situations.finished(session=session).candidate
    noted = situations.finished(session=session).candidate
    rows = {seen: {SEEN: "x", COMMENT: "E1 question 12"}, noted: {COMMENT: "C3 : parti à 10 h 40"}}

    preview = send(client, session, filled_sheet(session, rows))
    responses = [confirm(client, session, preview) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert Attempt.objects.get(candidate=seen).end_screen_seen_by == member
    assert set(
        IncidentReport.objects.values_list(
            "candidate", "code__code", "question_number", "description"
        )
    ) == {(seen.pk, "E1", 12, ""), (noted.pk, "C3", None, "parti à 10 h 40")}
    assert AuditEvent.objects.get(kind="closing.filled").data == {"seen": 1, "reports": 2}


def test_the_same_sheet_sent_again_brings_nothing_more(client, session, member, soup):
    candidate = situations.finished(session=session).candidate
    content = filled_sheet(session, {candidate: {SEEN: "oui", COMMENT: "C3 parti à 10 h 40"}})
    confirm(client, session, send(client, session, content))

    page = words(soup(send(client, session, content), "main"))

    assert "Une ligne lue : elle n’apporte rien de plus que le dossier." in page


def test_a_sheet_confirmed_from_two_previews_is_written_once(client, session, member):
    candidate = situations.finished(session=session).candidate
    content = filled_sheet(session, {candidate: {SEEN: "oui", COMMENT: "C3 parti à 10 h 40"}})
    previews = [send(client, session, content) for _ in range(2)]

    responses = [confirm(client, session, preview) for preview in previews]

    assert [response.status_code for response in responses] == [302, 302]
    assert IncidentReport.objects.count() == 1
    assert AuditEvent.objects.filter(kind="report.written").count() == 1


def test_a_comment_without_a_code_is_sent_as_a_person_says(client, session, member, soup):
    candidate = situations.finished(session=session).candidate
    preview = send(
        client, session, filled_sheet(session, {candidate: {COMMENT: "A eu un malaise"}})
    )
    (asked,) = soup(preview).select("select")

    confirm(client, session, preview, **{asked["name"]: "A2"})

    assert words(asked.select_one("option[selected]") or asked.option) == "Ne pas transmettre"
    report = IncidentReport.objects.get()
    assert (report.code.code, report.description) == ("A2", "A eu un malaise")


def test_a_comment_left_aside_is_not_sent(client, session, member):
    candidate = situations.finished(session=session).candidate

    confirm(
        client, session, send(client, session, filled_sheet(session, {candidate: {COMMENT: "RAS"}}))
    )

    assert not IncidentReport.objects.exists()


def test_a_question_told_in_words_is_proposed_with_its_number(client, session, member, soup):
    candidate = situations.finished(session=session).candidate
    said = "l’image de la question 5 ne s’affichait pas"

    preview = send(client, session, filled_sheet(session, {candidate: {COMMENT: said}}))

    assert soup(preview).select_one("option[selected]")["value"] == "E1-5"


def test_minutes_that_the_file_does_not_know_are_asked_about(client, session, member, soup):
    known = situations.started(session=session)
    situations.granted(known, 10)
    unknown = situations.finished(session=session).candidate
    rows = {known.candidate: {MINUTES: 10}, unknown: {MINUTES: "15 min"}}

    (label,) = soup(send(client, session, filled_sheet(session, rows))).select(".card label")

    assert words(label) == (
        f"{unknown} : 15 min accordées, notées sur la feuille (0 dans le dossier)."
    )


def test_every_cell_to_correct_is_named_at_once(client, session, member, soup):
    attempt = situations.finished(session=session)
    absent = CandidateFactory(session=session)
    running = situations.started(session=session).candidate
    rows = {
        attempt.candidate: {NUMBER: 1, MINUTES: "beaucoup", SEEN: "peut-être"},
        absent: {COMMENT: "E1 question 3"},
        running: {SEEN: "oui", COMMENT: "E1 question 99"},
    }

    response = send(client, session, filled_sheet(session, rows))

    told = errors(soup, response)
    assert response.status_code == 422
    assert len(told) == 6
    for sentence in (
        "Ce numéro n’est pas celui de son test.",
        "Indiquez un nombre de minutes, par exemple 10.",
        "Écrivez « oui », « non », ou laissez vide.",
        "Ce candidat n’a pas commencé son test : aucun numéro de question n’existe.",
        "Son test n’est pas arrivé à l’écran de fin.",
        "Le numéro de la question est compris entre 1 et 48.",
    ):
        assert sum(sentence in line for line in told) == 1
    assert not IncidentReport.objects.exists()


def test_who_is_not_in_the_list_or_is_there_twice_is_named(client, session, member, soup):
    candidate = situations.finished(session=session, birth_name="Rosso", first_name="Léa").candidate
    book = Workbook()
    book.active.append(["N° de session", session.pk])
    book.active.append(["Nom de naissance", "Prénom", "Date de naissance", "Commentaires"])
    for name in ("Rosso", "ROSSO", "Müller"):
        book.active.append([name, "Léa", candidate.birth_date, ""])
    content = BytesIO()
    book.save(content)

    told = errors(soup, send(client, session, content.getvalue()))

    assert ["déjà ligne 3" in line for line in told] == [True, False]
    assert "n’est pas dans la liste" in told[1]


def test_the_sheet_of_another_session_is_refused(client, session, member, soup):
    other = ExamSessionFactory(centre=session.centre)
    CandidateFactory(session=other)

    response = send(client, session, equipment_workbook([other]))

    assert response.status_code == 422
    assert "Aucun onglet ne porte le numéro" in words(soup(response, ".form-errors"))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", hostile_files.xlsx()[:400]])
def test_a_file_that_is_no_workbook_is_refused(client, session, member, soup, content):
    situations.finished(session=session)

    response = send(client, session, content)

    assert response.status_code == 422
    assert words(soup(response, ".form-errors"))


@pytest.mark.parametrize("plan", ["", "abc", "eyJhIjoxfQ:1vN:xyz"])
def test_a_preview_made_up_writes_nothing(client, session, member, plan):
    situations.finished(session=session)

    response = client.post(
        url("filled_confirm", session), {"plan": plan, "operation": str(uuid4())}
    )

    assert response.status_code == 422
    assert not AuditEvent.objects.filter(kind="closing.filled").exists()


def test_the_preview_of_another_session_writes_nothing(client, session, member):
    other = ExamSessionFactory(centre=session.centre)
    candidate = situations.finished(session=other).candidate
    preview = send(client, other, filled_sheet(other, {candidate: {SEEN: "oui"}}))
    sent = fields(preview, "form[action$='confirmer/']")

    assert client.post(url("filled_confirm", session), sent).status_code == 422


def test_a_finalised_session_takes_no_sheet_back(client, session, member):
    candidate = situations.finished(session=session).candidate
    preview = send(client, session, filled_sheet(session, {candidate: {SEEN: "oui"}}))
    situations.finalised(session)

    assert send(client, session, b"").status_code == 409
    assert confirm(client, session, preview).status_code == 409
    assert Attempt.objects.get().end_screen_seen_at is None


def test_a_code_put_to_sleep_since_the_preview_writes_nothing(client, session, member):
    candidate = situations.finished(session=session).candidate
    rows = {candidate: {SEEN: "oui", COMMENT: "C3 parti à 10 h 40"}}
    preview = send(client, session, filled_sheet(session, rows))
    IncidentCode.objects.filter(code="C3").update(active_from=None)

    response = confirm(client, session, preview)

    assert response.status_code == 422
    assert not IncidentReport.objects.exists()
    assert Attempt.objects.get().end_screen_seen_at is None
