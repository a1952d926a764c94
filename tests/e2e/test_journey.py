"""The whole day in real windows: the centre, two tablets, three candidates, an officer."""

import re

import pytest
from django.core.management import call_command

from certif.accounts.models import Role
from exam.actions.refusals import NotAuthorisedToResume, PresenceNotConfirmed
from tests.e2e.conftest import DESK, PHONE, TABLET
from tests.factories import PASSWORD, CentreFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

SOPHIE = ("Delarue", "Sophie", "04/07/2008")
SIMON = ("Durand", "Simon", "09/03/2008")
LAN = ("Nguyễn", "Thi Lan", "06/06/2008")


@pytest.fixture
def accounts(somebody):
    """Accounts exist; everybody still comes in by the door."""
    call_command("load_bank", verbosity=0)
    centre = CentreFactory(name="Collège Anne Frank")
    MembershipFactory(centre=centre, role=Role.MANAGER, user__email="centre@exemple.test")
    for name in ("surveillant", "surveillante", "sophie", "simon"):
        UserFactory(email=f"{name}@exemple.test")
    UserFactory(email="pix@exemple.test", officer=True)


def test_the_whole_day(accounts, somebody):
    centre = somebody(DESK).logs_in("centre@exemple.test", PASSWORD)
    number, password, code = creates_a_session(centre)
    for candidate in (SOPHIE, SIMON, LAN):
        enrols(centre, candidate)
    centre.look()

    first = opens_the_room(somebody(TABLET), "surveillant@exemple.test", number, password)
    second = opens_the_room(somebody(TABLET), "surveillante@exemple.test", number, password)
    sophie = joins(somebody(DESK).logs_in("sophie@exemple.test", PASSWORD), number, SOPHIE)
    simon = joins(somebody(PHONE).logs_in("simon@exemple.test", PASSWORD), number, SIMON)
    lan = joins(signs_up(somebody(DESK), "lan@exemple.test"), number, LAN)

    # A tick on one tablet shows on the other, without a reload.
    ticks(first, "DELARUE")
    sees(second, "DELARUE", "Présent")
    ticks(first, "DURAND")
    enters(sophie, code)
    enters(simon, code)
    sees(second, "DELARUE", "En cours")

    # Who is not ticked reads the sentence of the guide; the button wakes by itself.
    types_the_code(lan, code)
    lan.reads(str(PresenceNotConfirmed.message))
    lan.look()
    ticks(second, "NGUYỄN")
    lan.reads("Votre présence est confirmée")
    lan.press("Commencer mon test")
    lan.reads("Question 1 / 48")

    # Cut off: another browser, a request, an authorisation; the first browser is closed.
    passes(simon, 2)
    elsewhere = somebody(DESK).logs_in("simon@exemple.test", PASSWORD)
    elsewhere.go(simon.page.url.replace("/test/", "/code/"))
    types_the_code(elsewhere, code, press="Reprendre mon test")
    elsewhere.reads(str(NotAuthorisedToResume.message))
    elsewhere.look()
    answers_the_request(second, "DURAND")
    elsewhere.reads("Votre surveillant vous autorise à reprendre")
    elsewhere.press("Reprendre mon test")
    elsewhere.reads("Question 3 / 48")
    simon.page.reload()
    simon.reads("repris sur un autre poste")
    simon.look()

    # An incident, noted from the list.
    notes_an_incident(first, "DURAND", "E7", "L’énoncé reste blanc.")

    # One reaches the end, two are ended.
    sees(first, "DELARUE", "En cours")
    passes(sophie, 47)
    answers(sophie)
    sophie.reads("Test terminé")
    sophie.look()
    sees(second, "DELARUE", "Terminé")
    ends(first, "DURAND")
    ends(second, "NGUYỄN")
    elsewhere.page.reload()
    elsewhere.reads("Test terminé par le surveillant")
    elsewhere.look()

    finalises(centre, number)

    officer = somebody(DESK).logs_in("pix@exemple.test", PASSWORD)
    publishes(officer, number)

    sophie.go("/certifications/resultats/")
    sophie.reads("Collège Anne Frank")
    sophie.reads("N° de certification")
    sophie.look()
    assert not [fault for person in (centre, first, second, lan) for fault in person.faults]


# --- The centre -----------------------------------------------------------------------------------


def creates_a_session(centre):
    page = centre.page
    centre.look()
    centre.follow("Créer une session", exact=False)
    page.get_by_label("Nom du site").fill("Collège Anne Frank")
    page.get_by_label("Salle").fill("Salle 208")
    page.get_by_label("Date").fill(page.evaluate("new Date().toLocaleDateString('sv')"))
    # Whatever the hour at which this runs: a session that is over would be asked about twice.
    page.get_by_label("Heure de début").fill(page.evaluate("new Date().toTimeString().slice(0, 5)"))
    page.get_by_label("Surveillant(s)").fill("Paul Éluard")
    centre.look()
    centre.press("Créer la session")
    page.wait_for_url(re.compile(r"/sessions/\d+/$"))
    centre.look()
    return page.locator(".secrets .code").all_inner_texts()


def enrols(centre, candidate):
    birth_name, first_name, birth_date = candidate
    page = centre.page
    page.goto(re.sub(r"(/sessions/\d+/).*", r"\1candidats/ajouter/", page.url))
    page.get_by_label("Nom de naissance").fill(birth_name)
    page.get_by_label("Prénom").fill(first_name)
    page.get_by_label("Date de naissance").fill(birth_date)
    centre.press("Ajouter le candidat")
    centre.reads(birth_name.upper())


