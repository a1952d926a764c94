"""`manage.py purge`: what is past its time goes, the day after and not the day before, once."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.accounts.models import User
from certif.audit.models import AuditEvent
from certif.lib.privacy import ERASED_NAME, Category
from certif.privacy.gathered import PERSONAL, RULES
from certif.privacy.purge import due, purge
from exam.models import Answer, Attempt
from finalisation.actions import close_not_held
from finalisation.models import Certificate, ClosingDocument, SealedRecord
from finalisation.sealing import not_written
from invigilation.models import IncidentReport
from sessions.enums import ImportKind, SessionState
from sessions.models import Candidate, ExamSession, PrintRun
from tests import situations
from tests.certif.marked import dump, is_certified, marked
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

A_DAY = timedelta(days=1)
# The history by itself: its trigger looks at the clock of the database.
DATED_HERE = [rule for rule in RULES if rule.kept != "audit"]
# Nobody is left to be an author, nor a session to be held.
IN_TWELVE_YEARS = timedelta(days=12 * 366)

pytestmark = pytest.mark.django_db


def rule_of(what):
    (rule,) = [rule for rule in RULES if rule.what == what]
    return rule


def end_of(rule, people, settings):
    return people.now + timedelta(days=settings.RETENTION[rule.kept])


def run(what, people, settings, **options):
    rule = rule_of(what)
    return purge(rule, end_of(rule, people, settings) + A_DAY, **options)


def told():
    return list(AuditEvent.objects.filter(kind="data.purged").order_by("pk"))


@pytest.mark.parametrize("rule", DATED_HERE, ids=lambda rule: rule.what)
def test_what_is_past_its_time_goes_once(people, settings, rule):
    end = end_of(rule, people, settings)

    before, after = due(rule, end - A_DAY).count(), due(rule, end + A_DAY).count()
    gone = purge(rule, end + A_DAY)

    assert before == 0
    assert gone == after > 0
    assert purge(rule, end + A_DAY) == 0


def columns(kept):
    """What each field of this duration says. A result stays: it is nobody's without a name."""
    return {
        f"{model._meta.label}.{name}": {str(value) for value in _values(model, name) if value}
        for model, tags in PERSONAL.items()
        for name, tag in tags.items()
        if tag.kept == kept and tag.category != Category.RESULT
    }


def _values(model, name):
    return model._base_manager.values_list(name, flat=True)


def purge_all(at, settings, *, until):
    for rule in DATED_HERE:
        if settings.RETENTION[rule.kept] <= settings.RETENTION[until]:
            purge(rule, at)


@pytest.mark.parametrize("kept", sorted({rule.kept for rule in DATED_HERE}))
def test_each_field_is_forgotten_in_the_time_it_is_tagged_with(people, settings, kept):
    User.objects.update(is_superuser=False)
    ExamSession.objects.filter(pk=people.empty.pk).delete()  # it waits: no time of its has begun
    said = columns(kept)

    purge_all(people.now + timedelta(settings.RETENTION[kept]) + A_DAY, settings, until=kept)

    still = columns(kept)
    assert {name: both for name in said if (both := said[name] & still[name])} == {}


def test_each_field_has_something_to_be_forgotten(people):
    kept = {rule.kept for rule in DATED_HERE}

    assert {name for each in kept for name, values in columns(each).items() if not values} == set()


def test_every_table_with_something_personal_is_tried(people):
    assert {model for model in PERSONAL if not model._base_manager.exists()} == set()
    assert is_certified(people.certified)
    assert not is_certified(people.other)


def test_nothing_marked_is_left_once_all_times_are_over(people):
    for rule in DATED_HERE:
        purge(rule, people.now + IN_TWELVE_YEARS)

    # The account of whoever administers the site is used as long as it is there.
    said = dump()
    administrators = {"accounts.User"}
    assert marked() <= administrators
    assert said["accounts.User"].lower().count("zorglub") == 3


def test_a_batch_is_a_line_of_the_history(people, settings):
    count = run("textes des signalements", people, settings, batch=3)

    assert [event.data["count"] for event in told()] == [3, 1]
    assert count == 4


def test_the_line_is_a_sentence(people, settings, client, soup):
    run("PV scellés", people, settings)
    client.force_login(people.officer)

    response = client.get(reverse("admin:audit_auditevent_changelist"), {"nature": "data.purged"})

    (cell,) = soup(response).select(".field-told")
    assert cell.text.endswith(
        "a effacé ce dont la durée de conservation est passée\u00a0: PV scellés (2)."
    )


def test_cut_off_it_goes_on_where_it_was(people, settings):
    rule = rule_of("textes des signalements")
    at = end_of(rule, people, settings) + A_DAY
    done = iter([rule.forget])

    def cut_off(rows):
        next(done, refused)(rows)

    with pytest.raises(DatabaseError):
        purge(replace(rule, forget=cut_off), at, batch=3)

    assert purge(rule, at, batch=3) == 1
    assert [event.data["count"] for event in told()] == [3, 1]


