"""« Finaliser la session » without a mouse: what the room wrote comes in, and nothing typed is lost."""

import re
from contextlib import contextmanager

import pytest

from finalisation.models import ClosingDocument, ClosingFile
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentReport
from sessions.models import ExamSession
from tests import situations
from tests.e2e.conftest import DESK
from tests.e2e.keyboard import Keyboard
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory
from tests.finalisation.sheets import COMMENT, SEEN, filled_sheet

pytestmark = pytest.mark.django_db(transaction=True)

HEAVY = b"%PDF-1.7\n%" + b"x" * 3_000_000 + b"\n%%EOF\n"
AS_SLOW_AS = 100_000  # bytes a second: it is cut long before its end
STORED = "JSON.stringify([localStorage, sessionStorage])"
PROBLEM = "L’image de la question 12 de Durand ne s’affichait pas."


@pytest.fixture
def session(bank):
    """Simon DURAND and Anne ROUX have finished; Luc PETIT has not; an alarm was noted."""
    session = ExamSessionFactory()
    for name, first_name in (("Durand", "Simon"), ("Roux", "Anne")):
        situations.finished(session=session, birth_name=name, first_name=first_name)
    situations.ended(session=session, birth_name="Petit", first_name="Luc")
    invigilator = situations.invigilator_of(session)
    invigilation_actions.write_note(session, text="Alarme incendie.", by=invigilator)
    return session


def at_the_closing_page(somebody, session, **options):
    person = somebody(DESK, **options).is_logged_in(MembershipFactory(centre=session.centre).user)
    person.go(f"/sessions/{session.pk}/finaliser/")
    person.page.wait_for_load_state()
    return Keyboard(person)


def candidate(session, name):
    return session.candidates.get(birth_name=name)


def test_what_the_room_wrote_comes_in_and_a_problem_on_a_question_gets_its_form(
    session, somebody, tmp_path
):
    hands = at_the_closing_page(somebody, session)
    hands.page.route("**/live**", lambda route: route.fulfill(status=204))
    hands.type_in("Commentaires éventuels", "Photo de l’écran")
    leaves_what_was_typed(hands)

    takes_the_filled_sheet_back(hands, session, tmp_path)
    tells_a_problem(hands)
    copies_the_notes(hands)
    takes_the_form_that_is_proposed(hands, session)

    assert hands.page.get_by_label("Commentaires éventuels").input_value() == "Photo de l’écran"
    stored = hands.page.evaluate(STORED)
    assert not re.search("durand|roux|petit|image|alarme|photo", stored, re.IGNORECASE)
    assert hands.person.faults == []


def is_a_save(answer):
    return answer.request.method == "POST" and answer.url.endswith("/finaliser/")


def is_given_the_focus_back(hands):
    hands.page.get_by_role("dialog").wait_for(state="detached")
    hands.page.wait_for_function("() => document.activeElement !== document.body")
    hands.sees_the_focus()


def leaves_what_was_typed(hands):
    """It is saved then, at once."""
    with hands.page.expect_response(is_a_save):
        hands.page.keyboard.press("Tab")


def takes_the_filled_sheet_back(hands, session, tmp_path):
    rows = {
        candidate(session, "Durand"): {SEEN: "oui"},
        candidate(session, "Roux"): {COMMENT: "C3 partie à 10 h 40"},
    }
    (tmp_path / "materiel.xlsx").write_bytes(filled_sheet(session, rows))
    hands.follow("Reprendre la feuille")
    hands.reads("Vous verrez tout avant de confirmer.")
    hands.send_file("Fichier", tmp_path / "materiel.xlsx")
    hands.press("Lire le fichier")
    hands.reads("Rien n’est encore enregistré.")
    hands.reads("partie à 10 h 40")
    assert not IncidentReport.objects.exists()
    hands.press("Confirmer")
    hands.reads("La feuille est reprise dans le dossier.")
    assert hands.page.get_by_label("vu : DURAND Simon").is_checked()
    hands.page.get_by_role("link", name=re.compile("^1 signalement : ROUX Anne")).wait_for()


def tells_a_problem(hands):
    with hands.page.expect_response(is_a_save):
        hands.choose("Déroulement de la session", re.compile("^Je souhaite signaler"))
    hands.tab_to(hands.page.locator("#global_comment"))
    hands.page.keyboard.type(PROBLEM)
    leaves_what_was_typed(hands)
    hands.page.locator("#hints", has_text="E1").wait_for()
    hands.reads("Ce commentaire parle d’une question")


