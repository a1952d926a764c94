from uuid import uuid4

import pytest
from django.urls import reverse

from certif.audit.models import AuditEvent
from invigilation.spelling import spelled
from sessions.models import InvigilatorAccess
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.invigilation.pages import HTMX, element, url, words

pytestmark = pytest.mark.django_db


def test_the_code_is_spelled_in_french():
    assert spelled("VZ4") == [("V", "comme Victor"), ("Z", "comme Zoé"), ("4", "quatre")]


def test_the_code_is_shown_large_with_the_session_number(client, session, invigilator):
    page = client.get(url("code", session))

    assert words(element(page, "#access-code")) == session.access_code
    assert words(element(page, "h1")) == f"Numéro de session : {session.pk}"
    assert len(element(page, ".spelled").select("li")) == 6


def test_the_large_screen_carries_no_password(client, session, invigilator):
    assert session.password not in client.get(url("code", session)).content.decode()


def test_the_code_of_a_finalised_session_is_given_to_nobody(client, session, invigilator, bank):
    situations.finalised(session)

    assert client.get(url("code", session)).url == url("board", session)


def test_leaving_a_finalised_session_speaks_of_no_test(client, session, invigilator, bank):
    situations.finalised(session)

    asked = words(element(client.get(url("leave", session), **HTMX), "dialog"))
    left = client.post(url("leave", session), follow=True)

    assert "Cette session est finalisée." in asked
    assert "Rien ne change pour les candidats" not in asked + words(element(left, "main"))


def test_leaving_is_asked_first(client, session, invigilator):
    dialog = element(client.get(url("leave", session), **HTMX), "dialog")

    assert f"Quitter la surveillance de la session {session.pk} ?" in words(dialog)
    assert InvigilatorAccess.objects.open().filter(user=invigilator).exists()


def test_leaving_ends_the_access_and_leads_back(client, session, invigilator):
    response = client.post(url("leave", session), **HTMX)

    assert response["HX-Redirect"] == reverse("invigilation:join")
    assert not InvigilatorAccess.objects.open().filter(user=invigilator).exists()
    assert "Rien ne change pour les candidats" in words(
        element(client.get(response["HX-Redirect"]), "main")
    )


def test_leaving_without_javascript(client, session, invigilator):
    assert client.post(url("leave", session)).url == reverse("invigilation:join")


def test_leaving_twice_is_no_error(client, session, invigilator):
    sent = {"operation": str(uuid4())}

    responses = [client.post(url("leave", session), sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert AuditEvent.objects.filter(kind="invigilator.left").count() == 1


@pytest.mark.parametrize("name", ["board", "board_live", "code", "leave"])
def test_who_did_not_give_the_password_finds_nothing(client, session, name):
    candidate = CandidateFactory(session=session, joined=True, extra_time_percent=33)
    client.force_login(candidate.user)

    assert client.get(url(name, session)).status_code == 404


@pytest.mark.parametrize("name", ["code", "leave"])
def test_extra_time_is_shown_on_the_list_only(client, session, invigilator, name):
    CandidateFactory(session=session, extra_time_percent=33)

    assert "tiers-temps" not in client.get(url(name, session)).content.decode()


def test_nobody_enters_without_an_account(client):
    session = ExamSessionFactory()

    assert client.get(url("board", session)).url.startswith(reverse("account_login"))


def test_a_stranger_moves_nothing(client, session):
    client.force_login(UserFactory())
    candidate = CandidateFactory(session=session)

    response = client.post(url("confirm_day", session), {"candidate": candidate.pk})

    assert response.status_code == 404
    assert not AuditEvent.objects.filter(kind="day.confirmed").exists()
