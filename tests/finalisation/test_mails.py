from smtplib import SMTPRecipientsRefused

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django_tasks_db.models import DBTaskResult

from finalisation import actions, tasks
from finalisation.models import Certification
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(bank):
    """A published session: « L’Œuvre & Cie », two recipients of results."""
    session = ExamSessionFactory(site="L’Œuvre & Cie")
    MembershipFactory(centre=session.centre, user__email="b@exemple.test")
    MembershipFactory(centre=session.centre, user__email="a@exemple.test")
    MembershipFactory(centre=session.centre, is_active=False)
    MembershipFactory(centre=session.centre, user__is_active=False)
    for address in ("famille@exemple.test", "famille@exemple.test", "autre@exemple.test", ""):
        candidate = CandidateFactory(session=session, joined=True, results_email=address)
        situations.give_reason(situations.ended(candidate))
    CandidateFactory(session=session, results_email="absent@exemple.test")
    actions.finalise(session, by=UserFactory(first_name="Ada", last_name="Lovelace"))
    return actions.publish(session, by=UserFactory(officer=True))


def test_the_centre_is_told_that_its_session_is_finalised(session, mailoutbox):
    tasks.tell_centre_finalised.call(session.pk)

    (mail,) = mailoutbox
    assert mail.subject == f"Session {session.pk} : finalisation enregistrée"
    assert mail.to == ["a@exemple.test", "b@exemple.test"]
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

    tasks.tell_centre_finalised.call(session.pk)
    tasks.tell_centre_reopened.call(session.pk, "Il manque une heure.")

    assert [place in mail.body for mail in mailoutbox] == [True, True]


def test_the_centre_is_told_why_its_session_is_open_again(session, mailoutbox):
    tasks.tell_centre_reopened.call(session.pk, "Il manque l’heure d’un départ.")

    (mail,) = mailoutbox
    assert "« Il manque l’heure d’un départ. »" in mail.body


@pytest.fixture
def at_once(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


class RefusesOne(EmailBackend):
    """A relay that knows no « autre@exemple.test »."""

    def send_messages(self, messages):
        if "autre@exemple.test" in messages[0].to:
            raise SMTPRecipientsRefused({"autre@exemple.test": (550, b"unknown")})
        return super().send_messages(messages)


def test_an_address_refused_keeps_no_other_from_its_mail(session, at_once, settings, mailoutbox):
    settings.EMAIL_BACKEND = f"{__name__}.RefusesOne"

    tasks.send_results.call(session.pk)

    assert [mail.to for mail in mailoutbox] == [["famille@exemple.test"]]


def test_results_withdrawn_before_the_worker_comes_are_announced_to_nobody(
    session, at_once, mailoutbox
):
    actions.unpublish(session, why="Erreur", by=UserFactory(officer=True))

    tasks.send_results.call(session.pk)

    assert not mailoutbox


def test_a_session_reopened_before_the_worker_comes_is_not_told_finalised(session, mailoutbox):
    officer = UserFactory(officer=True)
    actions.unpublish(session, why="Erreur", by=officer)
    actions.reopen(session, why="Il manque l’heure d’un départ.", by=officer)

    tasks.tell_centre_finalised.call(session.pk)

    assert not mailoutbox


def test_each_recipient_of_results_gets_one_mail_without_a_result(session, at_once, mailoutbox):
    tasks.send_results.call(session.pk)

    assert [mail.to for mail in mailoutbox] == [["autre@exemple.test"], ["famille@exemple.test"]]
    assert "http://127.0.0.1:8000/certifications/resultats/" in mailoutbox[0].body
    assert "%" not in mailoutbox[0].body
    assert not [mail for mail in mailoutbox if "Lovelace" in mail.body or "2008" in mail.body]
    assert Certification.objects.count() == 4


@pytest.mark.parametrize(
    ("act", "task"),
    [
        (lambda s, by: actions.publish(s, by=by), tasks.send_results),
        (lambda s, by: actions.reopen(s, why="erreur", by=by), tasks.tell_centre_reopened),
    ],
    ids=["publish", "reopen"],
)
def test_a_move_of_an_officer_enqueues_its_mail_once(bank, settings, act, task):
    session = situations.finalised()
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

    act(session, UserFactory(officer=True))

    assert [row.task_path for row in DBTaskResult.objects.all()] == [task.module_path]
