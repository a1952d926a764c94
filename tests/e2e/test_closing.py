"""« Finaliser la session »: two members at once, and the two days that ask for nothing to type."""

import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from exam.enums import AttemptState
from finalisation import actions
from finalisation.models import ClosingDocument, ClosingFile, UnfinishedTest
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from sessions.models import ExamSession
from tests import situations
from tests.e2e.conftest import DESK
from tests.factories import PASSWORD, ExamSessionFactory, MembershipFactory, UserFactory

PDF = b"%PDF-1.7\n%minimal\n%%EOF\n"

pytestmark = pytest.mark.django_db(transaction=True)


def at_the_closing_page(somebody, session, **name):
    user = MembershipFactory(centre=session.centre, user=UserFactory(**name)).user
    person = somebody(DESK).is_logged_in(user)
    person.go(f"/sessions/{session.pk}/finaliser/")
    person.page.wait_for_load_state()
    return person


def test_a_choice_taken_back_after_its_answer_was_lost_is_the_one_kept(bank, somebody):
    session = ExamSessionFactory()
    ended = situations.ended(session=session)
    roux = at_the_closing_page(somebody, session)
    roux.page.route("**/live**", lambda route: route.fulfill(status=204))
    kept = []

    def lose_the_first(route):
        if route.request.method == "POST" and not kept:
            route.fetch()
            kept.append(UnfinishedTest.objects.filter(attempt=ended).exists())
            route.abort()
        else:
            route.continue_()

    roux.page.route("**/finaliser/", lose_the_first)
    reason = roux.page.locator(f"#reason-{ended.pk}")
    with roux.page.expect_event("requestfailed"):
        reason.select_option("technical")
    with roux.page.expect_response("**/finaliser/"):
        reason.select_option("")
    roux.page.wait_for_function("() => !document.querySelector('[name=unsure]')")

    assert kept == [True]
    assert reason.input_value() == ""
    assert not UnfinishedTest.objects.exists()


def test_two_members_fill_in_one_file_and_overwrite_nothing(bank, somebody):
    session = ExamSessionFactory()
    ended = situations.ended(session=session)
    roux = at_the_closing_page(somebody, session, first_name="Anne", last_name="Roux")
    petit = at_the_closing_page(somebody, session, first_name="Luc", last_name="Petit")
    petit.page.evaluate("window.sameDocument = true")
    words = petit.page.get_by_label("Commentaires éventuels")
    words.fill("Photo de l’écran")

    roux.page.locator(f"#reason-{ended.pk}").select_option("technical")

    petit.reads("enregistré par Anne ROUX")
    petit.page.wait_for_function(
        f"() => document.getElementById('reason-{ended.pk}').value === 'technical'"
    )
    petit.reads("Rien ne manque")
    assert words.input_value() == "Photo de l’écran"
    roux.page.wait_for_function(
        "() => document.getElementById('documents_comment').value === 'Photo de l’écran'"
    )

    # Both write in the same place, from the same words: the second is asked which stays.
    roux.page.route("**/live**", lambda route: route.fulfill(status=204))
    petit.page.route("**/live**", lambda route: route.fulfill(status=204))
    words.fill("Photo de l’écran n° 3")
    petit.page.wait_for_function(
        "() => document.querySelector('[name=initial-documents_comment]').value.endsWith('3')"
    )
    roux.page.get_by_label("Commentaires éventuels").fill("Photos à suivre")
    roux.reads("« Photo de l’écran n° 3 »")
    assert roux.page.get_by_label("Commentaires éventuels").input_value() == "Photos à suivre"
    roux.look()
    roux.press("Garder ma version")
    roux.page.locator("#by-documents_comment", has_text="enregistré par Anne ROUX").wait_for()
    assert ClosingFile.objects.get().documents_comment == "Photos à suivre"

    petit.page.unroute("**/live**")
    petit.page.wait_for_function(
        "() => document.getElementById('documents_comment').value === 'Photos à suivre'"
    )
    assert petit.page.evaluate("window.sameDocument")
    assert UnfinishedTest.objects.get().reason == "technical"


