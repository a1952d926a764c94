"""The notes of the room, from the closing page."""

import pytest
from bs4 import BeautifulSoup

from invigilation import actions as invigilation_actions
from tests import situations
from tests.factories import ExamSessionFactory, MembershipFactory, UserFactory
from tests.finalisation.pages import HTMX, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(bank):
    session = ExamSessionFactory()
    situations.finished(session=session)
    return session


@pytest.fixture
def note(session):
    return invigilation_actions.write_note(session, text="Alarme", by=UserFactory())


@pytest.fixture
def member(session, client):
    user = MembershipFactory(centre=session.centre, user__first_name="Marie").user
    client.force_login(user)
    return user


def address(name, note):
    return f"{url('closing_file', note.session)}notes/{note.pk}/{name}/"


def notes_in(response):
    return " ".join(
        BeautifulSoup(response.content, "html.parser").select_one("#room-notes").stripped_strings
    )


CHANGES = {
    "corriger": {"text": "Alarme incendie"},
    "retirer": {"why": "Fausse alerte"},
}


def test_a_note_is_corrected_and_who_did_it_is_told(client, session, member, note):
    response = client.post(address("corriger", note), CHANGES["corriger"], **HTMX)

    assert "Alarme incendie" in notes_in(response)
    assert f"modifiée par {member} à" in notes_in(response)
    assert "La note de la salle est corrigée." in response.text


def test_a_note_withdrawn_leaves_the_page(client, session, member, note):
    response = client.post(address("retirer", note), CHANGES["retirer"], **HTMX)

    note.refresh_from_db()
    assert notes_in(response) == ""
    assert (note.discarded_by, note.discarded_why) == (member, "Fausse alerte")


@pytest.mark.parametrize("name", CHANGES)
def test_the_answer_shows_the_notes_as_the_page_does(client, session, member, note, name):
    invigilation_actions.write_note(session, text="Réseau coupé", by=UserFactory())

    response = client.post(address(name, note), CHANGES[name], **HTMX)

    assert notes_in(response) == notes_in(client.get(url("closing_file", session)))


@pytest.mark.parametrize("name", CHANGES)
def test_the_page_leads_to_each_change_of_a_note(client, session, member, note, name):
    page = client.get(url("closing_file", session))

    assert address(name, note) in page.text
    assert "Alarme" in client.get(address(name, note), **HTMX).text


def test_a_note_is_withdrawn_with_a_reason_only(client, session, member, note):
    response = client.post(address("retirer", note), {"why": ""}, **HTMX)

    assert response.status_code == 422
    assert "Dites pourquoi cette note est retirée." in response.text


@pytest.mark.parametrize("name", CHANGES)
def test_without_javascript_the_page_follows(client, session, member, note, name):
    response = client.post(address(name, note), CHANGES[name])

    assert response.url == url("closing_file", session)


@pytest.mark.parametrize("name", CHANGES)
def test_no_note_is_changed_once_the_session_is_finalised(client, session, member, note, name):
    situations.finalised(session)

    assert client.get(address(name, note)).status_code == 409
    assert client.post(address(name, note), CHANGES[name]).status_code == 409
    assert session.notes.told().get() == note
