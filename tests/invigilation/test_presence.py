import uuid

import pytest
from django.test import Client

from certif.audit.models import AuditEvent
from exam.models import Attempt
from sessions.models import Candidate
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, days_ago
from tests.invigilation.pages import HTMX, element, normal, row, url, words

pytestmark = pytest.mark.django_db
TOKEN = "[name=csrfmiddlewaretoken]"
# Within the test's own transaction, that of an action is a savepoint and its release.
TRANSACTION = 2


@pytest.fixture
def candidate(session, invigilator, bank):
    return CandidateFactory(session=session, birth_name="Durand", first_name="Simon")


def set_presence(client, candidate, present, **data):
    return client.post(url("presence", candidate), {"present": present, **data}, **HTMX)


def test_a_tick_is_said_and_shown(client, candidate):
    response = set_presence(client, candidate, "1")

    assert response.status_code == 200
    assert row(response, candidate)["data-situation"] == "present"
    assert "La présence de DURAND Simon est notée." in words(
        element(response, "[hx-swap-oob='innerHTML:#status']")
    )


def test_the_row_sent_is_the_row_of_a_fresh_page(client, candidate):
    response = set_presence(client, candidate, "1")
    fresh = client.get(url("board", candidate.session))

    assert normal(row(response, candidate)) == normal(row(fresh, candidate))


def test_the_answer_tells_from_which_version_on_the_page_may_have_missed_something(
    client, candidate, session
):
    before = session.version

    response = set_presence(client, candidate, "1")

    assert response["X-Board-Version"] == str(before)


def test_ticking_twice_changes_and_records_nothing(client, candidate):
    set_presence(client, candidate, "1")
    response = set_presence(client, candidate, "1")

    assert response.status_code == 200
    assert row(response, candidate)["data-situation"] == "present"
    assert AuditEvent.objects.filter(kind="presence.present").count() == 1


def test_an_untick_offers_to_undo_it(client, candidate):
    situations.present(candidate)

    response = set_presence(client, candidate, "0")

    said = element(response, "[hx-swap-oob='innerHTML:#status']")
    assert row(response, candidate)["data-situation"] == "absent"
    assert "La présence de DURAND Simon est retirée." in words(said)
    assert said.select_one("form")["action"] == url("presence", candidate)
    assert said.select_one("[name=present]")["value"] == "1"


def test_a_tick_offers_to_undo_it(client, candidate):
    said = element(set_presence(client, candidate, "1"), "[hx-swap-oob='innerHTML:#status']")

    assert said.select_one("form")["action"] == url("presence", candidate)
    assert said.select_one("[name=present]")["value"] == "0"
    assert words(said.select_one("button")) == "Annuler"


def test_a_tick_repeated_after_the_start_offers_nothing_to_undo(client, candidate):
    started = situations.started(CandidateFactory(session=candidate.session, joined=True)).candidate

    said = element(set_presence(client, started, "1"), "[hx-swap-oob='innerHTML:#status']")

    assert not said.select("form")


def test_a_late_retry_of_a_tick_does_not_tick_again(client, candidate):
    operation = str(uuid.uuid4())
    set_presence(client, candidate, "1", operation=operation)
    set_presence(client, candidate, "0", operation=str(uuid.uuid4()))

    response = set_presence(client, candidate, "1", operation=operation)

    assert response.status_code == 200
    assert row(response, candidate)["data-situation"] == "absent"
    assert not Candidate.objects.get(pk=candidate.pk).is_present


def test_an_operation_sent_with_another_body_is_refused(client, candidate):
    operation = str(uuid.uuid4())
    set_presence(client, candidate, "1", operation=operation)

    response = set_presence(client, candidate, "0", operation=operation)

    assert response.status_code == 422
    assert row(response, candidate)["data-situation"] == "present"


def test_an_untick_after_the_start_shows_the_true_row(client, candidate):
    situations.started(CandidateFactory(session=candidate.session, joined=True))
    started = Attempt.objects.get(started_at__isnull=False).candidate

    response = set_presence(client, started, "0")

    assert response.status_code == 409
    assert words(row(response, started).select_one(".badge")) == "En cours"
    assert "Le test a déjà commencé" in words(element(response, "[hx-swap-oob='innerHTML:#alert']"))


def test_a_tick_on_a_finalised_session_shows_the_true_row(client, candidate):
    situations.finished(session=candidate.session)
    situations.finalised(candidate.session)

    response = set_presence(client, candidate, "1")

    assert response.status_code == 409
    assert not row(response, candidate).select(".tick")


@pytest.mark.parametrize("present", ["", "2", "true"])
def test_anything_but_present_or_absent_is_no_request(client, candidate, present):
    assert set_presence(client, candidate, present).status_code == 400


