"""Reports and ended tests, from the closing page."""

from uuid import uuid4

import pytest

from certif.audit.models import AuditEvent
from exam import actions as exam_actions
from exam.enums import AttemptState
from exam.models import Attempt, Question
from finalisation import actions
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, IncidentReport, Screen
from tests import situations
from tests.factories import (
    CandidateFactory,
    QuestionFactory,
    UserFactory,
)
from tests.finalisation.pages import HTMX, missing, url, words
from tests.invigilation.pages import normal

pytestmark = pytest.mark.django_db


def code(name):
    return IncidentCode.objects.get(code=name)


def written(candidate, name="C3", **fields):
    fields = {"description": "Arrivé à 9 h 20"} | fields
    by, screen = UserFactory(), Screen.BOARD
    return invigilation_actions.write_report(
        candidate, code=code(name), by=by, screen=screen, **fields
    )


def test_a_report_is_written_from_the_closing_page(client, session, member):
    candidate = situations.finished(session=session).candidate

    response = client.post(
        url("report", session, candidate.pk), {"code": code("E1").pk, "question_number": "3"}
    )

    report = IncidentReport.objects.get()
    assert response.url == f"{url('closing_file', session)}#candidate-{candidate.pk}"
    assert (report.question_number, report.written_by) == (3, member)
    assert report.written_on == Screen.CLOSING_FILE


def test_an_absence_is_reported_for_who_did_not_start(client, session, member):
    situations.finished(session=session)
    absent = CandidateFactory(session=session)

    client.post(url("report", session, absent.pk), {"code": code("C3").pk, "description": "Absent"})

    assert IncidentReport.objects.get().candidate == absent


@pytest.mark.parametrize(
    ("name", "fields", "sentence"),
    [
        ("C3", {"description": ""}, "Décrivez ce qui s’est passé."),
        ("C3", {"description": "a" * 501}, "limitée à 500 caractères"),
        ("E1", {"question_number": "49"}, "compris entre 1 et 48"),
        ("E1", {"question_number": ""}, "Indiquez le numéro de la question."),
    ],
)
def test_a_report_that_lacks_something_is_refused(
    client, session, member, soup, name, fields, sentence
):
    candidate = situations.finished(session=session).candidate

    response = client.post(url("report", session, candidate.pk), {"code": code(name).pk} | fields)

    assert response.status_code == 422
    assert sentence in words(soup(response, ".form-errors"))
    assert not IncidentReport.objects.exists()


def test_the_dialog_lists_each_report_with_its_author(client, session, member, soup):
    candidate = situations.finished(session=session).candidate
    report = written(candidate)

    page = words(soup(client.get(url("report", session, candidate.pk)), ".lines"))

    assert "C3" in page
    assert "Arrivé à 9 h 20" in page
    assert str(report.written_by) in page


def test_the_dialog_says_what_a_report_is_without_the_list_below(client, session, member, soup):
    candidate = situations.finished(session=session).candidate
    written(candidate, "A2", description="Alarme à 9 h 40.")

    dialog = soup(client.get(url("report", session, candidate.pk)))

    assert words(dialog.select_one(".lines li div")).startswith("A2 Autre incident Alarme")


def test_the_dialog_shows_the_candidate_s_own_question(client, session, member, soup):
    attempt = situations.finished(session=session)
    Question.objects.filter(pk=attempt.question_ids[11]).update(
        statement="Quelle barre est la plus haute ?",
        image="questions/x.png",
        image_alt="des barres",
    )
    report = written(attempt.candidate, "E1", question_number=12, description="")

    dialog = soup(client.get(url("report", session, attempt.candidate_id)), "dialog, main")
    typed = client.get(url("question", session, attempt.candidate_id), {"question_number": "12"})

    told = "Quelle barre est la plus haute ? (avec : une image)"
    assert told in words(dialog.select_one(f"li:has(#discard-{report.pk})"))
    assert told in words(soup(typed, "#question-told"))


def test_a_question_told_in_a_line_keeps_its_unbreakable_spaces(client, session, member, soup):
    attempt = situations.finished(session=session)
    statement = "Le dossier «\u00a0Archives\u00a0» est vide.\nPourquoi\u00a0?"
    Question.objects.filter(pk=attempt.question_ids[11]).update(statement=statement)
    address = url("question", session, attempt.candidate_id)

    typed = soup(client.get(address, {"question_number": "12"}), "#question-told")

    assert "Le dossier «\u00a0Archives\u00a0» est vide. Pourquoi\u00a0?" in typed.get_text()


@pytest.mark.parametrize("number", ["0", "49", "", "x", "-3", "9" * 30])
def test_a_number_outside_of_the_test_shows_no_question(client, session, member, soup, number):
    candidate = situations.finished(session=session).candidate

    page = client.get(url("question", session, candidate.pk), {"question_number": number})

    assert words(soup(page, "#question-told")) == ""


def test_a_report_accepted_on_the_day_shows_the_question_that_was_withdrawn(
    client, session, member, soup
):
    attempt = situations.answer_all(situations.started(session=session), value=[1], upto=6)
    held = Question.objects.get(pk=attempt.question_ids[6])
    Question.objects.filter(pk=held.pk).update(statement="Celle qui a été retirée.")
    QuestionFactory(competence=held.competence)
    seat = {"seat_key": attempt.seat_key, "by": attempt.candidate.user}
    exam_actions.raise_problem(attempt, number=7, text="Image grise", **seat)
    invigilation_actions.accept_problem(
        attempt.problems.get(), code=code("E7"), description="Image grise", by=UserFactory()
    )

    dialog = client.get(url("report", session, attempt.candidate_id))

    assert "Celle qui a été retirée." in words(soup(dialog, ".lines"))


