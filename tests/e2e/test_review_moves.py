"""What officers hand over, publish together, take back and ask for anew, without a mouse."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from certif.lib.mails import PAUSES
from finalisation import actions, sealing
from finalisation.models import Mailing, MailKind, PublicationRun, Sealing
from sessions.enums import SessionState
from sessions.models import ExamSession
from tests import situations
from tests.e2e.conftest import DESK
from tests.e2e.keyboard import Keyboard
from tests.factories import UserFactory
from tests.finalisation.mails import deliver

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # WeasyPrint leaves its colour profile to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014.icc:ResourceWarning"),
]


@pytest.fixture
def hands(bank, somebody):
    return Keyboard(somebody(DESK).is_logged_in(UserFactory(officer=True)))


def test_sessions_are_handed_over_published_together_and_taken_back(hands):
    colleague = UserFactory(officer=True, first_name="Zoé", last_name="Abadie")
    first, second = situations.finalised(), situations.finalised()

    takes(hands, first)
    hands_over(hands, first, colleague)
    publishes_together(hands, first, second)
    withdraws_the_publication(hands, first)
    gives_back_to_the_centre(hands, first)
    assert hands.person.faults == []


def takes(hands, session):
    hands.person.go(reverse("admin:exam_sessions_examsession_change", args=[session.pk]))
    hands.follow("Prendre en charge")
    hands.person.reads("Prendre cette session en charge ?")
    hands.press("Prendre en charge")
    is_told(hands, "Vous avez pris la session en charge.")


def is_told(hands, sentence):
    """What became of it has the focus."""
    hands.page.locator(".messagelist:focus", has_text=sentence).wait_for()
    hands.person.look()


def hands_over(hands, session, colleague):
    hands.follow("Confier à quelqu’un")
    hands.reads("Confier cette session à quelqu’un de l’équipe ?")
    hands.press("Confier à quelqu’un")
    is_to_correct(hands, "select")
    hands.page.keyboard.type(colleague.name)
    hands.press("Confier à quelqu’un")
    is_told(hands, "La session est confiée.")
    assert ExamSession.objects.get(pk=session.pk).closing_file.officer == colleague


def is_to_correct(hands, field):
    hands.page.locator(f"{field}:focus[aria-invalid=true]").wait_for()
    hands.person.look()


def publishes_together(hands, *sessions):
    """From the list; the page that follows tells the result by itself, and keeps the focus."""
    hands.follow("Sessions")
    hands.follow("Prêtes à publier")
    hands.person.reads("2 sessions")
    chooses(hands, "Publier les résultats", *sessions)
    hands.reads("2 sessions à publier")
    hands.press("Publier")
    hands.reads("0 session sur 2")
    link = f"#session-{sessions[0].pk}"
    hands.tab_to(hands.page.locator(link))

    run = PublicationRun.objects.get()
    actions.publish_in_worker.call(str(run.pk), is_last=False)
    hands.reads("2 sessions publiées")
    hands.page.locator("#status", has_text="La publication est terminée.").wait_for()
    hands.page.locator(f"{link}:focus").wait_for()
    hands.page.keyboard.press("Enter")
    hands.person.reads("Publiée")


def chooses(hands, action, *listed):
    """Ticked in a list, then what is done to them."""
    for each in listed:
        hands.tab_to(hands.page.locator(f"[name=_selected_action][value='{each.pk}']"))
        hands.page.keyboard.press("Space")
    hands.tab_to(hands.page.locator("select[name=action]"))
    hands.page.keyboard.type(action)
    hands.press("Envoyer")


def withdraws_the_publication(hands, session):
    hands.follow("Retirer la publication")
    hands.reads("Retirer la publication des résultats ?")
    hands.press("Retirer la publication")
    is_to_correct(hands, "textarea")
    hands.page.keyboard.type("Un résultat est faux.")
    hands.press("Retirer la publication")
    is_told(hands, "La publication est retirée.")
    assert ExamSession.objects.get(pk=session.pk).state == SessionState.IN_REVIEW


def gives_back_to_the_centre(hands, session):
    hands.follow("Rouvrir la session")
    hands.reads("Rendre cette session au centre ?")
    hands.press("Rouvrir la session")
    is_to_correct(hands, "textarea")
    hands.person.reads("Donnez la raison : elle est transmise au centre.")
    assert ExamSession.objects.get(pk=session.pk).state == SessionState.IN_REVIEW
    hands.page.keyboard.type("Il manque un candidat.")
    hands.press("Rouvrir la session")
    is_told(hands, "La session est rouverte, le centre est prévenu.")
    assert ExamSession.objects.get(pk=session.pk).state == SessionState.CREATED


@pytest.fixture
def failed(bank):
    """Finalised a while ago: neither its mail nor its record went through."""
    session = situations.finalised()
    at = session.finalised_at - timedelta(minutes=20)
    ExamSession.objects.filter(pk=session.pk).update(finalised_at=at)
    tried = {"tried_at": timezone.now(), "error": "Le serveur n’a pas répondu."}
    Sealing.objects.create(session=session, finalised_at=at, tries=5, next_at=None, **tried)
    Mailing.objects.create(
        session=session,
        kind=MailKind.FINALISED,
        recipient="centre@exemple.test",
        occasion=at,
        tries=len(PAUSES) + 1,
        **tried,
    )
    session.refresh_from_db()
    return session


def test_what_did_not_go_through_is_asked_for_anew(hands, failed, mailoutbox):
    sends_the_mail_again(hands)
    assert [mail.to for mail in mailoutbox] == [["centre@exemple.test"]]
    has_the_record_written(hands, failed)
    assert hands.person.faults == []


def sends_the_mail_again(hands):
    hands.person.go("/admin/")
    hands.person.look()
    hands.follow("1 courriel non parti")
    hands.reads("Abandonné")
    chooses(hands, "Renvoyer", Mailing.objects.get())
    is_told(hands, "1 courriel repart")
    deliver()
    hands.page.reload()
    hands.reads("0 courriel")


def has_the_record_written(hands, session):
    hands.follow("Accueil")
    hands.tab_to(hands.page.locator(".first [href$='#pv-scelle']"))
    hands.page.keyboard.press("Enter")
    record = hands.page.locator("#pv-scelle:focus")
    record.filter(has_text="Aucun autre essai n’est prévu.").wait_for()
    hands.press("Réessayer")
    record.filter(has_text="Il s’écrit").wait_for()
    hands.person.look()

    sealing.seal_record.func(session.pk, session.finalised_at.isoformat())
    hands.page.reload()
    pdf = hands.download("PV de la finalisation")
    assert pdf.read_bytes().startswith(b"%PDF-")