def test_without_javascript_the_board_comes_back_with_the_sentence(client, candidate):
    response = client.post(url("presence", candidate), {"present": "1"}, follow=True)

    assert response.redirect_chain == [(url("board", candidate.session), 302)]
    assert "La présence de DURAND Simon est notée." in words(element(response, ".messages"))


def test_without_javascript_a_refusal_is_the_true_board(client, candidate):
    situations.finished(session=candidate.session)
    situations.finalised(candidate.session)

    response = client.post(url("presence", candidate), {"present": "1"})

    assert response.status_code == 409
    assert "Cette session est finalisée" in words(element(response, ".messages"))
    assert row(response, candidate)["data-situation"] == "absent"


def test_the_token_of_the_page_is_asked(candidate, invigilator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(invigilator)

    response = client.post(url("presence", candidate), {"present": "1"}, **HTMX)

    assert response["HX-Refresh"] == "true"
    assert not Candidate.objects.get(pk=candidate.pk).is_present


def test_the_token_of_the_row_sent_serves_again(candidate, invigilator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(invigilator)
    token = row(client.get(url("board", candidate.session)), candidate).select_one(TOKEN)["value"]

    ticked = set_presence(client, candidate, "1", csrfmiddlewaretoken=token)
    again = row(ticked, candidate).select_one(TOKEN)["value"]
    response = set_presence(client, candidate, "0", csrfmiddlewaretoken=again)

    assert response.status_code == 200
    assert not Candidate.objects.get(pk=candidate.pk).is_present


@pytest.mark.parametrize("room", [1, 25])
def test_a_tick_asks_as_little_in_a_room_of_any_size(
    client, candidate, room, django_assert_num_queries
):
    """Three reads of the right, six statements in a transaction, the names of the room."""
    CandidateFactory.create_batch(room - 1, session=candidate.session)

    with django_assert_num_queries(3 + TRANSACTION + 6 + 1):
        set_presence(client, candidate, "1", operation=str(uuid.uuid4()))


def test_a_tick_given_again_draws_no_test(client, candidate, django_assert_num_queries):
    set_presence(client, candidate, "1")
    set_presence(client, candidate, "0")

    with django_assert_num_queries(3 + TRANSACTION + 4 + 1):
        set_presence(client, candidate, "1", operation=str(uuid.uuid4()))


def test_a_candidate_of_another_session_is_not_found(client, session, candidate):
    stranger = CandidateFactory()
    mixed = url("presence", candidate).replace(f"/{candidate.pk}/", f"/{stranger.pk}/")

    assert client.post(mixed, {"present": "1"}).status_code == 404
    assert set_presence(client, stranger, "1").status_code == 404


@pytest.fixture
def yesterday(client, bank):
    session = ExamSessionFactory(date=days_ago(1))
    client.force_login(situations.invigilator_of(session))
    return CandidateFactory(session=session)


def test_the_first_tick_of_another_day_asks_first(client, yesterday):
    response = set_presence(client, yesterday, "1")

    assert response.status_code == 409
    assert response["HX-Retarget"] == "#dialog"
    assert "Cette session est prévue le" in words(element(response, "dialog"))
    assert element(response, "dialog form")["action"] == url("confirm_day", yesterday.session)
    assert not Candidate.objects.get(pk=yesterday.pk).is_present


def test_continuing_ticks_and_asks_no_more(client, yesterday):
    other = CandidateFactory(session=yesterday.session)

    response = client.post(
        url("confirm_day", yesterday.session),
        {"candidate": yesterday.pk, "operation": str(uuid.uuid4())},
        **HTMX,
    )

    assert row(response, yesterday)["data-situation"] == "present"
    assert set_presence(client, other, "1").status_code == 200
    assert AuditEvent.objects.filter(kind="day.confirmed").count() == 1


@pytest.mark.parametrize("typed", ["", "9" * 5000, "²", "1; 2"])
def test_continuing_for_nobody_is_no_request(client, yesterday, soup, typed):
    response = client.post(url("confirm_day", yesterday.session), {"candidate": typed})

    assert response.status_code == 400
    assert "Demande incomprise" in words(soup(response, "h1"))


def test_continuing_after_the_finalisation_shows_the_true_row(client, yesterday):
    situations.finished(session=yesterday.session)
    situations.finalised(yesterday.session)

    response = client.post(
        url("confirm_day", yesterday.session), {"candidate": yesterday.pk}, **HTMX
    )

    assert response.status_code == 409
    assert not row(response, yesterday).select(".tick")


def test_without_javascript_another_day_is_a_page(client, yesterday):
    response = client.post(url("presence", yesterday), {"present": "1"})

    assert response.status_code == 409
    assert element(response, "main form")["action"] == url("confirm_day", yesterday.session)