def test_a_report_written_again_keeps_the_former_one(client, session, member, soup):
    candidate = situations.finished(session=session).candidate
    former = written(candidate, description="Arrivé à 9 h 20")
    address = url("report_correct", session, former.pk)
    asked = client.get(address)

    response = client.post(
        address, {"code": code("C3").pk, "description": "Arrivé à 9 h 40", "question_number": ""}
    )

    former.refresh_from_db()
    assert words(soup(asked, "textarea")) == "Arrivé à 9 h 20"
    assert response.status_code == 302
    assert IncidentReport.objects.kept().get().description == "Arrivé à 9 h 40"
    assert (former.discarded_by, former.discarded_why) == (member, "corrigé")
    assert former.description == "Arrivé à 9 h 20"


def test_a_report_already_corrected_is_not_corrected_again(client, session, member):
    candidate = situations.finished(session=session).candidate
    former = written(candidate)
    sent = {"code": code("C3").pk, "description": "Arrivé à 9 h 40", "question_number": ""}

    responses = [client.post(url("report_correct", session, former.pk), sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 409]
    assert IncidentReport.objects.count() == 2


def test_what_a_report_changes_is_the_element_of_the_page(client, session, member, soup):
    candidate = situations.finished(session=session).candidate

    fragment = client.post(
        url("report", session, candidate.pk),
        {"code": code("C3").pk, "description": "Arrivé à 9 h 20"},
        **HTMX,
    )
    page = client.get(url("closing_file", session))

    cell = f"#reports-{candidate.pk}"
    assert "1 signalement" in words(soup(fragment, cell))
    assert normal(soup(fragment, cell)) == normal(soup(page, cell))
    assert normal(soup(fragment, "#missing")) == normal(soup(page, "#missing"))


def test_a_report_is_taken_back_with_a_reason(client, session, member):
    report = written(situations.finished(session=session).candidate)

    client.post(url("report_discard", session, report.pk), {"why": "Saisi deux fois"})

    report.refresh_from_db()
    assert (report.discarded_by, report.discarded_why) == (member, "Saisi deux fois")


def test_taking_a_report_back_twice_is_no_error(client, session, member):
    report = written(situations.finished(session=session).candidate)
    sent = {"why": "Saisi deux fois", "operation": str(uuid4())}

    responses = [client.post(url("report_discard", session, report.pk), sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert AuditEvent.objects.filter(kind="report.discarded").count() == 1


def test_a_report_already_taken_back_is_not_asked_about(client, session, member):
    report = written(situations.finished(session=session).candidate)
    invigilation_actions.discard_report(report, why="Saisi deux fois", by=member)

    assert client.get(url("report_discard", session, report.pk)).status_code == 404


def test_a_report_is_not_taken_back_without_a_reason(client, session, member, soup):
    report = written(situations.finished(session=session).candidate)

    response = client.post(url("report_discard", session, report.pk), {"why": ""})

    report.refresh_from_db()
    assert response.status_code == 422
    assert "Dites pourquoi ce signalement est retiré." in words(soup(response, ".form-errors"))
    assert report.discarded_at is None


def test_a_living_test_is_ended_by_name_from_the_closing_page(client, session, member, soup):
    attempt = situations.started(session=session)
    address = url("end_test", session, attempt.candidate_id)

    asked = client.get(address)
    client.post(address)

    assert f"Terminer le test de {attempt.candidate} ?" in words(soup(asked, "h1"))
    assert Attempt.objects.get().state == AttemptState.ENDED
    assert missing(client.get(url("closing_file", session))) == [f"#reason-{attempt.pk}"]


def test_the_state_of_an_ended_test_follows_without_a_reload(client, session, member, soup):
    attempt = situations.started(session=session)

    fragment = client.post(url("end_test", session, attempt.candidate_id), **HTMX)
    page = client.get(url("closing_file", session))

    state = f"#state-{attempt.candidate_id}"
    assert "Terminé par le surveillant" in words(soup(fragment, state))
    assert normal(soup(fragment, state)) == normal(soup(page, state))


@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_reported_once_the_session_is_finalised(client, session, member, soup, method):
    candidate = situations.finished(session=session).candidate
    actions.finalise(session, by=member)

    response = getattr(client, method)(
        url("report", session, candidate.pk), {"code": code("C3").pk, "description": "Absent"}
    )

    assert response.status_code == 409
    assert f"par {member}" in words(soup(response, "main"))
    assert not IncidentReport.objects.exists()


def test_a_candidate_of_another_session_does_not_exist(client, session, member):
    other = situations.finished().candidate

    assert client.get(url("report", session, other.pk)).status_code == 404


def test_a_name_is_elided_where_it_is_said(client, session, member):
    running = situations.started(session=session, birth_name="ŒUVRARD", first_name="Zoé")

    asked = client.get(url("end_test", session, running.candidate.pk), **HTMX).content.decode()
    told = client.post(url("end_test", session, running.candidate.pk), follow=True)

    assert "Terminer le test d’ŒUVRARD Zoé" in asked
    assert "Test d’ŒUVRARD Zoé terminé." in told.content.decode()