def copies_the_notes(hands):
    hands.page.get_by_role("button", name="Copier dans le commentaire").press("Enter")
    hands.page.wait_for_function(
        "() => document.getElementById('global_comment').value.includes('Alarme incendie.')"
    )
    assert hands.page.locator("#global_comment").input_value().startswith(PROBLEM)


def takes_the_form_that_is_proposed(hands, session):
    durand = candidate(session, "Durand")
    proposed = hands.page.locator("#hints").get_by_role("link", name="DURAND Simon")
    hands.tab_to(proposed)
    hands.page.keyboard.press("Enter")
    dialog = hands.page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Signalement du candidat").wait_for()
    assert dialog.get_by_role("radio", checked=True).first.evaluate(
        "radio => radio.labels[0].textContent.includes('E1')"
    )
    assert dialog.locator("[name=question_number]").input_value() == "12"
    hands.person.look()
    hands.tab_to(dialog.get_by_role("button", name="Valider"))
    hands.page.keyboard.press("Enter")
    hands.page.get_by_role("link", name=re.compile("^1 signalement : DURAND Simon")).wait_for()
    is_given_the_focus_back(hands)
    report = IncidentReport.objects.get(candidate=durand)
    assert (report.code.code, report.question_number) == ("E1", 12)
    assert PROBLEM in ClosingFile.objects.get().global_comment


def test_a_document_shows_how_far_it_is_and_cut_is_sent_again_by_itself(
    session, somebody, network, tmp_path
):
    hands = at_the_closing_page(somebody, session, through=network.url)
    page = hands.page
    page.route("**/live**", lambda route: route.fulfill(status=204))
    files = {"a.pdf": b"%PDF-1.7\n%%EOF\n", "b.png": b"<!doctype html>", "lourd.pdf": HEAVY}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    line = page.locator("#uploads li", has_text="lourd.pdf")

    with uploads_slowed(page):
        page.get_by_label("Déposez ici").set_input_files([tmp_path / name for name in files])
        page.get_by_label("Type de document").select_option("sheet")
        hands.press("Ajouter ce document")
        page.locator("#document-list li", has_text="a.pdf").wait_for()
        line.locator("progress").wait_for()
        page.wait_for_function(
            "() => { const shown = document.querySelector('#uploads progress:not([hidden])');"
            " return shown && shown.value > 0 && shown.value < 100; }"
        )
        assert re.search(r"Envoi\u00a0: \d+\u00a0%", line.inner_text())
        hands.person.look()
        network.hang_up()
        page.locator("#uploads li", has_text="Connexion interrompue").wait_for()

    hands.person.faults.clear()
    assert page.locator("#document-list li").count() == 1
    assert page.locator("#uploads li", has_text="porte le nom d’un PNG").count() == 1
    hands.press("Envoyer à nouveau lourd.pdf")
    page.locator("#document-list li", has_text="lourd.pdf").wait_for()
    assert page.locator("#uploads li", has_text="b.png").count() == 1
    assert {each.name for each in ClosingDocument.objects.all()} == {"a.pdf", "lourd.pdf"}


@contextmanager
def uploads_slowed(page):
    link = page.context.new_cdp_session(page)
    free = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    link.send("Network.emulateNetworkConditions", free | {"uploadThroughput": AS_SLOW_AS})
    yield
    link.send("Network.emulateNetworkConditions", free)


def test_a_session_that_could_not_be_held_is_asked_about_before_it_is_closed(bank, somebody):
    session = ExamSessionFactory()
    situations.present(CandidateFactory(session=session))
    hands = at_the_closing_page(somebody, session)
    why = hands.page.get_by_role("textbox", name=re.compile("^Pourquoi la session"))
    hands.tab_to(why)
    hands.page.keyboard.type("Coupure de courant.")

    hands.press("Déclarer la session non tenue")
    hands.reads(f"Déclarer la session {session.pk} non tenue ?")
    hands.page.keyboard.press("Escape")
    is_given_the_focus_back(hands)
    assert why.input_value() == "Coupure de courant."
    assert ExamSession.objects.get().is_open

    hands.press("Déclarer la session non tenue")
    hands.press("Confirmer")
    hands.reads("Ces informations ont été transmises à Pix")
    hands.page.get_by_role("heading", name="Session non tenue").wait_for()
    assert not ExamSession.objects.get().is_open
    assert hands.person.faults == []
