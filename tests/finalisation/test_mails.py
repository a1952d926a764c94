"""What each mail says, and to whom."""

import pytest

from finalisation import actions
from finalisation.models import Certification, Mailing, MailKind
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory, UserFactory
from tests.finalisation.mails import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(bank):
    """A published session: « L’Œuvre & Cie », two recipients of results."""
    session = ExamSessionFactory(site="L’Œuvre & Cie")
    MembershipFactory(centre=session.centre, user__email="b@exemple.test")
    MembershipFactory(centre=session.centre, user__email="a@exemple.test")
    MembershipFactory(centre=session.centre, is_active=False)
    MembershipFactory(centre=session.centre, user__is_active=False)
    for address in ("famille@exemple.test", "Famille@exemple.test", "autre@exemple.test", ""):
        candidate = CandidateFactory(session=session, joined=True, results_email=address)
        situations.give_reason(situations.ended(candidate))
    CandidateFactory(session=session, results_email="absent@exemple.test")
    actions.finalise(session, by=UserFactory(first_name="Ada", last_name="Lovelace"))
    return actions.publish(session, by=UserFactory(officer=True))


def reopened(session, why="Il manque l’heure d’un départ."):
    officer = UserFactory(officer=True)
    actions.unpublish(session, why="Erreur", by=officer)
    return actions.reopen(session, why=why, by=officer)


def test_each_member_of_the_centre_is_told_that_its_session_is_finalised(session, mailoutbox):
    deliver(kind=MailKind.FINALISED)

    assert [mail.to for mail in mailoutbox] == [["a@exemple.test"], ["b@exemple.test"]]
    mail = mailoutbox[0]
    assert mail.subject == f"Session {session.pk}\u00a0: finalisation enregistrée"
    assert "L’Œuvre & Cie" in mail.body
    assert "par Ada LOVELACE" in mail.body
    assert f"http://127.0.0.1:8000/sessions/{session.pk}/finaliser/" in mail.body


@pytest.mark.parametrize(
    ("centre", "site", "place"),
    [
        ("Collège Anne Frank", "COLLEGE ANNE-FRANK", "(COLLEGE ANNE-FRANK, Salle 208)"),
        ("Collège Anne Frank", "Anne Frank", "(Collège Anne Frank, Salle 208)"),
        ("Greta", "Greta, annexe", "(Greta, annexe, Salle 208)"),
        ("Collège Anne Frank", "Annexe", "(Collège Anne Frank, Annexe, Salle 208)"),
    ],
)
def test_the_place_is_said_once(session, mailoutbox, centre, site, place):
    type(session).objects.filter(pk=session.pk).update(site=site)
    type(session.centre).objects.filter(pk=session.centre_id).update(name=centre)

    deliver(kind=MailKind.FINALISED)
    reopened(session)
    deliver(kind=MailKind.REOPENED)

    assert [place in mail.body for mail in mailoutbox] == [True] * 4


def test_the_centre_is_told_why_its_session_is_open_again(session, mailoutbox):
    reopened(session)
    deliver(kind=MailKind.REOPENED)

    assert "«\u00a0Il manque l’heure d’un départ.\u00a0»" in mailoutbox[0].body


def test_a_session_reopened_before_the_worker_comes_is_not_told_finalised(session, mailoutbox):
    reopened(session)

    deliver(kind=MailKind.FINALISED)

    assert not mailoutbox
    assert not Mailing.objects.filter(kind=MailKind.FINALISED).exists()


def test_each_recipient_of_results_gets_one_mail_without_a_result(session, mailoutbox):
    deliver(kind=MailKind.RESULTS)

    assert [mail.to for mail in mailoutbox] == [["autre@exemple.test"], ["famille@exemple.test"]]
    assert "http://127.0.0.1:8000/certifications/resultats/lien/" in mailoutbox[0].body
    assert "%" not in mailoutbox[0].body
    assert not [mail for mail in mailoutbox if "Lovelace" in mail.body or "2008" in mail.body]
    assert Certification.objects.count() == 4


def test_the_mail_says_until_when_its_link_opens(session, mailoutbox, time_machine):
    time_machine.move_to("2026-12-14T09:00:00Z")

    deliver(kind=MailKind.RESULTS)

    assert "jusqu’au 13 janvier 2027" in mailoutbox[0].body


def test_results_withdrawn_before_the_worker_comes_are_announced_to_nobody(session, mailoutbox):
    pks = list(Mailing.objects.filter(kind=MailKind.RESULTS).values_list("pk", flat=True))
    actions.unpublish(session, why="Erreur", by=UserFactory(officer=True))

    deliver(pk__in=pks)

    assert not mailoutbox


def test_results_published_again_are_announced_again_once(session, mailoutbox):
    deliver()
    del mailoutbox[:]
    officer = UserFactory(officer=True)
    actions.unpublish(session, why="Erreur", by=officer)
    actions.publish(session, by=officer)

    deliver()
    deliver()

    assert [mail.to for mail in mailoutbox] == [["autre@exemple.test"], ["famille@exemple.test"]]
