import uuid

import pytest

from exam.models import Question
from invigilation.models import IncidentCode, IncidentReport, Screen
from tests import situations
from tests.factories import CandidateFactory
from tests.invigilation.pages import HTMX, element, row, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate(session, invigilator, bank):
    person = CandidateFactory(session=session, birth_name="Durand", first_name="Simon", joined=True)
    return situations.answer_all(situations.started(person), upto=11).candidate


def code(name):
    return IncidentCode.objects.get(code=name).pk


def test_the_dialog_names_the_candidate_and_the_question_on_screen(client, candidate):
    response = client.get(url("report", candidate), **HTMX)

    dialog = element(response, "dialog")
    assert words(dialog).startswith("Signalement du candidat DURAND Simon")
    assert dialog.select_one("[name=question_number]")["value"] == "12"
    assert "Ce texte peut être lu par le candidat." in words(dialog)
    assert [words(e) for e in dialog.select(".form-end > *")] == [
        "Annuler",
        "Valider Envoi…",
        "Valider et en ajouter un autre",
    ]


def test_every_type_is_one_unfolding_away(client, candidate):
    dialog = element(client.get(url("report", candidate), **HTMX), "dialog")

    unfolded = dialog.select("details:not(details details) > .choice")
    assert {"C1", "C2", "C3", "C4", "E1"} <= {words(choice.strong) for choice in unfolded}
    assert not dialog.select("details details")


def test_a_type_that_one_tap_chooses_is_not_listed_alone_below(client, candidate):
    dialog = element(client.get(url("report", candidate), **HTMX), "dialog")

    listed = [words(choice.strong) for choice in dialog.select("fieldset > .choice")]
    assert listed == []
    assert {"C5", "A2"} <= set(quick(dialog))


def test_the_dialog_says_where_a_sleeping_case_goes(client, candidate):
    text = words(element(client.get(url("report", candidate), **HTMX), "dialog"))

    assert (
        "E7 sert aussi pour : question chronométrée et temps majoré, logiciel qui ne fonctionne "
        "pas, page qui ne s’affiche pas." in text
    )
    assert "A2 sert aussi pour : problème technique en dehors d’une question, suspicion" in text


def test_a_report_is_written_said_and_counted(client, candidate, invigilator):
    data = {"code": code("E1"), "question_number": "12"}

    response = client.post(url("report", candidate), data, **HTMX)

    report = IncidentReport.objects.get()
    assert (str(report), report.written_by, report.written_on) == (
        "E1, q. 12",
        invigilator,
        Screen.BOARD,
    )
    assert words(element(response, "[hx-swap-oob='innerHTML:#status']")) == (
        "Le signalement E1 de DURAND Simon est enregistré."
    )
    assert words(row(response, candidate).select_one(".reports")).startswith("1")


def test_a_retry_writes_one_report(client, candidate):
    data = {"code": code("C5"), "operation": str(uuid.uuid4())}
    client.post(url("report", candidate), data, **HTMX)

    response = client.post(url("report", candidate), data, **HTMX)

    assert response.status_code == 200
    assert IncidentReport.objects.count() == 1


def test_what_is_missing_is_said_and_the_text_is_kept(client, candidate):
    data = {"code": code("E2"), "question_number": "99", "description": "L’écran est noir"}

    response = client.post(url("report", candidate), data, **HTMX)

    dialog = element(response, "dialog")
    assert response.status_code == 422
    assert "compris entre 1 et 48" in words(dialog.select_one(".form-errors"))
    assert "L’écran est noir" in dialog.select_one("textarea").text
    assert dialog.select_one(f"[name=code][value='{code('E2')}']").has_attr("checked")
    assert dialog.select_one("details[open]")
    assert not IncidentReport.objects.exists()


def test_nothing_chosen_is_said(client, candidate):
    response = client.post(url("report", candidate), {}, **HTMX)

    assert response.status_code == 422
    assert "Choisissez un type de signalement." in words(element(response, ".form-errors"))


