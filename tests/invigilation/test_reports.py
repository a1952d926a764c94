import uuid

import pytest
import time_machine
from django.utils import timezone

from invigilation import actions
from invigilation.models import IncidentCode, IncidentReport, Screen
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.invigilation.pages import HTMX, element, row, url, words

pytestmark = pytest.mark.django_db

SAID = "[hx-swap-oob='innerHTML:#status']"
REFUSED = "[hx-swap-oob='innerHTML:#alert']"


@pytest.fixture
def candidate(session, invigilator, bank):
    person = CandidateFactory(session=session, birth_name="Durand", first_name="Simon", joined=True)
    return situations.answer_all(situations.started(person), upto=11).candidate


@pytest.fixture
def report(candidate):
    author = UserFactory(first_name="Ada", last_name="Noir")
    return write(candidate, "E7", by=author, question_number=12, description="L’écran est noir")


def write(candidate, code, *, by=None, **fields):
    return actions.write_report(
        candidate,
        code=IncidentCode.objects.get(code=code),
        by=by or UserFactory(),
        screen=Screen.BOARD,
        **fields,
    )


def address(report):
    candidate = report.candidate
    return f"{url('reports', candidate)}{report.pk}/corriger"


def corrected(client, report, code="E1", **fields):
    data = {"code": IncidentCode.objects.get(code=code).pk, "question_number": "13", **fields}
    return client.post(address(report), data, **HTMX)


def dialog(client, candidate):
    return element(client.get(url("reports", candidate), **HTMX), "dialog")


def test_to_correct_bears_one_name_from_its_title_to_its_button(client, report):
    window = element(client.get(address(report), **HTMX), "dialog")

    assert words(window.h1) == "Corriger le signalement"
    assert words(window.select_one("#report-submit")) == "Corriger le signalement Envoi…"


# --- Reading again --------------------------------------------------------------------------------


def test_a_report_is_read_again_whole(client, session, invigilator, bank):
    with time_machine.travel("2026-12-14 08:02:00+00:00", tick=False):
        session = ExamSessionFactory(date=timezone.localdate())
        client.force_login(situations.invigilator_of(session))
        candidate = situations.started(session=session).candidate
        author = UserFactory(first_name="Ada", last_name="Noir")
        write(candidate, "E7", by=author, question_number=12, description="L’écran est noir")
        text = words(dialog(client, candidate).select_one(".report-list"))

    assert "E7 Autre problème sur la question · question 12" in text
    assert "L’écran est noir" in text
    assert "Noté par Ada NOIR le 14/12/2026 à 9 h 02 (espace surveillant)" in text
    assert "Sera repris à la finalisation." in text


def test_another_can_be_added_from_there(client, candidate, report):
    add = dialog(client, candidate).select_one("#report-add")

    assert (words(add), add["href"]) == ("Signaler un incident", url("report", candidate))


def test_the_form_leads_to_those_already_written(client, candidate, report):
    form = element(client.get(url("report", candidate), **HTMX), "dialog")

    assert form.select_one("#report-reread")["href"] == url("reports", candidate)


def test_nothing_noted_is_said(client, candidate):
    assert "Aucun signalement n’est noté" in words(dialog(client, candidate))


def test_without_javascript_the_reports_are_a_page(client, candidate, report):
    page = client.get(url("reports", candidate))

    assert "L’écran est noir" in words(element(page, "main .report-list"))


def test_a_finalised_session_is_read_and_nothing_else(client, session, candidate, report):
    actions.end_test(candidate, by=UserFactory())
    situations.give_reason(candidate.attempt)
    situations.finalised(session)

    page = dialog(client, candidate)

    assert "L’écran est noir" in words(page)
    assert [words(link) for link in page.select("a.button")] == ["Fermer"]


@pytest.mark.parametrize("count", [1, 25])
def test_the_reports_ask_the_same_number_of_queries_whatever_the_list(
    client, candidate, count, django_assert_num_queries
):
    for _ in range(count):
        write(candidate, "C5")

    # login session, user · exam session · candidate · who opens his record · reports
    with django_assert_num_queries(6):
        page = dialog(client, candidate)

    assert len(page.select(".report-list > li")) == count


# --- Correcting -----------------------------------------------------------------------------------