def refused(rows):
    raise DatabaseError


def test_a_session_in_dispute_is_left(people, settings):
    settings.RETENTION_FROZEN_SESSIONS = [people.session.pk]

    run("documents transmis", people, settings)
    run("candidats sans certificat", people, settings)
    run("temps majorés et besoins d’accessibilité", people, settings)

    assert ClosingDocument.objects.filter(session=people.session).exists()
    people.other.refresh_from_db()
    assert people.other.birth_name != ERASED_NAME
    assert people.other.extra_time_percent == 33


def test_extra_time_goes_early_and_nothing_else_of_the_row(people, settings):
    run("temps majorés et besoins d’accessibilité", people, settings)

    row = Candidate.objects.get(pk=people.certified.pk)
    assert (row.extra_time_percent, row.accessibility_need) == (0, "")
    assert row.birth_name == people.certified.birth_name


def test_a_text_that_was_never_written_stays_empty(people, settings):
    report = IncidentReport.objects.first()
    IncidentReport.objects.filter(pk=report.pk).update(description="")

    run("textes des signalements", people, settings)

    report.refresh_from_db()
    assert (report.description, report.resolution) == ("", "(texte effacé)")


def test_the_secrets_that_were_given_open_nothing_more(people, settings):
    run("secrets de session", people, settings)

    session = ExamSession.objects.get(pk=people.session.pk)
    assert session.password != people.session.password
    assert session.access_code != people.session.access_code
    assert session.password.strip("-")


def test_the_secrets_of_a_session_that_waits_are_left(people, settings):
    run("secrets de session", people, settings)

    assert ExamSession.objects.get(pk=people.empty.pk).password == "C-4KXQ7"


def test_files_go_with_their_rows(people, settings):
    rows = [*ClosingDocument.objects.all(), *SealedRecord.objects.all(), *PrintRun.objects.all()]
    files = [Path(written_again(row.file)) for row in rows]

    run("documents transmis", people, settings)
    run("PV scellés", people, settings)
    run("sessions jamais commencées", people, settings)

    assert [file.exists() for file in files] == [False] * 4 + [True]


def written_again(file):
    """Each test has a folder of its own, in which those of the rows are not."""
    file.storage.save(file.name, ContentFile(b"%PDF"))
    return file.path


@pytest.fixture
def not_held(people):
    session = ExamSessionFactory(centre=people.session.centre)
    present = situations.present(CandidateFactory(session=session))
    ClosingDocument.objects.create(
        session=session,
        kind="fraud",
        file=ContentFile(b"%PDF", "b.pdf"),
        name="b.pdf",
        content_type="application/pdf",
        size=4,
        added_by=people.officer,
    )
    session = close_not_held(session, comment="Coupure de courant.", by=people.officer)
    SealedRecord.objects.create(
        session=session, finalised_at=session.finalised_at, file=ContentFile(b"%PDF", "pv.pdf")
    )
    ExamSession.objects.filter(pk=session.pk).update(
        starts_at=people.now - timedelta(hours=2), ends_at=people.now, finalised_at=people.now
    )
    return present


def test_a_session_that_was_not_held_keeps_its_evidence(people, settings, not_held):
    run("sessions jamais commencées", people, settings)
    run("candidats absents", people, settings)

    session = ExamSession.objects.get(pk=not_held.session_id)
    assert session.candidates.get().birth_name == not_held.birth_name
    assert session.sealed_records.get().file
    assert session.closing_file.global_comment == "Coupure de courant."


def test_what_is_kept_of_a_session_that_was_not_held_goes_in_its_time(people, settings, not_held):
    session = ExamSession.objects.get(pk=not_held.session_id)
    limit = people.now + timedelta(days=settings.RETENTION["documents"])
    early = rule_of("documents transmis").due(people.now - A_DAY).filter(session=session)

    assert not early.exists()
    assert purge(rule_of("documents transmis"), limit + A_DAY)
    assert not session.closing_documents.exists()
    run("PV scellés", people, settings)
    run("candidats sans certificat", people, settings)
    assert not session.sealed_records.get().file
    assert session.candidates.get().is_erased


def test_the_documents_of_a_session_that_nobody_judges_go_with_its_candidates(people, settings):
    ExamSession.objects.filter(pk=people.session.pk).update(
        state=SessionState.FINALISED, published_at=None, published_by=None
    )

    run("documents transmis", people, settings)
    kept = ClosingDocument.objects.filter(session=people.session).exists()
    run("documents d’une session jamais publiée", people, settings)

    assert kept
    assert not ClosingDocument.objects.exists()


