import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from certif.accounts.models import Role
from certif.audit.models import AuditEvent
from exam.models import Attempt
from invigilation import actions
from tests import situations
from tests.factories import CandidateFactory, MembershipFactory, UserFactory
from tests.invigilation.pages import HTMX, element, row, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(bank):
    candidate = CandidateFactory(birth_name="Durand", first_name="Simon", joined=True)
    situations.ended(candidate, by=UserFactory(first_name="Paul", last_name="Éluard"))
    return candidate


@pytest.fixture
def manager(client, ended):
    membership = MembershipFactory(centre=ended.session.centre, role=Role.MANAGER)
    client.force_login(membership.user)
    return membership.user


def list_of(candidate):
    return reverse("sessions:candidate_list", args=[candidate.session_id])


def post(client, candidate, why="Mauvaise ligne touchée.", **headers):
    return client.post(url("reopen_test", candidate), {"why": why}, **headers)


def is_running():
    return Attempt.objects.get().is_running


def test_a_manager_is_offered_it_on_the_row(client, manager, ended):
    link = row(client.get(list_of(ended)), ended).select_one(f"#reopen-{ended.pk}")

    assert link["href"] == url("reopen_test", ended)
    assert words(link) == "Rouvrir le test : DURAND Simon"


def test_a_member_is_not_offered_it(client, ended):
    client.force_login(MembershipFactory(centre=ended.session.centre, role=Role.MEMBER).user)

    assert url("reopen_test", ended) not in client.get(list_of(ended)).text


def test_the_other_rows_do_not_offer_it(client, manager, ended):
    running = situations.started(session=ended.session).candidate

    assert url("reopen_test", running) not in client.get(list_of(ended)).text


def test_a_finalised_session_does_not_offer_it(client, manager, ended):
    situations.give_reason(Attempt.objects.get())
    situations.finalised(ended.session)

    assert url("reopen_test", ended) not in client.get(list_of(ended)).text


def test_it_is_asked_by_name_with_the_end_of_the_time(client, manager, ended):
    asked = client.get(url("reopen_test", ended), **HTMX)

    deadline = timezone.localtime(Attempt.objects.get().deadline, ended.session.zone)
    text = words(element(asked, "dialog"))
    assert "Rouvrir le test de DURAND Simon ?" in text
    assert "par Paul ÉLUARD" in text
    assert f"Son temps se termine toujours à {deadline.hour} h {deadline:%M}" in text


def test_it_says_that_the_time_is_over(client, manager, ended):
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        asked = client.get(url("reopen_test", ended))

    assert "le surveillant doit lui ajouter du temps" in words(element(asked, "main"))


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_reopening_comes_back_to_the_list(client, manager, ended, headers):
    response = post(client, ended, **headers)

    assert (response.headers.get("HX-Redirect") or response.url) == list_of(ended)
    assert is_running()
    assert "Le test de DURAND Simon est rouvert." in client.get(list_of(ended)).text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_a_reason_is_needed(client, manager, ended, headers):
    response = post(client, ended, why=" ", **headers)

    assert response.status_code == 422
    assert "Dites pourquoi ce test est rouvert." in response.text
    assert not is_running()


def test_what_was_typed_is_kept_when_it_is_too_long(client, manager, ended):
    response = post(client, ended, why="x" * 301)

    assert response.status_code == 422
    assert element(response, "#id_why")["value"] == "x" * 301


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_a_second_manager_reads_that_it_goes_on_already(client, manager, ended, headers):
    post(client, ended)

    response = post(client, ended, **headers)

    assert response.status_code == 409
    assert "Seul un test terminé par un surveillant se rouvre" in response.text


def test_the_same_form_sent_again_is_no_error(client, manager, ended):
    form = {"why": "Mauvaise ligne.", "operation": uuid.uuid4()}

    answers = [client.post(url("reopen_test", ended), form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert AuditEvent.objects.filter(kind="attempt.reopened").count() == 1


def test_a_finalised_session_refuses_over_the_true_list(client, manager, ended):
    situations.give_reason(Attempt.objects.get())
    situations.finalised(ended.session)

    asked, sent = client.get(url("reopen_test", ended)), post(client, ended)

    assert (asked.status_code, sent.status_code) == (409, 409)
    assert "Terminé par le surveillant" in words(row(sent, ended))


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_member_reopens_nothing(client, ended, method):
    client.force_login(MembershipFactory(centre=ended.session.centre, role=Role.MEMBER).user)

    assert getattr(client, method)(url("reopen_test", ended)).status_code == 404
    assert not is_running()


def test_the_invigilator_who_ended_it_does_not_reopen_it(client, ended):
    client.force_login(situations.invigilator_of(ended.session))

    assert post(client, ended).status_code == 404


def test_the_invigilator_authorises_the_resume_on_the_board(client, manager, ended):
    post(client, ended)
    client.force_login(situations.invigilator_of(ended.session))

    actions.authorise_resume(ended, by=UserFactory())

    assert "Reprise autorisée" in words(row(client.get(url("board", ended.session)), ended))
