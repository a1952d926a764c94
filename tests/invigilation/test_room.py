from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from django.urls import reverse

from certif.audit.models import AuditEvent
from exam.actions import ask_to_resume
from invigilation.actions import note_code_given
from invigilation.spelling import spelled
from sessions.actions import renew_access_code
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


@pytest.fixture
def asking(session, bank):
    attempt = situations.started(session=session)
    ask_to_resume(attempt.candidate, by=attempt.candidate.user)
    return attempt.candidate


def asked_of(client, session, **held):
    return client.get(url("code_asks", session, **held), **HTMX)


def held_by(page):
    return dict(parse_qsl(urlsplit(element(page, "#asks")["data-poll"]).query))


def test_the_large_screen_says_how_many_wait_and_never_who(client, session, invigilator, asking):
    page = client.get(url("code", session))

    assert words(element(page, "#demands")) == "1 demande attend"
    assert asking.birth_name.upper() not in page.text.upper()


def test_a_code_given_on_another_tablet_is_told_there(client, session, invigilator):
    note_code_given(session, by=UserFactory())

    answer = asked_of(client, session, v=session.version, g="")

    assert words(element(answer, "#room-given")).startswith("Code donné à ")
    assert not element(answer, "#room-given").select("form")


def test_a_screen_that_knows_when_it_was_given_keeps_its_buttons(client, session, invigilator):
    note_code_given(session, by=UserFactory())
    held = held_by(client.get(url("code", session)))
    renew_access_code(session, by=UserFactory())

    answer = asked_of(client, session, **held)

    assert "room-given" not in answer.text


def test_a_code_renewed_meanwhile_is_told_there(client, session, invigilator):
    renewed = renew_access_code(session, by=UserFactory())

    answer = asked_of(client, session, v=session.version, k="")

    assert words(element(answer, "#room-code #access-code")) == renewed.access_code


def test_a_code_renewed_meanwhile_stands_in_the_bar_of_the_list(client, session, invigilator, soup):
    roster = soup(client.get(url("board", session)), "#rows")["data-roster"]
    renewed = renew_access_code(session, by=UserFactory())

    answer = client.get(url("board_live", session, v=session.version, n=0, r=roster), **HTMX)

    assert words(element(answer, "#board-actions .code")) == renewed.access_code


def test_a_demand_made_meanwhile_is_told_there(client, session, invigilator, asking):
    answer = asked_of(client, session, v=0, k="")

    assert words(element(answer, "[hx-swap-oob='innerHTML:#demands']")) == "1 demande attend"
    assert asking.birth_name.upper() not in answer.text.upper()


def test_what_moves_beside_the_demands_is_not_told_again(client, session, invigilator, asking):
    held = element(client.get(url("code", session)), "#asks")["data-key"]

    answer = asked_of(client, session, v=0, k=held)

    assert "#demands" not in answer.text


def test_nothing_new_is_an_empty_answer_in_three_queries(
    client, session, invigilator, asking, django_assert_max_num_queries
):
    session.refresh_from_db()

    with django_assert_max_num_queries(3):
        assert asked_of(client, session, v=session.version).status_code == 204


def test_the_large_screen_of_a_session_that_is_finalised_meanwhile_goes_to_the_list(
    client, session, invigilator, bank
):
    situations.finalised(session)

    assert asked_of(client, session, v=0)["HX-Redirect"] == url("board", session)


def test_leaving_a_finalised_session_speaks_of_no_test(client, session, invigilator, bank):
    situations.finalised(session)

    asked = words(element(client.get(url("leave", session), **HTMX), "dialog"))
    left = client.post(url("leave", session), follow=True)

    assert "Cette session est finalisée : vous ne pourrez plus relire sa liste." in asked
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


@pytest.mark.parametrize("page", ["board", "code", "steps"])
def test_back_after_leaving_there_is_no_name_and_the_door_is_there(
    client, session, invigilator, page
):
    candidate = CandidateFactory(session=session)
    client.post(url("leave", session), **HTMX)

    response = client.get(url(page, session))

    assert response.status_code == 404
    assert candidate.birth_name not in response.text
    assert f"La session {session.pk} n’est pas ouverte avec ce compte" in words(
        element(response, "#closed")
    )
    assert element(response, "[name=number]")["value"] == str(session.pk)


def test_a_session_of_others_and_one_that_does_not_exist_are_told_alike(client, invigilator):
    def told(number):
        page = client.get(reverse("invigilation:board", args=[number]))
        return words(element(page, "main")).replace(f"La session {number} ", "La session … ")

    assert told(ExamSessionFactory().pk) == told(987654)


def test_leaving_without_javascript(client, session, invigilator):
    assert client.post(url("leave", session)).url == reverse("invigilation:join")


def test_leaving_twice_is_no_error(client, session, invigilator):
    sent = {"operation": str(uuid4())}

    responses = [client.post(url("leave", session), sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert AuditEvent.objects.filter(kind="invigilator.left").count() == 1


@pytest.mark.parametrize("name", ["board", "board_live", "code", "code_asks", "leave"])
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
