"""The receipt of a finalisation, and its PV: written once, with what was sent and decided."""

import hashlib
import io
from datetime import timedelta

import pikepdf
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.audit.models import AuditEvent, event_of
from certif.lib.press import press
from finalisation import actions
from finalisation.models import SealedRecord, Sealing
from finalisation.sealing import NothingToSeal, print_of_history, seal_again, seal_record
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from sessions.models import ExamSession
from sessions.queries.history import history
from tests import situations
from tests.factories import CandidateFactory, MembershipFactory, UserFactory
from tests.finalisation.mails import deliver
from tests.finalisation.pages import HTMX, url, words
from tests.sessions.papers import letters_of, text_of

pytestmark = [
    pytest.mark.django_db,
    # WeasyPrint leaves its colour profile to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014.icc:ResourceWarning"),
]

SENTENCE = "Q3 inchangée : la question ne comporte pas ce qui est signalé."


@pytest.fixture(scope="module", autouse=True)
def _fonts_are_read():
    """Once, and before a transaction is open: PostgreSQL ends one that says nothing for long."""
    press("<p>Essai</p>")


@pytest.fixture
def session(bank):
    """Finalised, with a report that was decided by itself and one that waits for an officer."""
    attempt = situations.finished(birth_name="Œuvrard", first_name="Zoé")
    for code, number, description in [("E1", 3, ""), ("A2", None, "Malaise à 10 h")]:
        invigilation_actions.write_report(
            attempt.candidate,
            code=IncidentCode.objects.get(code=code),
            question_number=number,
            description=description,
            by=UserFactory(),
            screen=Screen.BOARD,
        )
    return situations.finalised(attempt.candidate.session)


@pytest.fixture
def member(session, client):
    user = MembershipFactory(centre=session.centre).user
    client.force_login(user)
    return user


def seal(session):
    """As the worker does."""
    seal_record.func(session.pk, session.finalised_at.isoformat())


def content(record):
    with record.file.open() as file:
        return file.read()


def test_the_record_tells_what_was_sent_and_decided(session):
    seal(session)

    record = SealedRecord.objects.get()
    text = text_of(content(record))
    assert "ŒUVRARD Zoé" in text
    assert "Malaise à 10 h" in text
    assert SENTENCE in text
    assert "Écrit une fois, à la finalisation" in text
    assert str(session.finalised_by) in text
    assert record.audit_sha256 in letters_of(content(record))
    assert record.sha256 == hashlib.sha256(content(record)).hexdigest()


def test_a_record_drawn_on_another_day_says_which(session, time_machine):
    time_machine.move_to(session.finalised_at + timedelta(days=40))

    seal(session)

    text = text_of(content(SealedRecord.objects.get()))
    day = timezone.now().astimezone(session.zone)
    assert f"Écrit le {day:%d/%m/%Y}, après la finalisation" in text
    assert "Écrit une fois, à la finalisation" not in text


def test_the_record_is_tagged_and_says_for_what_it_is_written(session):
    seal(session)

    with pikepdf.open(io.BytesIO(content(SealedRecord.objects.get()))) as pdf:
        metadata = dict(pdf.open_metadata())
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "fr"
        assert pdf.Root.StructTreeRoot.K
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert {
            metadata[f"{{http://www.aiim.org/pdfa/ns/id/}}{key}"] for key in ("part", "conformance")
        } == {"3", "A"}
        assert f"session\u00a0{session.pk}" in str(pdf.docinfo["/Title"])


def test_it_is_written_once(session):
    seal(session)
    first = content(SealedRecord.objects.get())

    seal(session)

    assert content(SealedRecord.objects.get()) == first


def test_a_finalisation_that_was_undone_seals_nothing(session):
    finalised_at = session.finalised_at.isoformat()
    actions.reopen(session, why="Erreur de salle", by=UserFactory())

    seal_record.func(session.pk, finalised_at)

    assert not SealedRecord.objects.exists()


# --- Asked for again ------------------------------------------------------------------------------


