import pytest
import time_machine
from django.db import IntegrityError
from django.urls import reverse

from certif.audit.models import AuditEvent
from finalisation import actions as finalisation_actions
from finalisation.models import ClosingFile
from invigilation import actions
from invigilation.models import SessionNote
from tests import situations
from tests.factories import ExamSessionFactory, UserFactory
from tests.invigilation.pages import HTMX, element, live, url, words

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


ENTRY = "#notes-entry"


def test_until_one_is_noted_the_menu_offers_to_note_an_incident(client, session, invigilator):
    page = client.get(url("board", session))

    assert words(element(page, "#notes")) == "Noter un incident de la salle"


def test_the_menu_of_another_tablet_counts_what_is_noted_meanwhile(client, session, invigilator):
    version = element(client.get(url("board", session)), "#board")["data-version"]
    actions.write_note(session, text="Alarme incendie", by=UserFactory())

    response = live(client, session, version=version)

    assert words(element(response, ENTRY)) == "Incidents de la salle (1)"
    assert words(element(client.get(url("board", session)), ENTRY)) == "Incidents de la salle (1)"


def test_the_menu_of_who_notes_counts_it_at_once(client, session, invigilator):
    response = client.post(url("notes", session), {"text": "Alarme incendie"}, **HTMX)

    assert words(element(response, ENTRY)) == "Incidents de la salle (1)"


def test_a_note_corrected_counts_once_and_one_taken_out_no_more(client, session, invigilator):
    note = actions.write_note(session, text="Alarme incendie", by=invigilator)
    actions.correct_note(note, text="Exercice d’incendie", by=invigilator)
    other = actions.write_note(session, text="Panne", by=invigilator)
    actions.discard_note(other, why="Erreur", by=invigilator)

    assert words(element(client.get(url("board", session)), ENTRY)) == "Incidents de la salle (1)"


def test_a_finalised_session_has_no_menu_to_count_in(client, bank, session, invigilator):
    version = element(client.get(url("board", session)), "#board")["data-version"]
    actions.write_note(session, text="Alarme incendie", by=invigilator)
    situations.finalised(session)

    assert ENTRY[1:] not in live(client, session, version=version).content.decode()


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


# --- Corrected, withdrawn -------------------------------------------------------------------------


def at(hour):
    """On the day of the session, on the clock of its room."""
    return time_machine.travel(f"2026-12-14T{hour}:00+01:00", tick=False)


@pytest.fixture
def paul():
    return UserFactory(first_name="Paul", last_name="Éluard")


@pytest.fixture
def note(session, paul):
    with at("09:02"):
        return actions.write_note(session, text="Alarme", by=paul)


def address(name, note):
    return reverse(f"invigilation:{name}", args=[note.session_id, note.pk])


def test_a_correction_keeps_the_hour_the_author_and_the_former_words(
    client, session, invigilator, note, paul
):
    response = client.post(address("note_correct", note), {"text": "Alarme incendie"}, **HTMX)

    corrected = session.notes.told().get()
    note.refresh_from_db()
    assert "La note de la salle est corrigée." in response.text
    assert (corrected.text, corrected.written_by) == ("Alarme incendie", paul)
    assert (corrected.written_at, corrected.former) == (note.written_at, note)
    assert (note.text, note.discarded_by, note.discarded_why) == ("Alarme", invigilator, "corrigée")
    assert AuditEvent.objects.get(kind="note.corrected").data == {"note": corrected.pk}


def test_who_modified_a_note_is_told_with_the_hour_and_the_former_words_stay(
    client, session, invigilator, note
):
    marie = UserFactory(first_name="Marie", last_name="Curie")
    with at("09:12"):
        corrected = actions.correct_note(note, text="Alarme incendie", by=marie)

    dialog = client.get(url("notes", session), **HTMX)

    told = words(element(dialog, f"#note-{corrected.pk}"))
    assert "Paul ÉLUARD, le 14/12/2026 à 9 h 02 · modifiée par Marie CURIE à 9 h 12" in told
    kept = words(element(dialog, f".fold #note-{note.pk}"))
    assert kept.startswith("Alarme Paul ÉLUARD")
    assert "Hors du dossier, par Marie CURIE à 9 h 12 : corrigée" in kept