def test_the_correction_starts_from_what_was_written(client, report):
    form = element(client.get(address(report), **HTMX), "form.report")

    assert form.select_one("[name=code][checked]")["value"] == str(report.code_id)
    assert form.select_one("[name=question_number]")["value"] == "12"
    assert "L’écran est noir" in form.select_one("textarea").text


def test_a_correction_takes_the_place_of_the_report(client, candidate, report, invigilator):
    response = corrected(client, report, description="L’image manque")

    (kept,) = candidate.reports.kept()
    assert (str(kept), kept.description) == ("E1, q. 13", "L’image manque")
    assert words(element(response, SAID)) == "Le signalement de DURAND Simon est corrigé : E1."
    assert words(row(response, candidate).select_one(".reports")).startswith("1 ")


def test_the_former_text_is_kept_with_who_corrected_it(client, candidate, report, invigilator):
    corrected(client, report)

    fold = words(dialog(client, candidate).select_one("details"))

    assert "Corrigés ou retirés (1)" in fold
    assert "L’écran est noir" in fold
    assert f"Hors du dossier, par {invigilator} : corrigé" in fold


def test_a_corrected_report_tells_who_wrote_it_and_who_corrected_it(
    client, candidate, report, invigilator
):
    corrected(client, report)

    (kept,) = candidate.reports.kept()
    told = words(dialog(client, candidate).select_one(f"#report-{kept.pk}"))
    assert "Noté par Ada NOIR le" in told
    assert f"modifié par {invigilator} le" in told


def test_a_correction_retried_is_one_correction(client, candidate, report):
    operation = str(uuid.uuid4())
    corrected(client, report, operation=operation)

    response = corrected(client, report, operation=operation)

    assert response.status_code == 200
    assert candidate.reports.count() == 2


def test_a_report_corrected_meanwhile_is_not_corrected_again(client, candidate, report):
    corrected(client, report)

    response = corrected(client, report, code="E3")

    assert response.status_code == 409
    assert "a déjà été corrigé ou retiré" in words(element(response, REFUSED))
    assert candidate.reports.kept().get().code.code == "E1"


def test_a_wrong_correction_leaves_the_report_as_it_was(client, candidate, report):
    response = corrected(client, report, question_number="99")

    assert response.status_code == 422
    assert candidate.reports.kept().get() == report


def test_nothing_is_corrected_after_the_finalisation(client, session, candidate, report):
    actions.end_test(candidate, by=UserFactory())
    situations.give_reason(candidate.attempt)
    situations.finalised(session)

    response = corrected(client, report)

    assert response.status_code == 409
    assert IncidentReport.objects.count() == 1


def test_the_report_of_another_candidate_is_not_found(client, session, candidate):
    other = write(CandidateFactory(session=session), "C5")
    mixed = f"{url('reports', candidate)}{other.pk}/corriger"

    assert client.get(mixed, **HTMX).status_code == 404


# --- Withdrawing ----------------------------------------------------------------------------------


def discard_address(report):
    return f"{url('reports', report.candidate)}{report.pk}/retirer"


def test_a_report_is_withdrawn_in_the_room_by_name_with_the_reason(client, report):
    asked = element(client.get(discard_address(report), **HTMX), "dialog")
    assert "Retirer le signalement E7, q. 12 de DURAND Simon ?" in words(asked)

    response = client.post(discard_address(report), {"why": "Mauvais candidat"}, **HTMX)

    assert "Le signalement E7 de DURAND Simon est retiré." in words(element(response, SAID))
    assert not row(response, report.candidate).select(".reports")
    assert "Mauvais candidat" in words(dialog(client, report.candidate))


def test_a_report_is_not_withdrawn_without_a_reason(client, report):
    response = client.post(discard_address(report), {"why": " "}, **HTMX)

    assert response.status_code == 422
    assert IncidentReport.objects.kept().get() == report


def test_no_report_is_withdrawn_once_the_session_is_finalised(client, report):
    situations.answer_all(report.candidate.attempt)
    situations.finalised(report.candidate.session)

    response = client.post(discard_address(report), {"why": "Trop tard"}, **HTMX)

    assert response.status_code == 409
    assert IncidentReport.objects.kept().get() == report


def test_a_report_of_another_candidate_is_not_found_through_ours(client, report, session):
    other = CandidateFactory(session=session)

    found = client.post(f"{url('reports', other)}{report.pk}/retirer", {"why": "Erreur"}, **HTMX)

    assert found.status_code == 404