def test_a_press_refused_after_a_login_in_another_tab_is_said_and_can_be_done_again(bank, somebody):
    session = ExamSessionFactory()
    ended = situations.ended(session=session)
    person = at_the_closing_page(somebody, session)
    # Nor is it told by its own poll, which a slow machine would send meanwhile.
    person.page.route("**/live**", lambda route: route.fulfill(status=204))
    Session.objects.all().delete()
    tab = person.context.new_page()
    tab.goto("/connexion/")
    tab.get_by_label("Adresse e-mail").fill(session.centre.memberships.get().user.email)
    tab.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Je me connecte").click()
    tab.wait_for_url(lambda url: "/connexion/" not in url)
    reason = person.page.locator(f"#reason-{ended.pk}")

    reason.select_option("technical")

    person.page.locator("#alert").get_by_text("n’a pas été enregistrée").wait_for()
    assert not UnfinishedTest.objects.exists()
    reason.select_option("candidate")
    person.reads("Rien ne manque")
    assert UnfinishedTest.objects.get().reason == "candidate"


def test_an_uneventful_session_is_finalised_in_two_gestures(bank, somebody):
    session = situations.over(situations.finished().candidate.session)
    person = at_the_closing_page(somebody, session)
    person.look()

    person.press("Tout s’est bien passé")
    person.press("Confirmer la finalisation")

    person.page.locator(".banner:focus", has_text="Session finalisée le").wait_for()
    person.look()
    assert not ExamSession.objects.get().is_open


def test_a_session_with_six_notes_of_the_room_is_finalised_without_typing(bank, somebody):
    session = ExamSessionFactory()
    invigilator = situations.invigilator_of(session)
    notes = [
        ("C3", None, "Arrivé à 9 h 20."),
        ("E1", 3, ""),
        ("C5", None, ""),
        ("E7", 12, "Le son ne marchait pas."),
        ("C4", None, "A signé sur la mauvaise ligne."),
        ("A2", None, "Malaise, est sorti dix minutes."),
    ]
    for code, number, description in notes:
        situations.finished(session=session)
        invigilation_actions.write_report(
            session.candidates.latest("pk"),
            code=IncidentCode.objects.get(code=code),
            question_number=number,
            description=description,
            by=invigilator,
            screen=Screen.BOARD,
        )
    ended = situations.ended(session=session)
    person = at_the_closing_page(somebody, session)
    assert person.page.get_by_role("link", name=re.compile("1 signalement")).count() == 6
    person.page.locator(f"#reason-{ended.pk}").select_option("candidate")

    person.press("Valider")
    person.press("Confirmer la finalisation")

    person.reads("Session finalisée le")
    ended.refresh_from_db()
    assert ended.state == AttemptState.ENDED
    assert not ExamSession.objects.get().is_open


