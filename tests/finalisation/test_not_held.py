"""« Session non tenue »: something was noted, no test could start; asked about before it is done."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from finalisation.actions import add_document
from finalisation.models import ClosingFile
from invigilation.actions import write_note, write_report
from invigilation.models import IncidentCode, Screen
from sessions.actions import delete_session
from sessions.actions.refusals import DeletionRefused
from tests import situations
from tests.factories import CandidateFactory, UserFactory
from tests.finalisation.pages import HTMX, fields, url, words

pytestmark = pytest.mark.django_db

WHY = {"comment": "Coupure de courant.\r\nRevenu à 16 h."}


@pytest.fixture
def present(session):
    return situations.present(CandidateFactory(session=session))


def declare(client, session, **extra):
    return client.post(url("not_held", session), WHY, **extra)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_it_is_asked_before_anything_is_done(client, session, member, soup, present, headers):
    response = declare(client, session, **headers)

    session.refresh_from_db()
    asked = soup(response)
    assert words(asked.h1) == f"Déclarer la session {session.pk} non tenue ?"
    assert words(asked.blockquote) == "Coupure de courant. Revenu à 16 h."
    assert session.is_open


def test_once_confirmed_it_is_closed_and_keeps_its_comment(client, session, member, soup, present):
    sent = fields(declare(client, session), "main form")

    response = client.post(url("not_held", session), sent, follow=True)

    session.refresh_from_db()
    assert "Coupure de courant. Revenu à 16 h." in words(soup(response, "main"))
    assert ClosingFile.objects.get().not_held
    assert not session.is_open


def test_it_says_why(client, session, member, soup, present):
    response = client.post(url("not_held", session), {"comment": " "})

    session.refresh_from_db()
    assert response.status_code == 422
    assert "Dites pourquoi la session n’a pas pu se tenir." in words(soup(response, ".form-errors"))
    assert session.is_open


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "1"}], ids=["asked", "confirmed"])
def test_where_nobody_came_it_is_refused(client, session, member, soup, confirmed):
    response = client.post(url("not_held", session), WHY | confirmed)

    session.refresh_from_db()
    assert response.status_code == 409
    assert "que si une présence ou un incident" in words(soup(response, ".form-errors"))
    assert session.is_open


def note(session):
    write_note(session, text="Coupure de courant.", by=UserFactory())


def report(session):
    write_report(
        CandidateFactory(session=session),
        code=IncidentCode.objects.get(code="C3"),
        description="Absent.",
        screen=Screen.BOARD,
        by=UserFactory(),
    )


def document(session):
    upload = SimpleUploadedFile("preuve.pdf", b"%PDF-1.7\n%minimal\n%%EOF\n")
    add_document(session, upload=upload, kind="incident", by=UserFactory())


NOTED = pytest.mark.parametrize("noted", [note, report, document], ids=lambda noted: noted.__name__)


@NOTED
def test_what_was_noted_or_sent_without_a_presence_is_not_deleted(session, noted):
    noted(session)

    with pytest.raises(DeletionRefused):
        delete_session(session, by=UserFactory())


@NOTED
def test_with_something_noted_and_no_presence_it_may_be_declared(
    client, session, member, soup, noted
):
    noted(session)

    client.post(url("not_held", session), fields(declare(client, session), "main form"))

    session.refresh_from_db()
    assert not session.is_open


def test_the_page_of_a_session_with_a_note_offers_to_declare_it_and_not_to_delete_it(
    client, session, member
):
    note(session)

    page = client.get(url("closing_file", session)).text

    assert url("not_held", session) in page
    assert "Supprimer la session" not in page
