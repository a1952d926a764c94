"""`manage.py purge`: files that no row names go once they are a day old, and no other."""

import logging
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from certif.audit.models import AuditEvent
from certif.privacy.orphans import (
    ALL_FIELDS,
    FEW,
    FIELDS,
    FOLDERS,
    ORPHANS,
    TooMany,
    orphans,
    remove_orphans,
)
from certif.privacy.purge import BATCH, purge_all
from finalisation.models import ClosingDocument, SealedRecord
from sessions.models import PrintRun
from tests.factories import InvitationFactory

A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


def left(name, *, old=A_DAY + AN_HOUR):
    """A file that nobody names, last written so long ago."""
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left")
    written = (timezone.now() - old).timestamp()
    os.utime(path, (written, written))
    return path


def run(**options):
    return remove_orphans(timezone.now(), **{"batch": BATCH} | options)


def told():
    events = AuditEvent.objects.filter(kind="data.purged").order_by("pk")
    return [(event.data["what"], event.data["count"]) for event in events]


@pytest.mark.parametrize(
    "name",
    [
        "questions/a1b2/.part-x1",
        "questions-import/.part-x1",
        "print_runs/2026/11/22/.part-x1",
        "finalisation/2026/.part-x1",
        ".part-x1",
    ],
)
def test_what_a_kill_left_in_the_middle_of_a_write_goes_after_a_day(name):
    half = left(name)

    assert run() == 1
    assert not half.exists()


def test_a_file_that_may_be_on_its_way_is_left_alone():
    half = left("print_runs/2026/11/22/.part-x1", old=A_DAY - AN_HOUR)

    assert run() == 0
    assert half.exists()


@pytest.mark.parametrize("field", ALL_FIELDS, ids=str)
def test_whatever_field_keeps_files_its_folder_is_looked_into(field):
    half = left(f"{field.generate_filename(None, 'a.pdf')}/.part-x1")

    assert run() == 1
    assert not half.exists()


@pytest.mark.parametrize("folder", ["print_runs/2026/11/22", "finalisation/2026"])
def test_a_file_of_people_that_no_row_names_goes_after_a_day(folder):
    gone = left(f"{folder}/gone.pdf")
    young = left(f"{folder}/young.pdf", old=A_DAY - AN_HOUR)

    assert run() == 1
    assert not gone.exists()
    assert young.exists()


def test_the_folders_are_those_of_the_fields_that_hold_files_of_people():
    assert {field.model for field in FIELDS} == {PrintRun, ClosingDocument, SealedRecord}
    assert {"print_runs", "finalisation"} == FOLDERS


def test_a_file_that_a_row_names_is_left_alone(people):
    rows = [*PrintRun.objects.all(), *ClosingDocument.objects.all(), *SealedRecord.objects.all()]
    kept = [left(row.file.name) for row in rows]

    assert run() == 0
    assert all(path.exists() for path in kept)
    assert {field.model for field in FIELDS} == {type(row) for row in rows}


def test_the_files_of_the_questions_are_not_of_people():
    kept = left("questions/a1b2/plan.svg")

    assert run() == 0
    assert kept.exists()


def test_a_file_that_somebody_removes_meanwhile_is_none(monkeypatch):
    path = left("print_runs/2026/11/22/gone.pdf")
    is_named = PrintRun._base_manager.values_list

    def removed_meanwhile(*fields, **options):
        path.unlink(missing_ok=True)
        return is_named(*fields, **options)

    monkeypatch.setattr(PrintRun._base_manager, "values_list", removed_meanwhile)

    assert run() == 0


def test_a_batch_is_a_line_of_the_history():
    for number in range(4):
        left(f"print_runs/2026/11/22/{number}.pdf")

    run(batch=3)

    assert told() == [(ORPHANS.what, 3), (ORPHANS.what, 1)]


def test_nothing_left_is_no_line():
    assert run() == 0
    assert told() == []


def test_a_dry_run_counts_them_and_removes_none():
    kept, written = left("print_runs/2026/11/22/gone.pdf"), StringIO()

    call_command("purge", stdout=written)

    assert f"       1  files         {ORPHANS.what}" in written.getvalue()
    assert kept.exists()


def test_the_nightly_run_removes_them():
    gone, written = left("print_runs/2026/11/22/gone.pdf"), StringIO()

    call_command("purge", apply=True, stdout=written)

    assert f"       1  files         {ORPHANS.what}" in written.getvalue()
    assert not gone.exists()


def test_a_storage_that_cannot_be_read_is_told_and_stops_no_rule(settings, caplog):
    settings.MEDIA_ROOT = default_storage.path(default_storage.save("a_file", ContentFile(b"")))

    with pytest.raises(CommandError, match=rf"En échec, à reprendre : {ORPHANS.what}\."):
        call_command("purge", apply=True, stdout=StringIO())

    assert [line.levelno for line in caplog.records] == [logging.ERROR]
    assert not AuditEvent.objects.filter(kind="data.purge_ended").exists()


def test_a_dry_run_tells_it_too_and_counts_the_rest(settings):
    settings.MEDIA_ROOT = default_storage.path(default_storage.save("a_file", ContentFile(b"")))
    InvitationFactory(expires_at=timezone.now() - timedelta(days=1000))
    written = StringIO()

    with pytest.raises(CommandError, match=rf"En échec, à reprendre : {ORPHANS.what}\."):
        call_command("purge", stdout=written)

    assert "       1  lignes" in written.getvalue()
    assert "Rien n’a été changé" in written.getvalue()


def test_a_service_that_never_kept_a_file_has_none(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "nothing yet"

    assert orphans(timezone.now()) == []
    assert None not in purge_all(timezone.now()).values()


def test_the_register_of_processing_tells_it():
    assert ORPHANS.what in (Path(__file__).parents[2] / "docs/privacy.md").read_text()


def test_the_files_of_another_database_are_all_left_alone():
    files = [left(f"finalisation/2026/{rank}.pdf") for rank in range(FEW + 1)]

    with pytest.raises(TooMany):
        run()

    assert all(file.exists() for file in files)


def test_a_folder_that_is_not_ours_is_not_entered():
    other = left("lost+found/.part-x1")

    assert run() == 0
    assert other.exists()
