"""An officer's file, from the pile to the certificate of the candidate, without a mouse."""

import re
from datetime import date

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from playwright.sync_api import expect

from exam.scoring import Verdict
from finalisation.models import Certificate, Certification, JuryDecision
from finalisation.verification import in_groups
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from sessions.enums import SessionState
from sessions.models import ExamSession
from tests import situations
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.keyboard import Keyboard
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.second_factor import code_of
from tests.sessions.papers import text_of

pytestmark = pytest.mark.django_db(transaction=True)

LOW = {"viewport": {"width": 768, "height": 200}}


@pytest.fixture
def secret(transactional_db, settings):
    """Of an officer, where the second factor is asked for."""
    settings.OFFICER_SECOND_FACTOR = True
    # A code lasts thirty seconds: a loaded machine may take longer to type it.
    settings.MFA_TOTP_TOLERANCE = 4
    secret = generate_totp_secret()
    TOTP.activate(UserFactory(officer=True, email="pix@exemple.test"), secret)
    return secret


@pytest.fixture
def session(bank, secret):
    """Sophie DELARUE, whose name is wrong and whose third question failed; Simon DURAND, who cheated.

    Beside it a session with nothing to say of its questions.
    """
    session = ExamSessionFactory()
    sophie = CandidateFactory(
        session=session,
        birth_name="Delaruee",
        first_name="Sophie",
        birth_date=date(2008, 7, 4),
        joined=True,
        user__email="sophie@exemple.test",
    )
    attempt = situations.started(sophie)
    for value, upto in (([1], 2), ([0], 3), ([1], 48)):
        attempt = situations.answer_all(attempt, value=value, upto=upto)
    situations.finished(session=session, birth_name="Durand", first_name="Simon")
    reports(sophie, "C1", description="Delarue, et non Delaruee.")
    reports(sophie, "E7", question_number=3, description="L’énoncé restait blanc.")
    situations.finalised(session)
    situations.finalised()
    return session


def reports(candidate, code, **said):
    invigilation_actions.write_report(
        candidate,
        code=IncidentCode.objects.get(code=code),
        by=situations.invigilator_of(candidate.session),
        screen=Screen.BOARD,
        **{"question_number": None, "description": "", **said},
    )


def test_an_officer_decides_and_publishes_by_keyboard(session, secret, somebody):
    officer = Keyboard(somebody(DESK))
    officer.comes_in("pix@exemple.test")
    types_the_second_factor(officer, secret)

    finds(officer, session)
    takes(officer)
    unfolds_the_answers(officer, session)
    decides_the_report(officer, "C1", "L’identité est corrigée.")
    neutralises_the_third_question(officer)
    corrects_the_name(officer)
    back_to_the_session(officer, session)
    decides_the_report(officer, "E7", "Q3 neutralisée : l’énoncé restait blanc.")
    rejects_the_other(officer)
    back_to_the_session(officer, session)
    publishes(officer)
    assert officer.person.faults == []

    sophie = Keyboard(somebody(PHONE))
    code = takes_her_certificate(sophie)
    has_it_verified(sophie, code)
    assert sophie.person.faults == []


def types_the_second_factor(hands, secret):
    hands.reads("Tapez votre code")
    hands.type_in("Code à six chiffres, ou code de secours", code_of(secret))
    hands.page.keyboard.press("Enter")
    hands.page.wait_for_url("**/admin/")
    hands.person.look()


def finds(hands, session):
    """In its pile, by the code of a report."""
    hands.follow("À traiter")
    hands.person.reads("1 session")
    hands.follow("Toutes")
    hands.reads("2 sessions")
    hands.follow("E7")
    hands.reads("1 session")
    hands.follow(re.compile(f"^{session.pk}$"))
    hands.reads("2 signalements demandent une décision.")


def takes(hands):
    hands.follow("Prendre en charge")
    hands.reads("Prendre cette session en charge ?")
    hands.press("Prendre en charge")
    hands.person.reads("Vous avez pris la session en charge.")


def unfolds_the_answers(hands, session):
    folded = f"#reponses-{session.candidates.get(first_name='Sophie').pk}"
    hands.tab_to(hands.page.locator(f"{folded} summary"))
    hands.page.keyboard.press("Enter")
    hands.page.locator(f"{folded} .answers > tbody > tr").nth(47).wait_for()
    hands.person.look()


