"""« Session non tenue »: people came, no test could start; asked about before it is done."""

import pytest

from finalisation.models import ClosingFile
from tests import situations
from tests.factories import CandidateFactory
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
    assert "que si une présence a été notée" in words(soup(response, ".form-errors"))
    assert session.is_open