def test_a_task_that_was_cut_off_goes_too(people, settings):
    """Its arguments may be the address of a mail; one that waits is still to be run."""
    tasks = DBTaskResult.objects.all()
    tasks.update(status="RUNNING", finished_at=None, started_at=people.now)
    waiting = deepcopy(tasks.get())
    waiting.pk, waiting.started_at = uuid4(), None
    waiting.save(force_insert=True)

    run("tâches terminées ou interrompues", people, settings)

    assert list(tasks) == [waiting]


def test_the_file_of_a_print_goes_before_its_row(people, settings):
    """A process that dies after the commit would leave a file that nothing names."""
    file = Path(written_again(PrintRun.objects.get().file))

    run("impressions groupées", people, settings)

    assert not file.exists()
    assert not PrintRun.objects.exists()


def test_a_record_that_was_erased_is_not_drawn_anew(people, settings):
    run("PV scellés", people, settings)

    assert not not_written(people.now + IN_TWELVE_YEARS).filter(pk=people.session.pk).exists()


def test_who_is_certified_keeps_what_the_certificate_says(people, settings):
    run("candidats certifiés, hors certificat", people, settings)

    row = Candidate.objects.get(pk=people.certified.pk)
    assert row.birth_name == people.certified.birth_name
    assert (row.external_id, row.school_class, row.results_email) == ("", "", "")
    assert not Answer.objects.filter(attempt__candidate=row, value__isnull=False).exists()
    assert is_certified(row)


def test_who_is_not_certified_is_erased_and_still_counted(people, settings):
    run("candidats sans certificat", people, settings)

    row = Candidate.objects.get(pk=people.other.pk)
    assert (str(row), row.user, row.identity_key) == (ERASED_NAME.upper(), None, "")
    assert Attempt.objects.get(candidate=row).certification.verdict


def test_the_proof_goes_last(people, settings):
    run("candidats certifiés", people, settings)

    assert not Certificate.objects.exists()
    assert Candidate.objects.get(pk=people.certified.pk).birth_name == ERASED_NAME


@pytest.mark.parametrize(
    ("since", "left"),
    [
        ({"import_kind": ImportKind.REGISTER}, 0),
        ({"import_kind": ImportKind.SHUTTLE}, 2),
        ({"what": "registre des élèves"}, 0),
        ({"what": "navette créneaux"}, 2),
    ],
)
def test_a_register_is_as_old_as_its_last_import(people, settings, since, left):
    rule = rule_of("élèves du registre")
    at = end_of(rule, people, settings) + A_DAY
    centre = people.session.centre_id
    AuditEvent.objects.create(kind="import.confirmed", centre_id=centre, data=since, at=at - A_DAY)

    assert due(rule, at).count() == left


def test_an_account_that_was_used_since_is_kept(people, settings):
    rule = rule_of("comptes inutilisés")
    at = end_of(rule, people, settings) + A_DAY
    used = UserFactory(last_login=at - A_DAY)

    purge(rule, at)

    used.refresh_from_db()
    assert used.is_active


def test_lines_of_the_history_go_after_six_years(people, settings):
    old = timezone.now() - timedelta(days=settings.RETENTION["audit"])
    lines = [
        AuditEvent(kind="session.created", at=old - A_DAY),
        AuditEvent(kind="session.created", at=old + A_DAY),
    ]
    gone, left = AuditEvent.objects.bulk_create(lines)

    purge(rule_of("lignes de l’historique"), timezone.now())

    assert AuditEvent.objects.filter(pk=left.pk).exists()
    assert not AuditEvent.objects.filter(pk=gone.pk).exists()


def test_a_dry_run_counts_and_changes_nothing(people):
    before, written = dump(), StringIO()

    call_command("purge", stdout=written)

    assert "Rien n’a été changé" in written.getvalue()
    assert all(f"{rule.kept:14}{rule.what}" in written.getvalue() for rule in RULES)
    assert dump() == before


def test_the_command_forgets(people):
    written = StringIO()
    old = timezone.now() - timedelta(days=200)
    session = ExamSessionFactory()
    ExamSession.objects.filter(pk=session.pk).update(starts_at=old - A_DAY, ends_at=old)

    call_command("purge", apply=True, stdout=written)

    assert not ExamSession.objects.filter(pk=session.pk).exists()
    assert "1  never_started sessions jamais commencées" in written.getvalue()


def test_pages_are_read_after_all_times_are_over(people):
    """The centre's, the officer's: what is left of a session stands without its people."""
    for rule in DATED_HERE:
        purge(rule, people.now + IN_TWELVE_YEARS)
    client = Client()
    client.force_login(people.officer)

    page = client.get(reverse("admin:exam_sessions_examsession_change", args=[people.session.pk]))

    assert page.status_code == 200
    assert ERASED_NAME.upper() in page.text