def finalises(centre, number):
    page = centre.page
    centre.go(f"/sessions/{number}/")
    centre.follow("Finaliser la session")
    centre.look()
    reasons = page.get_by_role("combobox", name=re.compile("Raison|abandon", re.IGNORECASE))
    for select in reasons.all():
        select.select_option(label="Problème technique")
    page.get_by_label(re.compile("vu : DELARUE")).check()
    centre.press("Valider")
    page.get_by_role("dialog").wait_for()
    centre.look()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Finaliser|Confirmer")).click()
    centre.reads("Session finalisée le")
    centre.look()
    centre.go(f"/sessions/{number}/historique/")
    centre.reads("a finalisé la session")
    centre.look()


# --- The room -------------------------------------------------------------------------------------


def opens_the_room(tablet, email, number, password):
    tablet.logs_in(email, PASSWORD)
    tablet.reads("Surveiller une session")
    tablet.look()
    tablet.page.get_by_label("Numéro de la session").fill(number)
    tablet.page.get_by_label("Mot de passe de la session").fill(password.lower())
    tablet.press("Surveiller la session")
    tablet.reads("Cochez chaque candidat présent")
    tablet.look()
    tablet.page.evaluate("window.sameDocument = true")
    return tablet


def row_of(tablet, name):
    return tablet.page.locator("#rows > li", has_text=name)


def ticks(tablet, name):
    row_of(tablet, name).locator(".tick").tap()
    sees(tablet, name, "Présent")


def sees(tablet, name, status):
    badge = row_of(tablet, name).locator(".badge").get_by_text(status, exact=True)
    badge.wait_for()
    assert tablet.page.evaluate("window.sameDocument"), "the page was reloaded"


def opens_the_menu(tablet, name, entry):
    row = row_of(tablet, name)
    row.locator("details.menu > summary").tap()
    row.get_by_role("link", name=entry, exact=True).tap()
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()
    tablet.look()
    return dialog


def answers_the_request(tablet, name):
    tablet.reads("Demandent une réponse")
    assert tablet.page.title().startswith("(1) ")
    tablet.look()
    request = tablet.page.locator(".ask", has_text=name)
    request.get_by_role("link", name=re.compile("^Autoriser")).tap()
    tablet.page.get_by_role("dialog").get_by_role("button", name="Autoriser").tap()
    tablet.reads("est autorisée")


def notes_an_incident(tablet, name, code, description):
    dialog = opens_the_menu(tablet, name, "Signaler un incident")
    dialog.get_by_role("radio", name=re.compile(code)).check()
    dialog.get_by_label("Numéro de la question").fill("3")
    dialog.get_by_role("textbox", name=re.compile("Description")).fill(description)
    tablet.look()
    dialog.get_by_role("button", name="Valider", exact=True).tap()
    dialog.wait_for(state="detached")


def ends(tablet, name):
    dialog = opens_the_menu(tablet, name, "Terminer le test")
    dialog.get_by_role("button", name=re.compile("Terminer")).tap()
    sees(tablet, name, "Terminé par le surveillant")


# --- The candidate --------------------------------------------------------------------------------


def signs_up(person, email):
    person.go("/connexion/").follow("Créer un compte")
    person.look()
    person.page.get_by_label("Adresse e-mail").fill(email)
    person.page.get_by_label("Prénom").fill("Thi Lan")
    person.page.get_by_label("Nom", exact=True).fill("Nguyễn")
    person.page.get_by_label("Mot de passe", exact=True).fill("un-long-mot-de-passe")
    person.press(re.compile("Créer|m’inscris"))
    person.page.wait_for_url(lambda url: "/inscription/" not in url)
    return person


def joins(person, number, candidate):
    birth_name, first_name, birth_date = candidate
    person.go("/certifications/")
    person.look()
    person.page.get_by_label("Numéro de session").fill(number)
    person.page.get_by_label("Prénom").fill(first_name)
    person.page.get_by_label("Nom de naissance").fill(birth_name)
    person.page.get_by_label("Date de naissance").fill(birth_date)
    person.press("Continuer")
    person.reads("Vous allez commencer votre test de certification")
    person.look()
    return person


def types_the_code(person, code, press="Commencer mon test"):
    person.page.get_by_label("Code d’accès communiqué par le surveillant").fill(code.lower())
    person.press(press)


def enters(person, code):
    types_the_code(person, code)
    person.reads("Question 1 / 48")
    person.look()


def passes(person, count):
    for _ in range(count):
        before = person.page.locator("#exam-top .where").inner_text()
        person.begins_the_question()
        person.press("Je passe")
        person.page.wait_for_function(
            "before => document.querySelector('#exam-top .where').innerText !== before", arg=before
        )


def answers(person):
    """Answer the question on screen, whatever its form."""
    person.begins_the_question()
    choices = person.page.locator("#answer input[name=value]")
    choice = choices.first
    if choice.get_attribute("type") in {"radio", "checkbox"}:
        person.page.locator("#answer label.answer").first.click()
    else:
        choice.fill("12")
    person.press("Je valide")


# --- The officer ----------------------------------------------------------------------------------


def publishes(officer, number):
    officer.go("/admin/exam_sessions/examsession/?pile=all")
    officer.look()
    officer.go(f"/admin/exam_sessions/examsession/{number}/change/")
    officer.look()
    officer.page.get_by_role("link", name=re.compile("Publier")).first.click()
    officer.look()
    officer.page.get_by_label(re.compile("Je publie malgré")).check()
    officer.press(re.compile("Publier"))
    officer.reads("Publiée")
    officer.look()
