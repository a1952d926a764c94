import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from certif.accounts.models import Role
from certif.audit.models import AuditEvent
from exam import actions as exam_actions
from exam.enums import AttemptState, Right
from exam.models import Attempt
from invigilation import actions
from sessions.models import Candidate
from tests import situations
from tests.factories import CandidateFactory, MembershipFactory, UserFactory
from tests.invigilation.pages import HTMX, element, normal, row, url, words

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SAID = "[hx-swap-oob='innerHTML:#status']"
REFUSED = "[hx-swap-oob='innerHTML:#alert']"


def person(session):
    return CandidateFactory(session=session, birth_name="Durand", first_name="Simon", joined=True)


def absent(session):
    return person(session)


def running(session):
    return situations.started(person(session)).candidate


def asking(session):
    candidate = running(session)
    exam_actions.ask_to_resume(candidate, by=candidate.user)
    return candidate


def authorised(session):
    candidate = running(session)
    actions.authorise_resume(candidate, by=UserFactory())
    return candidate


def finished(session):
    return situations.finished(person(session)).candidate


def seen(session):
    candidate = finished(session)
    actions.note_end_screen(candidate, seen=True, by=UserFactory())
    return candidate


MOVES = [
    pytest.param(
        "resume_authorise",
        {},
        running,
        "La reprise du test de DURAND Simon est autorisée.",
        "Reprise autorisée",
        id="authorise",
    ),
    pytest.param(
        "resume_authorise",
        {},
        asking,
        "La reprise du test de DURAND Simon est autorisée.",
        "Reprise autorisée",
        id="authorise who asks",
    ),
    pytest.param(
        "resume_refuse",
        {},
        asking,
        "La reprise du test de DURAND Simon est refusée.",
        "En cours",
        id="refuse",
    ),
    pytest.param(
        "resume_cancel",
        {},
        authorised,
        "L’autorisation de reprise de DURAND Simon est annulée.",
        "En cours",
        id="cancel",
    ),
    pytest.param(
        "end_test",
        {},
        running,
        "Le test de DURAND Simon est terminé.",
        "Terminé par le surveillant",
        id="end",
    ),
    pytest.param(
        "unlink",
        {},
        absent,
        "Le compte rattaché à DURAND Simon est délié.",
        "Absent",
        id="unlink",
    ),
]


@pytest.mark.parametrize(("name", "data", "situation", "sentence", "badge"), MOVES)
def test_a_move_is_done_said_and_shown(
    client, session, invigilator, bank, name, data, situation, sentence, badge
):
    candidate = situation(session)

    response = client.post(url(name, candidate), data, **HTMX)

    assert response.status_code == 200
    assert words(element(response, SAID)) == sentence
    assert words(row(response, candidate).select_one(".badge")) == badge
    assert normal(row(response, candidate)) == normal(
        row(client.get(url("board", session)), candidate)
    )


@pytest.mark.parametrize(("name", "data", "situation", "sentence", "badge"), MOVES)
def test_a_retry_of_a_move_is_the_same_and_recorded_once(
    client, session, invigilator, bank, name, data, situation, sentence, badge
):
    candidate = situation(session)
    operation = str(uuid.uuid4())
    first = client.post(url(name, candidate), {**data, "operation": operation}, **HTMX)
    lines = AuditEvent.objects.count()

    again = client.post(url(name, candidate), {**data, "operation": operation}, **HTMX)

    assert again.status_code == 200
    assert normal(row(again, candidate)) == normal(row(first, candidate))
    assert AuditEvent.objects.count() == lines


@pytest.mark.parametrize(("name", "data", "situation", "sentence", "badge"), MOVES)
def test_a_confirmation_names_the_person_and_writes_nothing(
    client, session, invigilator, bank, name, data, situation, sentence, badge
):
    candidate = situation(session)
    lines = AuditEvent.objects.count()

    response = client.get(url(name, candidate, **data), **HTMX)

    assert "DURAND Simon" in words(element(response, "dialog[aria-labelledby=dialog-title]"))
    assert element(response, "dialog form")["action"] == url(name, candidate)
    assert AuditEvent.objects.count() == lines