def test_documents_are_sent_one_by_one_and_each_again_by_itself(bank, somebody, tmp_path):
    ended = situations.ended()
    session = ended.candidate.session
    person = at_the_closing_page(somebody, session)
    page = person.page
    page.route("**/live**", lambda route: route.fulfill(status=204))
    files = {"a.pdf": PDF, "b.png": b"<!doctype html>", "c.pdf": PDF}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    is_cut = [False, True]

    def cut_once(route):
        if b"c.pdf" in route.request.post_data_buffer and is_cut.pop():
            route.abort()
        else:
            route.fallback()

    page.route("**/finaliser/documents/", cut_once)
    page.get_by_label("Déposez ici").set_input_files([tmp_path / name for name in files])
    page.get_by_label("Type de document").select_option("sheet")
    person.press("Ajouter ce document")

    page.locator("#uploads li", has_text="porte le nom d’un PNG").wait_for()
    page.locator("#uploads li", has_text="Connexion interrompue").wait_for()
    person.faults.clear()
    person.look()
    person.press("Valider")
    page.locator("#left-behind", has_text="Pas encore ajouté : b.png, c.pdf.").wait_for()
    # The page is drawn again, with what is missing: what did not arrive keeps its line.
    person.press("Valider")
    page.locator("#missing .form-errors").wait_for()
    person.press("Envoyer à nouveau c.pdf")
    page.locator("#document-list li", has_text="c.pdf").wait_for()
    person.press("Oublier b.png")
    page.locator("#uploads li").first.wait_for(state="detached")
    assert {each.name for each in ClosingDocument.objects.all()} == {"a.pdf", "c.pdf"}
    assert page.locator("#document-list li").count() == 2

    # Somebody finalises: what was on its way and what waited are both told, on the receipt.
    situations.give_reason(ended)
    actions.finalise(session, by=UserFactory())
    page.get_by_label("Déposez ici").set_input_files([tmp_path / "a.pdf", tmp_path / "b.png"])
    page.get_by_label("Type de document").select_option("sheet")
    person.press("Ajouter ce document")
    person.reads("Session finalisée le")
    page.locator("#alert", has_text="pas arrivés : a.pdf, b.png.").wait_for()


def test_a_document_chosen_and_not_added_is_told_before_the_file_is_closed(
    bank, somebody, tmp_path
):
    person = at_the_closing_page(somebody, situations.finished().candidate.session)
    (tmp_path / "pv.pdf").write_bytes(PDF)
    person.page.get_by_label("Déposez ici").set_input_files(tmp_path / "pv.pdf")

    person.press("Valider")
    told = person.page.locator("#left-behind", has_text="Pas encore ajouté : pv.pdf.")
    told.wait_for()
    # Whatever is saved meanwhile, it stays.
    with person.page.expect_response(lambda answer: answer.request.method == "POST"):
        person.page.get_by_label("Je souhaite signaler").check()
    assert told.is_visible()
    person.page.get_by_label("Aucun problème particulier").check()
    assert not person.page.locator("dialog[open]").count()
    person.look()

    person.page.get_by_label("Type de document").select_option("sheet")
    person.press("Ajouter ce document")
    person.page.locator("#document-list li", has_text="pv.pdf").wait_for()
    assert told.is_hidden()
    person.press("Valider")
    person.page.locator("dialog[open]").wait_for()


def test_documents_that_a_login_that_ended_kept_back_are_named(bank, somebody, tmp_path):
    person = at_the_closing_page(somebody, situations.ended().candidate.session)
    page = person.page
    # A minute after the last word of the server, the page would ask first whether the login stands.
    page.clock.set_fixed_time(timezone.now())
    page.route("**/live**", lambda route: route.fulfill(status=204))
    for name, content in {"a.pdf": PDF, "b.png": b"<!doctype html>"}.items():
        (tmp_path / name).write_bytes(content)

    page.evaluate("window.sameDocument = true")
    (login,) = (c for c in person.context.cookies() if c["name"] == settings.SESSION_COOKIE_NAME)
    person.context.clear_cookies(name=login["name"])
    page.get_by_label("Déposez ici").set_input_files([tmp_path / "a.pdf", tmp_path / "b.png"])
    page.get_by_label("Type de document").select_option("sheet")
    person.press("Ajouter ce document")
    page.locator("#alert", has_text="Ces documents ne sont pas arrivés : a.pdf, b.png.").wait_for()
    assert page.locator("#uploads li", has_text="Cette page a expiré").count() == 2
    page.unroute("**/live**")
    with page.expect_response("**/live**") as poll:
        pass
    assert poll.value.header_value("HX-Refresh") == "true"
    page.route("**/live**", lambda route: route.fulfill(status=204))
    person.keeps(login["name"], login["value"])
    person.look()
    person.press("Oublier a.pdf")
    person.press("Oublier b.png")
    assert page.evaluate("window.sameDocument")
    assert ".pdf" not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")
