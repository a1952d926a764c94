import pytest

from certif.audit.models import AuditEvent
from finalisation import actions as finalisation_actions
from invigilation import actions
from invigilation.models import SessionNote
from tests import situations
from tests.factories import UserFactory
from tests.invigilation.pages import HTMX, element, url, words

pytestmark = pytest.mark.django_db


def test_an_incident_of_the_room_is_noted_with_its_author(client, session, invigilator):
    response = client.post(url("notes", session), {"text": "Alarme incendie"}, **HTMX)

    note = SessionNote.objects.get()
    assert response.status_code == 200
    assert (note.text, note.written_by) == ("Alarme incendie", invigilator)
    assert AuditEvent.objects.get(kind="note.written").data == {"note": note.pk}


def test_the_notes_are_read_again_with_their_author(client, session, invigilator):
    by = UserFactory(first_name="Paul", last_name="Éluard")
    actions.write_note(session, text="Alarme incendie", by=by)

    dialog = element(client.get(url("notes", session), **HTMX), "dialog")

    assert "Alarme incendie Paul ÉLUARD, le" in words(dialog)


@pytest.mark.parametrize("text", ["", "x" * 501])
def test_an_odd_note_is_refused_and_kept_on_screen(client, session, invigilator, text):
    response = client.post(url("notes", session), {"text": text}, **HTMX)

    assert response.status_code == 422
    assert not SessionNote.objects.exists()


def test_a_note_sent_again_is_written_once(client, session, invigilator):
    data = {"text": "Alarme", "operation": "11111111-1111-4111-8111-111111111111"}

    client.post(url("notes", session), data, **HTMX)
    client.post(url("notes", session), data, **HTMX)

    assert SessionNote.objects.count() == 1


def test_nothing_is_noted_once_the_session_is_finalised(client, bank, session, invigilator):
    situations.finalised(session)

    response = client.post(url("notes", session), {"text": "Alarme"}, **HTMX)

    assert response.status_code == 409
    assert not SessionNote.objects.exists()


def test_the_notes_are_copied_into_the_comment_once(session):
    by = UserFactory()
    actions.write_note(session, text="Alarme incendie", by=by)

    finalisation_actions.copy_notes(session, by=by)
    finalisation_actions.copy_notes(session, by=by)

    session.refresh_from_db()
    assert session.closing_file.has_incident
    assert session.closing_file.global_comment.count("Alarme incendie") == 1


def test_what_was_commented_stays_before_the_notes(session):
    by = UserFactory()
    actions.write_note(session, text="Alarme incendie", by=by)
    comment = {"has_incident": True, "global_comment": "Réseau lent."}
    finalisation_actions.save_closing_file(session, by=by, comments=comment)

    finalisation_actions.copy_notes(session, by=by)

    session.refresh_from_db()
    assert session.closing_file.global_comment.startswith("Réseau lent.\n")