def test_a_question_needs_a_test_that_has_started(client, session, invigilator):
    absent = CandidateFactory(session=session)

    response = client.post(
        url("report", absent), {"code": code("E1"), "question_number": "1"}, **HTMX
    )

    assert response.status_code == 422
    assert "n’a pas commencé son test" in words(element(response, ".form-errors"))


def test_an_absence_is_reported_before_the_test(client, session, invigilator):
    absent = CandidateFactory(session=session)

    response = client.post(
        url("report", absent), {"code": code("C3"), "description": "Absent"}, **HTMX
    )

    assert response.status_code == 200
    assert IncidentReport.objects.get().candidate == absent


def test_what_was_reported_already_is_recalled(client, candidate):
    client.post(url("report", candidate), {"code": code("C5")}, **HTMX)

    response = client.get(url("report", candidate), **HTMX)

    assert "Déjà signalé : C5" in words(element(response, "dialog"))


def test_after_an_error_what_was_typed_is_kept(client, candidate):
    data = {"question_number": "12", "description": "L’écran est noir"}

    form = element(client.post(url("report", candidate), data, **HTMX), "form.report")

    assert form.select_one("[name=question_number]")["value"] == "12"
    assert "L’écran est noir" in form.select_one("textarea").text


@pytest.mark.parametrize(("chosen", "is_wrong"), [("C1", False), ("E1", True)])
def test_the_number_is_asked_again_for_a_code_that_needs_it(client, candidate, chosen, is_wrong):
    data = {"code": code(chosen), "question_number": "99"}

    form = element(client.post(url("report", candidate), data, **HTMX), "form.report")

    assert ("is-wrong" in form.select_one(".report-question")["class"]) == is_wrong


def test_after_an_error_the_category_chosen_stays_open(client, candidate):
    data = {"code": code("E1"), "question_number": "99"}

    form = element(client.post(url("report", candidate), data, **HTMX), "form.report")

    # While the former form is still there, an open fold of the same name would close this one.
    assert not form.select("details[name]")
    assert form.select_one("details[open] [name=code][checked]")["value"] == str(code("E1"))


def test_no_report_after_the_finalisation(client, session, invigilator, bank):
    candidate = situations.finished(session=session).candidate
    situations.finalised(session)

    response = client.post(url("report", candidate), {"code": code("C5")}, **HTMX)

    assert response.status_code == 409
    assert not IncidentReport.objects.exists()


def test_without_javascript_the_form_is_a_page(client, candidate):
    page = client.get(url("report", candidate))

    response = client.post(url("report", candidate), {"code": code("C5")}, follow=True)

    assert element(page, "main form.report")["action"] == url("report", candidate)
    assert "Le signalement C5 de DURAND Simon est enregistré." in words(
        element(response, ".messages")
    )


def quick(dialog):
    return [words(label.b) for label in dialog.select(".quick-code")]


def test_the_codes_most_used_are_one_tap_away(client, candidate):
    Question.objects.update(link="/certifications/sites/x/")

    dialog = element(client.get(url("report", candidate), **HTMX), "dialog")

    assert quick(dialog) == ["C3", "C5", "E4", "E5", "E6", "E7", "A2"]


def test_before_the_test_no_code_about_a_question_is_proposed(client, session, invigilator):
    absent = CandidateFactory(session=session)

    dialog = element(client.get(url("report", absent), **HTMX), "dialog")

    assert quick(dialog) == ["C3", "C4", "C1", "A2"]


def test_another_report_is_asked_for_once_the_first_is_written(client, candidate):
    data = {"code": code("C5"), "again": "1"}

    response = client.post(url("report", candidate), data, **HTMX)

    dialog = element(response, "dialog")
    assert "Le signalement C5 de DURAND Simon est enregistré." in words(dialog)
    assert not dialog.select("[name=code][checked]")
    assert words(dialog.select_one(".form-end [data-close]")) == "Fermer"
    assert "1 signalement" in words(row(response, candidate))


def test_without_javascript_another_report_is_asked_for_on_its_page(client, candidate):
    data = {"code": code("C5"), "again": "1"}

    response = client.post(url("report", candidate), data)

    assert response.url == url("report", candidate)