def decides_the_report(hands, code, sentence):
    """Without a word first: it is asked for, where it is missing."""
    button = hands.page.get_by_role("button", name=re.compile(f"^Marquer {code}"))
    hands.tab_to(button)
    hands.page.keyboard.press("Enter")
    hands.page.locator(".errorlist").first.wait_for()
    hands.person.look()
    hands.tab_to(hands.page.locator(".report", has=button).get_by_role("textbox"))
    hands.page.keyboard.type(sentence)
    hands.tab_to(button)
    hands.page.keyboard.press("Enter")
    hands.reads("Le signalement est traité.")


def neutralises_the_third_question(hands):
    hands.follow("DELARUEE Sophie")
    hands.reads("Réponses de")
    hands.follow("Neutraliser Q3")
    hands.reads("La question ne compte plus")
    hands.type_in("Raison :", "L’énoncé restait blanc.")
    hands.press("Neutraliser la question")
    hands.reads("Le résultat est recalculé.")
    assert Certification.objects.get(attempt__candidate__first_name="Sophie").counted == 47


def corrects_the_name(hands):
    """A field that the Tab key enters is selected whole: what is typed replaces it."""
    hands.follow("Corriger l’identité")
    hands.reads("L’ancienne identité est gardée")
    hands.type_in("Raison :", "Pièce d’identité lue.")
    hands.press("Corriger l’identité")
    hands.page.locator(".errornote:focus", has_text="C’est déjà cette identité").wait_for()
    hands.person.look()
    hands.type_in("Nom de naissance :", "Delarue")
    hands.press("Corriger l’identité")
    hands.reads("L’identité est corrigée, le centre est prévenu.")


def back_to_the_session(hands, session):
    hands.follow(f"Session {session.pk}")
    hands.page.wait_for_url("**/change/")


def rejects_the_other(hands):
    hands.follow("DURAND Simon")
    hands.follow("Décider de la certification")
    hands.reads("Une certification rejetée")
    rejected = hands.page.get_by_label("Rejeter la certification")
    hands.tab_to(hands.page.get_by_label("Garder le résultat calculé"))
    hands.page.keyboard.press("ArrowDown")
    assert rejected.is_checked()
    hands.sees_the_focus()
    hands.type_in("Commentaire pour le candidat :", "Un téléphone était sur la table.")
    hands.type_in("Commentaire pour le centre :", "PV de fraude lu.")
    hands.press("Enregistrer la décision")
    hands.reads("La décision est enregistrée.")
    decided = JuryDecision.objects.get()
    assert decided.verdict == Verdict.REJECTED
    assert decided.for_candidate == "Un téléphone était sur la table."


def publishes(hands):
    hands.person.reads("Prête à publier")
    hands.follow("Publier les résultats")
    hands.reads("Publier les résultats de cette session ?")
    hands.press("Publier les résultats")
    hands.reads("Les résultats sont publiés.")
    assert ExamSession.objects.get(closing_file__officer__isnull=False).state == (
        SessionState.PUBLISHED
    )


def takes_her_certificate(hands):
    """Under the name that was corrected, with all her counted answers right."""
    hands.comes_in("sophie@exemple.test", "/certifications/resultats/")
    hands.person.reads("Certification obtenue")
    hands.reads("DELARUE Sophie")
    pdf = hands.download("Télécharger mon certificat (PDF)")
    code = in_groups(Certificate.objects.get().code)
    assert "Sophie DELARUE" in text_of(pdf)
    assert "100 % de réponses justes" in text_of(pdf)
    return code


def has_it_verified(hands, code):
    hands.person.reads(code)
    hands.follow("la page de vérification")
    hands.reads("Vérifier un certificat")
    hands.type_in("Code de vérification", code.replace("-", " ").lower())
    hands.press("Vérifier")
    hands.person.reads("Certificat valable")
    hands.reads("Sophie DELARUE")


def test_the_link_to_the_history_unfolds_it_under_its_title(bank, somebody):
    officer = somebody(LOW).is_logged_in(UserFactory(officer=True))
    officer.go(reverse("admin:exam_sessions_examsession_change", args=[situations.finalised().pk]))
    expect(officer.page.locator("#historique")).to_be_hidden()

    officer.follow("Historique")

    expect(officer.page.locator("#historique li").first).to_be_in_viewport()
    expect(officer.page.locator("#timeline-title")).to_be_in_viewport(ratio=1)
    officer.look()
