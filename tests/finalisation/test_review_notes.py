"""What the invigilators noted of the room, as officers read it."""

import pytest
from django.urls import reverse

from finalisation import actions
from finalisation.piles import Pile, for_review, reasons, short_reasons, undecided
from invigilation import actions as invigilation_actions
from tests import situations
from tests.factories import UserFactory
from tests.finalisation.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


@pytest.fixture
def session():
    return situations.finished().candidate.session


def note(session, text="Alarme incendie"):
    return invigilation_actions.write_note(session, text=text, by=UserFactory())


def reviewed(session):
    situations.finalised(session)
    return for_review().get(pk=session.pk)


def test_a_note_that_stands_calls_for_an_examination(session):
    note(session)

    session = reviewed(session)

    assert session.pile == Pile.TO_EXAMINE
    assert short_reasons(session) == ["note de salle"]
    assert reasons(session) == ["1 note de salle est à lire."]
    assert undecided(session) == "1 note de salle"


def test_a_note_taken_back_does_not(session):
    invigilation_actions.discard_note(note(session), why="Mauvaise salle", by=UserFactory())

    assert reviewed(session).pile == Pile.READY


def test_the_note_of_another_session_does_not(session):
    note(situations.finished().candidate.session)

    assert reviewed(session).pile == Pile.READY


def test_a_note_that_was_corrected_counts_once(session):
    invigilation_actions.correct_note(note(session), text="Alarme de 5 min", by=UserFactory())

    assert reviewed(session).notes_to_read == 1


def test_what_is_undecided_names_the_notes_beside_the_rest(session):
    comments = {"has_incident": True, "global_comment": "Réseau coupé."}
    actions.save_closing_file(session, by=UserFactory(), comments=comments)
    note(session)
    note(session, "Réseau coupé à 10 h")

    assert undecided(reviewed(session)) == "un commentaire global et 2 notes de salle"


def test_the_page_shows_the_notes_that_stand(client, officer, soup, session):
    written = note(session)
    invigilation_actions.correct_note(written, text="Alarme de 5 min", by=UserFactory())
    invigilation_actions.discard_note(
        note(session, "Autre salle"), why="Mauvaise salle", by=UserFactory()
    )
    situations.finalised(session)

    page = client.get(reverse("admin:exam_sessions_examsession_change", args=[session.pk]))

    told = words(soup(page, ".room-notes"))
    assert "Alarme de 5 min" in told
    assert str(written.written_by) in told
    assert "Alarme incendie" not in told
    assert "Autre salle" not in told


def test_the_list_tells_the_note_as_the_motive(client, officer, soup, session):
    note(session)
    situations.finalised(session)

    response = client.get(reverse("admin:exam_sessions_examsession_changelist"))

    assert soup(response, ".field-motives").text == "Note de salle"