@pytest.fixture
def clock(session, settings, time_machine):
    """Twenty minutes after the finalisation, whose task was lost; gives what the clock asks for."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    time_machine.move_to(session.finalised_at + timedelta(minutes=20))

    def runs():
        call_command("remind")
        return seals_asked()

    return runs


def seals_asked():
    rows = DBTaskResult.objects.filter(task_path=seal_record.module_path)
    return [row.args_kwargs["args"] for row in rows]


def test_a_record_whose_task_was_lost_is_asked_for_again(session, clock):
    assert clock() == [[session.pk, session.finalised_at.isoformat()]]


def test_one_that_already_waits_is_not_asked_for_twice(session, clock):
    clock()

    assert len(clock()) == 1


def test_one_whose_task_failed_again_is_asked_for_once_more(session, clock):
    clock()
    DBTaskResult.objects.update(status="FAILED", finished_at=timezone.now())

    assert len(clock()) == 2


def test_a_record_that_is_written_is_not_asked_for_again(session, clock):
    seal(session)

    assert clock() == []


def test_the_task_of_the_finalisation_has_a_quarter_of_an_hour(session, clock, time_machine):
    time_machine.move_to(session.finalised_at + timedelta(minutes=14))

    assert clock() == []


def test_a_session_that_is_open_again_has_no_record_to_ask_for(session, clock):
    actions.reopen(session, why="Erreur de salle", by=UserFactory())

    assert clock() == []


def tries_of(session, time_machine, *, hours):
    """The minutes after the finalisation at which a worker tried, the clock running every ten."""
    tried = []
    for minutes in range(0, hours * 60, 10):
        time_machine.move_to(session.finalised_at + timedelta(minutes=minutes), tick=False)
        call_command("remind")
        waiting = DBTaskResult.objects.filter(task_path=seal_record.module_path, status="READY")
        for row in waiting:
            seal_record.func(*row.args_kwargs["args"])
            tried.append(minutes)
        waiting.update(status="SUCCESSFUL", finished_at=timezone.now())
    return tried


@pytest.fixture
def full_disk(settings, tmp_path):
    """No file can be kept."""
    media = tmp_path / "media"
    media.touch()
    settings.MEDIA_ROOT = media
    return media


def test_a_record_that_cannot_be_written_is_tried_five_times_less_and_less_often(
    session, clock, full_disk, time_machine
):
    assert tries_of(session, time_machine, hours=48) == [20, 30, 60, 180, 660]

    sealing = Sealing.objects.get()
    assert (sealing.tries, sealing.next_at) == (5, None)
    assert sealing.error == "Le serveur n’a pas pu enregistrer le fichier."


def worker_dies(execute, sql, params, many, context):
    if sql.startswith("INSERT") and "sealedrecord" in sql:
        raise SystemExit
    return execute(sql, params, many, context)


def test_a_try_does_not_give_the_reason_of_the_former_one(session, full_disk):
    seal(session)
    full_disk.unlink()

    with connection.execute_wrapper(worker_dies), pytest.raises(SystemExit):
        seal(session)

    sealing = Sealing.objects.get()
    assert (sealing.tries, sealing.error) == (2, "")


def test_a_record_written_at_the_second_try_leaves_no_trace_of_the_first(session, full_disk):
    seal(session)
    full_disk.unlink()

    seal(session)

    assert SealedRecord.objects.count() == 1
    assert not Sealing.objects.exists()


def test_a_new_finalisation_starts_from_the_first_try(session, full_disk):
    seal(session)
    actions.reopen(session, why="Erreur de salle", by=UserFactory())
    session = actions.finalise(session, by=UserFactory())

    seal(session)

    assert Sealing.objects.get(finalised_at=session.finalised_at).tries == 1


def test_a_record_asked_for_by_an_officer_starts_from_the_first_try(
    session, clock, full_disk, time_machine
):
    tries_of(session, time_machine, hours=12)

    seal_again(session, by=UserFactory(officer=True))

    assert not Sealing.objects.exists()
    assert DBTaskResult.objects.filter(status="READY").count() == 1
    assert AuditEvent.objects.filter(kind="record.asked_again", session_id=session.pk).exists()


def test_a_record_that_is_written_is_not_asked_for_by_an_officer(session):
    seal(session)

    with pytest.raises(NothingToSeal):
        seal_again(session, by=UserFactory(officer=True))


# --- Not held -------------------------------------------------------------------------------------


@pytest.fixture
def not_held(bank):
    candidate = CandidateFactory(joined=True, birth_name="Œuvrard", first_name="Zoé")
    situations.present(candidate)
    MembershipFactory(centre=candidate.session.centre)
    words = "Coupure de courant de 9 h à midi."
    return actions.close_not_held(candidate.session, comment=words, by=UserFactory())


def test_the_record_of_a_session_not_held_says_so_and_why(not_held):
    seal(not_held)

    text = text_of(content(SealedRecord.objects.get()))
    assert "Session non tenue" in text
    assert "Coupure de courant de 9 h à midi." in text


def test_the_history_of_a_session_not_held_is_sealed_too(not_held):
    lines, _sha256 = print_of_history(not_held)

    assert lines == AuditEvent.objects.filter(session_id=not_held.pk).count()


def test_a_session_not_held_whose_record_was_lost_is_asked_for_again(
    not_held, settings, time_machine
):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    time_machine.move_to(not_held.finalised_at + timedelta(minutes=20))

    call_command("remind")

    assert seals_asked() == [[not_held.pk, not_held.finalised_at.isoformat()]]


def test_the_centre_of_a_session_not_held_is_told_by_mail(not_held, mailoutbox):
    deliver()

    (mail,) = mailoutbox
    assert mail.subject.endswith("déclarée non tenue")
    assert "a été déclarée non tenue le" in mail.body
    assert "certifications" not in mail.body.lower()
    assert "Coupure" not in mail.body


def test_the_receipt_of_a_session_not_held_gives_its_record(client, not_held, soup):
    seal(not_held)
    client.force_login(MembershipFactory(centre=not_held.centre).user)

    page = soup(client.get(url("closing_file", not_held)), "main")

    assert page.select_one("#sealed-record")["href"] == url("sealed_record", not_held)


def test_the_receipt_asks_for_the_record_until_it_is_there(client, session, soup):
    client.force_login(MembershipFactory(centre=session.centre).user)
    asked = soup(client.get(url("closing_file", session)), "#sealed")["hx-get"]
    assert client.get(asked, **HTMX).status_code == 204

    seal(session)

    region = soup(client.get(asked, **HTMX), "#sealed")
    assert region.select_one("#sealed-record")["href"] == url("sealed_record", session)
    assert not region.has_attr("hx-get")


# --- Finalised again ------------------------------------------------------------------------------


def test_a_session_finalised_again_has_a_record_of_its_own_and_keeps_the_former(session):
    seal(session)
    actions.reopen(session, why="Erreur de salle", by=UserFactory())
    session = actions.finalise(session, by=UserFactory())

    seal(session)

    assert SealedRecord.objects.count() == 2
    assert len(set(SealedRecord.objects.values_list("sha256", flat=True))) == 2


def test_the_print_of_the_history_is_that_of_the_finalisation(session):
    before = print_of_history(session)

    actions.publish(session, by=UserFactory(), despite="1 signalement non décidé")

    assert print_of_history(session) == before


def test_the_print_of_the_history_leaves_out_who_opened_a_record(session):
    attempt = situations.finished(birth_name="Łódź")
    note = event_of("candidate.opened", by=UserFactory(), candidate=attempt.candidate)
    AuditEvent.objects.bulk_create([note])
    finalised = situations.finalised(attempt.candidate.session)

    assert print_of_history(finalised)[0] == history(finalised).count()


def test_the_record_is_given_back_as_it_was_written(client, session, member):
    seal(session)

    response = client.get(url("sealed_record", session))

    assert b"".join(response.streaming_content) == content(SealedRecord.objects.get())
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_who_downloads_the_record_is_noted(client, session, member):
    seal(session)

    response = client.get(url("sealed_record", session))

    assert b"".join(response.streaming_content) == content(SealedRecord.objects.get())
    event = AuditEvent.objects.get(kind="record.downloaded")
    assert (event.actor_id, event.session_id) == (member.pk, session.pk)


def test_a_record_that_is_not_written_yet_is_told(client, session, member, soup):
    response = client.get(url("sealed_record", session))

    assert response.status_code == 409
    assert "pas encore prêt" in words(soup(response, "main"))


def test_a_member_of_another_centre_finds_no_record(client, session):
    seal(session)
    client.force_login(MembershipFactory().user)

    assert client.get(url("sealed_record", session)).status_code == 404


def test_the_receipt_says_what_was_sent_decided_by_whom_and_when(client, session, member, soup):
    seal(session)

    page = words(soup(client.get(url("closing_file", session)), "main"))

    at = ExamSession.objects.get().finalised_at.astimezone(session.zone)
    assert f"à {at.hour} h {at:%M} par {session.finalised_by}" in page
    assert "Signalements 2" in page
    assert f"ŒUVRARD Zoé : {SENTENCE}" in page
    assert SealedRecord.objects.get().sha256 in page
    assert "Télécharger le PV d’incident scellé (PDF)" in page


def test_the_receipt_asks_for_nothing_any_more(client, session, member, soup):
    seal(session)

    page = soup(client.get(url("closing_file", session)), "main")

    assert [words(title) for title in page.select("h2")] == [
        "Reçu",
        "Candidats",
        "Documents",
        "Commentaire sur la session",
    ]


def test_the_mail_counts_what_was_sent_and_names_nobody(bank, mailoutbox):
    candidate = situations.finished(birth_name="Œuvrard").candidate
    MembershipFactory(centre=candidate.session.centre)
    situations.give_reason(situations.ended(session=candidate.session))

    situations.finalised(candidate.session)
    deliver()

    (mail,) = mailoutbox
    counts = "certifications terminées 1, tests non terminés 1, signalements 0, documents 0."
    assert counts in " ".join(mail.body.split())
    assert "ŒUVRARD" not in mail.body.upper()
