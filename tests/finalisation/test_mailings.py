"""A mail leaves once, is tried again later, and is seen by officers when it does not leave."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.audit.models import AuditEvent
from certif.lib.mails import PAUSES
from finalisation import actions, mailings, tasks
from finalisation.models import Mailing, MailKind
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.finalisation.mails import deliver, waiting
from tests.finalisation.pages import words

pytestmark = pytest.mark.django_db

FAMILY, OTHER = "famille@exemple.test", "autre@exemple.test"
REFUSED = "Adresse refusée par le serveur de messagerie (550)."
LIST = "admin:finalisation_mailing_changelist"


@pytest.fixture(autouse=True)
def _tasks_in_the_database(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def officer():
    return UserFactory(officer=True)


@pytest.fixture
def finalised(bank):
    """Two recipients of results, one of them of two candidates."""
    session = ExamSessionFactory()
    for address in (FAMILY, FAMILY, OTHER):
        situations.give_reason(situations.ended(session=session, results_email=address))
    return situations.finalised(session)


@pytest.fixture
def session(finalised, officer):
    return actions.publish(finalised, by=officer)


class RefusesOne(EmailBackend):
    """A relay that knows no « autre@exemple.test »."""

    def send_messages(self, messages):
        if OTHER in messages[0].to:
            raise smtplib.SMTPRecipientsRefused({OTHER: (550, b"no MARTIN here")})
        return super().send_messages(messages)


@pytest.fixture
def refused(session, settings):
    """The mail that a relay refused once."""
    settings.EMAIL_BACKEND = f"{__name__}.RefusesOne"
    deliver()
    return Mailing.objects.get(recipient=OTHER)


# --- Asked once -----------------------------------------------------------------------------------


def test_a_publication_asks_for_one_mail_a_recipient(session):
    asked = Mailing.objects.values_list("kind", "recipient", "occasion")

    assert sorted(asked) == [
        (MailKind.RESULTS, OTHER, session.published_at),
        (MailKind.RESULTS, FAMILY, session.published_at),
    ]


def test_each_mail_is_a_task_of_its_own_that_no_other_can_strand(session):
    pks = Mailing.objects.order_by("pk").values_list("pk", flat=True)

    assert sorted(held for held, _at in waiting()) == [[pk] for pk in pks]


def test_a_publication_asked_twice_asks_for_no_other_mail(session, officer):
    actions.publish(session, by=officer)

    assert Mailing.objects.count() == 2
    assert len(waiting()) == 2


def test_the_same_occasion_is_told_to_who_was_not_told_yet_only(session):
    at = session.published_at
    new = mailings.plan(session, MailKind.RESULTS, [OTHER, "Nouveau@exemple.test"], occasion=at)

    assert [mailing.recipient for mailing in new] == ["nouveau@exemple.test"]


def test_the_database_keeps_no_second_one(session):
    mailing = Mailing.objects.first()
    mailing.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        mailing.save(force_insert=True)


# --- Sent once ------------------------------------------------------------------------------------


def test_a_task_that_runs_twice_sends_once(session, mailoutbox):
    deliver()
    deliver()

    assert sorted(mail.to[0] for mail in mailoutbox) == [OTHER, FAMILY]
    assert not Mailing.objects.filter(sent_at=None).exists()


def test_two_workers_at_once_send_once(session, mailoutbox):
    mailing = Mailing.objects.get(recipient=FAMILY)
    Mailing.objects.filter(pk=mailing.pk).update(
        is_under_way=True, tries=1, tried_at=timezone.now()
    )

    deliver(pk=mailing.pk)

    assert not mailoutbox


def test_an_address_refused_keeps_no_other_from_its_mail(refused, mailoutbox):
    assert [mail.to for mail in mailoutbox] == [[FAMILY]]


# --- Tried again ----------------------------------------------------------------------------------


def test_a_refused_mail_is_asked_again_later(refused):
    (pks, at) = waiting()[-1]

    assert pks == [refused.pk]
    assert timedelta(seconds=50) < at - timezone.now() <= timedelta(minutes=1)


def test_each_pause_is_longer_and_the_last_failure_is_left_to_people(refused):
    for _ in range(8):
        deliver(pk=refused.pk)

    refused.refresh_from_db()
    pauses = [at - timezone.now() for pks, at in waiting() if at]
    assert len(pauses) == len(PAUSES) == 5
    assert pauses == sorted(pauses)
    assert pauses[-1] > timedelta(hours=7)
    assert (refused.tries, refused.sent_at) == (9, None)


def test_the_retry_sends_it_once_the_relay_is_back(refused, settings, mailoutbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    deliver()

    refused.refresh_from_db()
    assert [mail.to[0] for mail in mailoutbox] == [FAMILY, OTHER]
    assert (refused.error, refused.tries) == ("", 2)


class Broken(EmailBackend):
    error = None

    def send_messages(self, messages):
        raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (smtplib.SMTPRecipientsRefused({OTHER: (550, b"no MARTIN here")}), REFUSED),
        (
            smtplib.SMTPAuthenticationError(535, b"bad"),
            "Le serveur de messagerie a refusé le mot de passe du service.",
        ),
        (smtplib.SMTPDataError(554, b"spam"), "Refusé par le serveur de messagerie (554)."),
        (ConnectionRefusedError(), "Serveur de messagerie injoignable."),
        (TimeoutError(), "Serveur de messagerie injoignable."),
        (ValueError("MARTIN"), "Le courriel n’a pas pu être écrit (ValueError)."),
    ],
    ids=["recipient", "password", "refused", "closed", "silent", "ours"],
)
def test_the_reason_is_said_in_words_without_those_of_the_server(
    session, settings, monkeypatch, error, reason
):
    monkeypatch.setattr(Broken, "error", error)
    settings.EMAIL_BACKEND = f"{__name__}.Broken"

    deliver()

    assert set(Mailing.objects.values_list("error", flat=True)) == {reason}


def test_a_worker_killed_while_sending_sends_nothing_twice_by_itself(session, mailoutbox):
    class KilledHere(BaseException):
        pass

    def killed(execute, sql, params, many, context):
        if "sent_at" in sql and sql.startswith("UPDATE") and mailoutbox:
            raise KilledHere
        return execute(sql, params, many, context)

    mailing = Mailing.objects.get(recipient=FAMILY)
    with connection.execute_wrapper(killed), pytest.raises(KilledHere):
        deliver(pk=mailing.pk)

    deliver(pk=mailing.pk)

    assert len(mailoutbox) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        (seen,) = mailings.not_sent().filter(recipient=FAMILY)
        assert str(mailings.state_of(seen)) == "Interrompu\u00a0: peut-être parti"


# --- Seen, and sent again -------------------------------------------------------------------------


@pytest.fixture
def admin(client, officer):
    client.force_login(officer)
    return client


def rows_of(page):
    return [words(row) for row in page.select("#result_list tbody tr")]


def test_officers_read_which_mail_did_not_leave_and_why(admin, refused, soup):
    page = soup(admin.get(reverse(LIST)))

    (row,) = rows_of(page)
    assert words(page.h1) == "Courriels non partis"
    assert OTHER in row
    assert str(refused.session_id) in row
    assert REFUSED in row
    assert "Nouvel essai prévu" in row


def test_the_last_try_is_dated_as_on_the_other_pages(admin, refused, soup):
    Mailing.objects.filter(pk=refused.pk).update(tried_at=datetime(2026, 11, 16, 8, 5, tzinfo=UTC))

    page = soup(admin.get(reverse(LIST)))

    assert (
        words(page.select_one("#result_list .field-tried"))
        == "16/11/2026 à 9 h 05 (heure de Paris)"
    )


def test_what_a_mail_has_not_yet_is_a_dash_as_on_the_other_pages(admin, session, soup):
    page = soup(admin.get(reverse(LIST), {"depart": "tous"}))

    row = page.select_one("#result_list tbody tr")
    assert [words(row.select_one(f".field-{name}")) for name in ("error", "tried")] == ["–", "–"]


def test_mails_that_leave_in_time_are_not_in_the_list(admin, session, soup):
    assert rows_of(soup(admin.get(reverse(LIST)))) == []


def test_those_that_no_worker_took_are_in_it_after_a_while(admin, session, soup):
    Mailing.objects.update(created_at=timezone.now() - timedelta(minutes=16))

    rows = rows_of(soup(admin.get(reverse(LIST))))

    assert len(rows) == 2
    assert "En attente" in rows[0]


def test_the_first_page_of_officers_says_how_many(admin, refused, soup):
    page = soup(admin.get(reverse("admin:index")))

    assert page.find("a", href=reverse(LIST), string="1 courriel non parti")


def test_those_that_left_are_found_when_asked(admin, refused, soup):
    sent = rows_of(soup(admin.get(reverse(LIST), {"depart": "partis"})))
    everything = rows_of(soup(admin.get(reverse(LIST), {"depart": "tous"})))

    assert [FAMILY in row for row in sent] == [True]
    assert len(everything) == 2


def send_again(client, mailing):
    data = {"action": "send_again", "_selected_action": [mailing.pk]}
    return client.post(reverse(LIST), data, follow=True)


def test_an_officer_sends_it_again(admin, officer, refused, settings, mailoutbox, soup):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    page = soup(send_again(admin, refused))
    deliver()

    assert "1 courriel repart" in words(page)
    assert [mail.to[0] for mail in mailoutbox] == [FAMILY, OTHER]
    event = AuditEvent.objects.get(kind="mail.sent_again")
    assert (event.actor_id, event.data) == (officer.pk, {"mailing": refused.pk})


def test_sent_again_twice_it_leaves_once(admin, refused, settings, mailoutbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_again(admin, refused)
    send_again(admin, refused)

    for pks, _at in waiting():
        tasks.send_mailings.call(pks)

    assert [mail.to[0] for mail in mailoutbox] == [FAMILY, OTHER]


def test_one_that_left_meanwhile_is_not_sent_again(officer, session):
    deliver()

    with pytest.raises(mailings.AlreadySent):
        mailings.send_again(Mailing.objects.first(), by=officer)


def test_one_that_is_leaving_is_not_sent_again(officer, session):
    Mailing.objects.update(is_under_way=True, tries=1, tried_at=timezone.now())

    with pytest.raises(mailings.BeingSent):
        mailings.send_again(Mailing.objects.first(), by=officer)


def test_one_whose_results_were_withdrawn_is_nobodys_any_more(session, officer, refused):
    actions.unpublish(session, why="Erreur", by=officer)

    assert not Mailing.objects.filter(sent_at=None).exists()
    assert Mailing.objects.get().recipient == FAMILY


def test_nobody_else_reads_the_list(client, refused):
    client.force_login(UserFactory())

    assert client.get(reverse(LIST), follow=True).status_code == 403


def test_the_list_takes_the_same_queries_whatever_its_length(
    admin, session, django_assert_max_num_queries
):
    Mailing.objects.update(created_at=timezone.now() - timedelta(hours=1))
    for n in range(25):
        address = f"n{n}@exemple.test"
        CandidateFactory(session=session, results_email=address)
        mailings.plan(session, MailKind.RESULTS, [address], occasion=session.published_at)
    Mailing.objects.update(created_at=timezone.now() - timedelta(hours=1))

    with django_assert_max_num_queries(8):
        admin.get(reverse(LIST))


def test_the_queue_holds_no_address(session):
    held = [str(row.args_kwargs) for row in DBTaskResult.objects.all()]

    assert held
    assert "@" not in "".join(held)
