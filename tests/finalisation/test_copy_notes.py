import pytest

from invigilation import actions as invigilation_actions
from tests import situations
from tests.factories import ExamSessionFactory, MembershipFactory, UserFactory
from tests.finalisation.pages import HTMX, fields, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(bank):
    session = ExamSessionFactory()
    situations.finished(session=session)
    note(session, "Alarme incendie")
    return session


@pytest.fixture
def member(session, client):
    user = MembershipFactory(centre=session.centre).user
    client.force_login(user)
    return user


def note(session, text):
    return invigilation_actions.write_note(session, text=text, by=UserFactory())


def copy(client, session, **htmx):
    """« Copier dans le commentaire », on the page as it was found."""
    sent = fields(client.get(url("closing_file", session))) | {"documents_comment": "Une photo."}
    return client.post(url("copy_notes", session), sent, **htmx)


def test_the_notes_of_the_room_are_shown_beside_the_comment(client, session, member, soup):
    notes = soup(client.get(url("closing_file", session)), ".room-notes")

    assert "Alarme incendie" in notes.get_text()


def test_the_notes_are_copied_and_what_was_typed_is_kept(client, session, member, soup):
    response = copy(client, session, **HTMX)

    assert "Alarme incendie" in soup(response, "#global_comment").get_text()
    assert "Une photo." in soup(response, "#documents_comment").get_text()
    assert soup(response, "[name=has_incident][checked]")["value"] == "yes"


def test_without_javascript_the_page_follows(client, session, member):
    assert copy(client, session).url == url("closing_file", session)


def test_notes_too_long_for_the_comment_are_refused_with_a_sentence(client, session, member, soup):
    note(session, "x" * 500)

    response = copy(client, session, **HTMX)

    assert response.status_code == 422
    assert "dépassent ensemble 500 caractères" in soup(response, ".form-errors").get_text()
    assert not soup(response, "#global_comment").get_text().strip()


def test_a_room_without_a_note_shows_none(client, bank, soup):
    session = ExamSessionFactory()
    situations.finished(session=session)
    client.force_login(MembershipFactory(centre=session.centre).user)

    assert not soup(client.get(url("closing_file", session))).select(".room-notes")