def test_a_note_to_correct_is_shown_as_it_is(client, session, invigilator, note):
    dialog = element(client.get(address("note_correct", note), **HTMX), "dialog")

    assert dialog.select_one("textarea").text.strip() == "Alarme"


def test_the_same_words_change_nothing(client, session, invigilator, note):
    client.post(address("note_correct", note), {"text": "Alarme"}, **HTMX)

    assert session.notes.get() == note
    assert not AuditEvent.objects.filter(kind="note.corrected").exists()


def test_a_withdrawn_note_is_kept_with_its_reason(client, session, invigilator, note):
    response = client.post(address("note_discard", note), {"why": "Fausse alerte"}, **HTMX)

    note.refresh_from_db()
    assert "La note de la salle est retirée." in response.text
    assert (note.discarded_by, note.discarded_why) == (invigilator, "Fausse alerte")
    assert not session.notes.told().exists()
    assert AuditEvent.objects.get(kind="note.discarded").data["why"] == "Fausse alerte"


def test_a_note_is_withdrawn_with_a_reason_only(client, session, invigilator, note):
    response = client.post(address("note_discard", note), {"why": " "}, **HTMX)

    assert response.status_code == 422
    assert "Dites pourquoi cette note est retirée." in response.text
    assert session.notes.told().get() == note


def test_the_database_refuses_a_withdrawn_note_without_a_reason(note, paul):
    with pytest.raises(IntegrityError):
        SessionNote.objects.update(discarded_at=note.written_at, discarded_by=paul)


CHANGES = {
    "note_correct": {"text": "Alarme incendie"},
    "note_discard": {"why": "Fausse alerte"},
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_sent_again_is_done_once(client, session, invigilator, note, name):
    data = CHANGES[name] | {"operation": "11111111-1111-4111-8111-111111111111"}

    first = client.post(address(name, note), data, **HTMX)
    again = client.post(address(name, note), data, **HTMX)

    assert (first.status_code, again.status_code) == (200, 200)
    assert AuditEvent.objects.filter(kind__startswith="note.").count() == 2


@pytest.mark.parametrize("name", CHANGES)
def test_a_note_corrected_meanwhile_is_not_changed_again(client, session, invigilator, note, name):
    actions.correct_note(note, text="Alarme de 5 min", by=invigilator)

    response = client.post(address(name, note), CHANGES[name], **HTMX)

    assert response.status_code == 409
    assert "Cette note a déjà été corrigée ou retirée." in response.text
    assert session.notes.told().get().text == "Alarme de 5 min"


@pytest.mark.parametrize("name", CHANGES)
def test_no_note_is_changed_once_the_session_is_finalised(
    client, bank, session, invigilator, note, name
):
    situations.finalised(session)

    response = client.post(address(name, note), CHANGES[name], **HTMX)

    assert response.status_code == 409
    assert session.notes.told().get() == note


@pytest.mark.parametrize("name", CHANGES)
def test_a_note_of_another_session_is_not_found(client, session, invigilator, name):
    other = actions.write_note(ExamSessionFactory(), text="Alarme", by=UserFactory())
    foreign = reverse(f"invigilation:{name}", args=[session.pk, other.pk])

    assert client.post(foreign, CHANGES[name], **HTMX).status_code == 404


def test_a_note_withdrawn_is_not_copied_into_the_comment(session, note, paul):
    actions.discard_note(note, why="Fausse alerte", by=paul)

    finalisation_actions.copy_notes(session, by=paul)

    assert not ClosingFile.objects.filter(session=session, has_incident=True).exists()


def test_a_corrected_note_stays_at_its_place(session, note, paul):
    with at("09:05"):
        actions.write_note(session, text="Réseau coupé", by=paul)

    actions.correct_note(note, text="Alarme incendie", by=paul)

    assert [told.text for told in session.notes.told()] == ["Alarme incendie", "Réseau coupé"]
