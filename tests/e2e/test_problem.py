"""« Signaler un problème »: a conversation between two windows, and what each finds afterwards."""

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from exam import seat
from exam.models import Attempt, Question
from invigilation.models import IncidentReport
from tests import situations
from tests.e2e.conftest import PHONE, TABLET
from tests.exam.browsers import holding
from tests.factories import PASSWORD, CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def attempt(somebody):
    call_command("load_bank", verbosity=0)
    session = ExamSessionFactory()
    user = UserFactory(email="simon@exemple.test")
    candidate = CandidateFactory(
        session=session, birth_name="Durand", first_name="Simon", joined=True, user=user
    )
    attempt = situations.started(candidate)
    choice = Question.objects.filter(
        competence=Question.objects.get(pk=attempt.question_ids[0]).competence,
        kind="single",
        is_active=True,
    ).first()
    others = [pk for pk in attempt.question_ids if pk != choice.pk]
    Attempt.objects.filter(pk=attempt.pk).update(question_ids=[choice.pk, *others][:48])
    attempt.refresh_from_db()
    return attempt


@pytest.fixture
def simon(attempt, somebody):
    person = somebody(PHONE).logs_in("simon@exemple.test", PASSWORD)
    name = f"seat-{attempt.candidate_id}"
    value = holding(attempt).cookies[name].value
    cookie = {"name": name, "value": value, "url": person.base_url + seat.PATH}
    person.context.add_cookies([cookie])
    person.go(f"/certifications/{attempt.candidate_id}/test/")
    return person


@pytest.fixture
def tablet(attempt, somebody):
    invigilator = situations.invigilator_of(attempt.candidate.session)
    person = somebody(TABLET).logs_in(invigilator.email, PASSWORD)
    person.go(f"/surveillance/{attempt.candidate.session_id}/")
    return person


def raises(person, text):
    person.follow("Signaler un problème")
    person.page.get_by_label("Que se passe-t-il").fill(text)
    person.look()
    person.press("Prévenir mon surveillant")
    person.reads("Votre surveillant a été prévenu")
    person.look()


def has_the_focus(person, name):
    person.page.locator(f"#{name}:focus").wait_for()


def test_a_problem_is_accepted_and_the_page_wakes_with_another_question(simon, tablet, attempt):
    before = attempt.question_ids[0]
    raises(simon, "L’image est grise")
    has_the_focus(simon, "statement")

    tablet.reads("Signalement en cours")
    tablet.follow("Accepter : DURAND Simon")
    tablet.page.get_by_label("E2 Le simulateur").check()
    tablet.look()
    tablet.press("Accepter et remplacer")
    tablet.reads("est remplacée")
    tablet.look()

    simon.reads("La question a été remplacée")
    simon.look()
    attempt.refresh_from_db()
    has_the_focus(simon, "decided")
    has_the_focus(tablet, f"menu-button-{attempt.candidate_id}")
    assert attempt.question_ids[0] != before
    assert IncidentReport.objects.get().resolution == "Question remplacée."


def test_the_minutes_left_as_proposed_follow_the_wait_while_they_are_on_screen(simon, tablet):
    raises(simon, "L’image est grise")
    tablet.follow("Accepter : DURAND Simon")
    field = tablet.page.get_by_label("Minutes à ajouter")
    expect(field).to_have_value("1")
    tablet.page.clock.install()

    tablet.page.clock.fast_forward("08:00")
    expect(field).to_have_value("9")


def test_a_rejected_problem_leaves_the_word_and_what_was_chosen(simon, tablet):
    simon.page.locator("label.answer").nth(1).click()
    raises(simon, "Je ne comprends pas")

    tablet.follow("Écarter : DURAND Simon")
    tablet.page.get_by_label("Mot au candidat").fill("Relisez l’énoncé.")
    tablet.press("Écarter le signalement")

    simon.reads("Relisez l’énoncé.")
    simon.page.wait_for_function(
        "() => document.querySelectorAll('label.answer input')[1]?.checked"
    )
    simon.press("Je valide")
    simon.reads("Question 2 / 48")


def test_a_problem_taken_back_is_no_longer_answered(simon, tablet):
    raises(simon, "Rien ne s’affiche")
    tablet.follow("Écarter : DURAND Simon")
    tablet.reads("Mot au candidat")
    simon.press("Retirer mon signalement et continuer")
    simon.reads("Je valide")

    tablet.press("Écarter le signalement")

    tablet.reads("Le candidat a retiré ce signalement.")