@pytest.mark.parametrize(("name", "data", "situation", "sentence", "badge"), MOVES)
def test_without_javascript_a_move_has_its_page_and_comes_back(
    client, session, invigilator, bank, name, data, situation, sentence, badge
):
    candidate = situation(session)
    page = client.get(url(name, candidate, **data))

    response = client.post(url(name, candidate), data, follow=True)

    assert "DURAND Simon" in words(element(page, "main"))
    assert response.redirect_chain == [(url("board", session), 302)]
    assert sentence in words(element(response, ".messages"))


@pytest.mark.parametrize("name", ["resume_authorise", "resume_refuse", "resume_cancel"])
def test_no_resume_is_answered_for_a_test_that_is_over(client, session, invigilator, bank, name):
    candidate = finished(session)

    response = client.post(url(name, candidate), **HTMX)

    assert response.status_code == 409
    assert words(row(response, candidate).select_one(".badge")) == "Terminé"
    assert "Ce test n’est pas en cours" in words(element(response, REFUSED))


def test_ending_a_finished_test_changes_nothing(client, session, invigilator, bank):
    candidate = finished(session)

    response = client.post(url("end_test", candidate), **HTMX)

    assert response.status_code == 200
    assert words(row(response, candidate).select_one(".badge")) == "Terminé"


def test_no_test_is_ended_before_it_has_started(client, session, invigilator):
    candidate = absent(session)

    response = client.post(url("end_test", candidate), **HTMX)

    assert response.status_code == 409
    assert words(row(response, candidate).select_one(".badge")) == "Absent"


@pytest.mark.parametrize(
    ("situation", "sent", "pressed", "said"),
    [(finished, "1", "true", "noté vu"), (seen, "0", "false", "noté non vu")],
    ids=["seen", "not seen"],
)
def test_an_end_screen_is_noted_by_one_touch_that_may_be_taken_back(
    client, session, invigilator, bank, situation, sent, pressed, said
):
    candidate = situation(session)

    response = client.post(url("end_screen", candidate), {"seen": sent}, **HTMX)

    told, found = element(response, SAID), row(response, candidate)
    assert words(told).startswith(f"L’écran de fin du test de DURAND Simon est {said}.")
    assert found.select_one(".tick")["aria-pressed"] == pressed
    assert normal(found) == normal(row(client.get(url("board", session)), candidate))
    assert told.select_one("form")["action"] == url("end_screen", candidate)
    assert told.select_one("[name=seen]")["value"] == str(1 - int(sent))


def test_an_end_screen_is_noted_without_javascript(client, session, invigilator, bank):
    candidate = finished(session)

    response = client.post(url("end_screen", candidate), {"seen": "1"}, follow=True)

    assert response.redirect_chain == [(url("board", session), 302)]
    assert "est noté vu" in words(element(response, ".messages"))


@pytest.mark.parametrize("seen", ["", "2", "true"])
def test_an_end_screen_is_seen_or_not_seen(client, session, invigilator, bank, seen):
    assert client.post(url("end_screen", finished(session)), {"seen": seen}).status_code == 400


def test_an_end_screen_that_was_not_shown_cannot_be_seen(client, session, invigilator, bank):
    candidate = running(session)

    response = client.post(url("end_screen", candidate), {"seen": "1"}, **HTMX)

    assert response.status_code == 409
    assert words(row(response, candidate).select_one(".badge")) == "En cours"


def test_no_account_is_unlinked_after_the_start(client, session, invigilator, bank):
    candidate = running(session)

    response = client.post(url("unlink", candidate), **HTMX)

    assert response.status_code == 409
    assert Candidate.objects.get(pk=candidate.pk).user == candidate.user


def test_unlinking_withdraws_the_presence_and_the_right_to_start(
    client, session, invigilator, bank
):
    candidate = situations.present(absent(session))

    response = client.post(url("unlink", candidate), **HTMX)

    assert row(response, candidate)["data-situation"] == "absent"
    assert Attempt.objects.get(candidate=candidate).right == Right.NONE


def test_nothing_moves_in_a_finalised_session(client, session, invigilator, bank):
    candidate = finished(session)
    situations.finalised(session)

    response = client.post(url("end_screen", candidate), {"seen": "1"}, **HTMX)

    assert response.status_code == 409
    assert "Cette session est finalisée" in words(element(response, REFUSED))
    assert not row(response, candidate).select(".menu")


