"""Hostile files through the page: told soon, nothing written, and the same server takes a good one after."""

import time
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from certif.lib.spreadsheets import UnreadableFile, read_workbook
from sessions.enums import ImportState
from sessions.models import Candidate, PreparedImport
from tests.certif import hostile_files
from tests.certif.test_spreadsheets_hostile import REFUSED
from tests.factories import ExamSessionFactory, MembershipFactory
from tests.sessions.workbooks import TITLES, one_sheet, someone

pytestmark = pytest.mark.django_db

# The limit is three seconds of reading; the rest is the machine's own slowness.
LONGEST_WAIT = 3 + 2
MEGABYTES_LEFT = 20


@pytest.fixture
def send(client, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    session = ExamSessionFactory()
    client.force_login(MembershipFactory(centre=session.centre).user)
    url = reverse("sessions:candidate_import", args=[session.pk])

    def post(data):
        file = SimpleUploadedFile("liste.xlsx", data)
        return client.post(url, {"file": file, "operation": uuid4()}, follow=True)

    return post


def megabytes_held():
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = [line for line in status if "VmRSS" in line]
    return int(line.split()[1]) / 1024


def sentence_of(data):
    with pytest.raises(UnreadableFile) as refusal:
        read_workbook(data, name="liste.xlsx")
    return refusal.value.sentence


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_told_by_its_page_and_a_good_one_follows(send, soup, name):
    data = getattr(hostile_files, name)()
    sentence = sentence_of(data)
    send(data)  # the room that its copies take on the way to the database is taken once
    began, held = time.monotonic(), megabytes_held()

    answer = send(data)

    assert time.monotonic() - began < LONGEST_WAIT
    assert megabytes_held() - held < MEGABYTES_LEFT
    assert sentence in soup(answer).text
    kept = {*PreparedImport.objects.values_list("state", flat=True)}
    assert (answer.status_code, kept) in [(422, set()), (200, {ImportState.REFUSED})]
    assert not Candidate.objects.exists()
    assert "ROSSO Léa" in soup(send(one_sheet(TITLES, someone("Rosso")))).text
