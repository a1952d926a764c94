"""The 48-hour clock: the centre is reminded at the end, 24 and 40 hours after, and once late."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from certif.audit.models import record
from finalisation import actions
from finalisation.mailings import remind_centres
from finalisation.models import Mailing, MailKind
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory, UserFactory
from tests.finalisation.mails import deliver

pytestmark = pytest.mark.django_db

STAGES = [
    (timedelta(0), MailKind.END),
    (timedelta(hours=23, minutes=59), MailKind.END),
    (timedelta(hours=24), MailKind.DAY),
    (timedelta(hours=40), MailKind.FORTY),
    (timedelta(hours=48), MailKind.LATE),
    (timedelta(days=30), MailKind.LATE),
]


@pytest.fixture
def session(bank):
    """One member, one test ended by the invigilator."""
    session = ExamSessionFactory()
    MembershipFactory(centre=session.centre, user__email="centre@exemple.test")
    situations.ended(CandidateFactory(session=session, joined=True))
    session.refresh_from_db()
    return session


def kinds():
    return list(Mailing.objects.order_by("pk").values_list("kind", flat=True))


def test_before_the_end_nobody_is_reminded(session):
    assert remind_centres(session.ends_at - timedelta(seconds=1)) == 0
    assert not kinds()


@pytest.mark.parametrize(("after", "kind"), STAGES)
def test_the_last_stage_that_is_reached_is_told(session, after, kind):
    remind_centres(session.ends_at + after)

    assert kinds() == [kind]


def test_a_stage_is_told_once_however_often_the_clock_runs(session):
    for minutes in (0, 10, 20):
        remind_centres(session.ends_at + timedelta(minutes=minutes))

    assert kinds() == [MailKind.END]


def test_a_session_forgotten_for_months_wakes_nobody_up(session):
    remind_centres(session.ends_at + timedelta(days=61))

    assert not kinds()


def test_each_stage_is_told_in_its_turn(session):
    for hours in (1, 25, 41, 49, 73):
        remind_centres(session.ends_at + timedelta(hours=hours))

    assert kinds() == [MailKind.END, MailKind.DAY, MailKind.FORTY, MailKind.LATE]


def test_a_finalised_session_is_left_alone(session):
    situations.give_reason(session.candidates.get().attempt)
    actions.finalise(session, by=UserFactory())
    Mailing.objects.all().delete()

    assert remind_centres(session.ends_at + timedelta(hours=25)) == 0


def test_a_session_that_officers_opened_again_was_told_why_already(session):
    record("session.reopened", by=UserFactory(), session=session, why="Il manque une heure.")

    assert remind_centres(session.ends_at + timedelta(hours=49)) == 0


def test_a_session_that_moved_is_reminded_of_its_new_end(session):
    remind_centres(session.ends_at)
    session.ends_at += timedelta(days=7)
    session.save(update_fields=["ends_at"])

    remind_centres(session.ends_at)

    assert kinds() == [MailKind.END, MailKind.END]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (MailKind.END, "Session {}\u00a0: à finaliser avant le mercredi 16 décembre à 11 h 45"),
        (MailKind.DAY, "Rappel\u00a0: la session {} est à finaliser avant le mercredi 16"),
        (MailKind.FORTY, "Dernier rappel\u00a0: la session {} est à finaliser avant le mercredi"),
        (MailKind.LATE, "Session {}\u00a0: finalisation en retard"),
    ],
)
def test_the_mail_says_until_when_by_the_clock_of_the_centre(
    session, mailoutbox, time_machine, kind, subject
):
    after = next(after for after, stage in STAGES if stage == kind)
    time_machine.move_to("2026-12-14T10:45:00Z")
    session.starts_at, session.ends_at = "2026-12-14T08:00:00Z", "2026-12-14T10:45:00Z"
    session.save(update_fields=["starts_at", "ends_at"])
    session.refresh_from_db()
    time_machine.move_to(session.ends_at + after)

    remind_centres(session.ends_at + after)
    deliver(kind=kind)

    (mail,) = mailoutbox
    assert subject.format(session.pk) in mail.subject.replace("\u00a0h\u00a0", " h ")
    assert "mercredi 16 décembre à 11" in mail.body
    assert reverse("finalisation:closing_file", args=[session.pk]) in mail.body


def test_where_no_test_began_the_mail_says_what_can_be_done(bank, mailoutbox, time_machine):
    session = ExamSessionFactory()
    MembershipFactory(centre=session.centre)
    time_machine.move_to(session.ends_at)

    remind_centres(session.ends_at)
    deliver(kind=MailKind.END)

    assert "Aucun test n’y a commencé" in mailoutbox[0].body


def test_a_session_finalised_before_the_worker_comes_is_not_reminded(session, mailoutbox):
    remind_centres(session.ends_at)
    situations.give_reason(session.candidates.get().attempt)
    actions.finalise(session, by=UserFactory())

    deliver(kind=MailKind.END)

    assert not mailoutbox
    assert MailKind.END not in kinds()


def test_a_stage_that_is_over_when_the_worker_comes_is_not_told(session, mailoutbox, time_machine):
    remind_centres(session.ends_at)
    time_machine.move_to(session.ends_at + timedelta(hours=30))

    deliver(kind=MailKind.END)

    assert not mailoutbox


def test_the_command_reminds(session, time_machine, capsys):
    time_machine.move_to(session.ends_at + timedelta(hours=1))

    call_command("remind")

    assert kinds() == [MailKind.END]
    assert "1 session" in capsys.readouterr().out


def test_sessions_that_need_no_reminder_cost_one_query(session, django_assert_num_queries):
    at = session.ends_at - timedelta(seconds=1)

    with django_assert_num_queries(1):
        remind_centres(at)