@pytest.mark.parametrize("role", Role.values)
def test_a_member_of_the_centre_unlinks_an_account_from_the_list(client, session, role):
    candidate = absent(session)
    client.force_login(MembershipFactory(centre=session.centre, role=role).user)

    asked = client.get(url("unlink", candidate))
    response = client.post(url("unlink", candidate))

    assert "Délier le compte rattaché à DURAND Simon" in words(element(asked, "main"))
    assert response.url == reverse("sessions:candidate_list", args=[session.pk])
    assert not Candidate.objects.get(pk=candidate.pk).has_joined


@pytest.mark.parametrize(
    "name",
    ["resume_authorise", "resume_refuse", "resume_cancel", "end_test", "end_screen", "report"],
)
def test_a_member_who_does_not_watch_the_session_moves_nothing(client, session, name):
    candidate = absent(session)
    client.force_login(MembershipFactory(centre=session.centre).user)

    assert client.post(url(name, candidate)).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "name",
    ["resume_authorise", "resume_refuse", "resume_cancel", "end_test", "report", "unlink"],
)
def test_another_session_is_not_found(client, session, invigilator, name, method):
    stranger = CandidateFactory(joined=True)
    MembershipFactory(centre=stranger.session.centre)

    assert getattr(client, method)(url(name, stranger)).status_code == 404
    assert Candidate.objects.get(pk=stranger.pk).has_joined


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_a_member_reads_why_an_account_is_not_unlinked(client, session, bank, headers):
    candidate = running(session)
    client.force_login(MembershipFactory(centre=session.centre).user)

    response = client.post(url("unlink", candidate), **headers)

    assert response.status_code == 409
    assert "Le test de ce candidat a commencé" in response.text
    assert reverse("sessions:candidate_list", args=[session.pk]) in response.text
    assert Candidate.objects.get(pk=candidate.pk).has_joined


def test_without_javascript_the_member_reads_it_over_the_true_list(client, session, bank):
    candidate = running(session)
    client.force_login(MembershipFactory(centre=session.centre).user)

    response = client.post(url("unlink", candidate))

    assert "En cours" in words(row(response, candidate))


def test_a_member_of_another_centre_unlinks_nobody(client, session):
    candidate = absent(session)
    client.force_login(MembershipFactory().user)

    assert client.post(url("unlink", candidate)).status_code == 404


def test_the_state_of_a_test_ended_on_the_board(client, session, invigilator, bank):
    candidate = running(session)

    client.post(url("end_test", candidate), **HTMX)

    attempt = Attempt.objects.get(candidate=candidate)
    assert (attempt.state, attempt.ended_by) == (AttemptState.ENDED, invigilator)


def test_ending_a_test_tells_the_problem_that_waits(client, session, invigilator, bank):
    attempt = situations.started(person(session))
    raised = {"number": 1, "text": "L’image est grise", "seat_key": attempt.seat_key}
    exam_actions.raise_problem(attempt, by=attempt.candidate.user, **raised)

    asked = client.get(url("end_test", attempt.candidate), **HTMX)

    assert "Son signalement sur la question 1 attend une réponse" in words(
        element(asked, ".banner")
    )


def test_ending_a_test_tells_the_demand_to_resume(client, session, invigilator, bank):
    asked = client.get(url("end_test", asking(session)), **HTMX)

    assert "Une demande de reprise attend une réponse" in words(element(asked, ".banner"))


def test_ending_a_test_that_waits_for_nothing_warns_of_nothing(client, session, invigilator, bank):
    asked = client.get(url("end_test", running(session)), **HTMX)

    assert not element(asked, "dialog").select(".banner")


@pytest.mark.parametrize(
    ("ends_in", "left"), [(42 * MINUTE, "reste 42 min"), (-3 * MINUTE, "dépassé de 3 min")]
)
def test_the_end_of_a_test_is_asked_with_the_birth_date_the_question_and_the_time(
    client, session, bank, invigilator, ends_in, left
):
    candidate = running(session)
    attempt = candidate.attempt
    moved = attempt.started_at + ends_in - (attempt.deadline - timezone.now())
    Attempt.objects.filter(pk=attempt.pk).update(started_at=moved)

    asked = element(client.get(url("end_test", candidate), **HTMX), "dialog")

    born = f"{candidate.birth_date:%d/%m/%Y}"
    assert f"DURAND Simon ? {born} · q. 1/48, {left}" in words(asked)
