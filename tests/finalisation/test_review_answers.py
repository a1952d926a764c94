"""The answers of each candidate, folded on the page of the session and told again on his own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certif.audit.models import AuditEvent
from tests import situations
from tests.factories import ExamSessionFactory, UserFactory
from tests.finalisation.pages import HTMX, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


def address(name, *args):
    return reverse(f"admin:exam_sessions_examsession_{name}", args=args)


def test_the_page_costs_the_same_for_the_answers_of_1_and_20_candidates(client, officer):
    few, many = with_answers_of(1), with_answers_of(20)

    assert queries_of(client, few) == queries_of(client, many)


def with_answers_of(count):
    session = ExamSessionFactory()
    for _ in range(count):
        situations.answer_all(situations.started(session=session), value=[1], upto=2)
    return session


def queries_of(client, session):
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address("change", session.pk))
    assert all(row.outcomes.total() == 2 for row in response.context["rows"])
    return len(queries)


def test_the_answers_of_a_candidate_are_one_click_away_from_his_row(client, officer, soup):
    attempt = situations.started()
    for value, upto in (([1], 40), ([0], 46), (None, 48)):
        attempt = situations.answer_all(attempt, value=value, upto=upto)
    situations.finalised(attempt.candidate.session)

    page = soup(client.get(address("change", attempt.candidate.session_id)))
    folded = page.select_one(f"#reponses-{attempt.candidate_id}")

    assert not folded.has_attr("open")
    assert words(folded.summary).startswith("48 réponses")
    assert words(folded.summary).endswith("· 40 justes, 6 fausses, 2 passées")
    assert str(attempt.candidate) in words(folded.summary)
    statement = attempt.answers.get(number=42).question.statement
    assert statement not in words(page)

    unfolded = soup(client.get(folded["hx-get"], **HTMX))
    rows = unfolded.select(".answers > tbody > tr")
    assert [words(row.th) for row in rows] == [str(number) for number in range(1, 49)]
    assert statement in words(rows[41])
    assert "Fausse « La première »" in words(rows[41])


def test_the_answers_are_told_as_on_the_page_of_the_candidate(client, officer, soup):
    attempt = situations.finished()
    situations.published(attempt.candidate.session)
    session, candidate = attempt.candidate.session_id, attempt.candidate_id

    here = soup(client.get(address("candidate", session, candidate), **HTMX), ".answers")
    alone = soup(client.get(address("candidate", session, candidate)), ".answers")

    assert str(here) == str(alone)


def test_the_answers_of_a_candidate_are_read_one_by_one(client, officer, soup):
    attempt = situations.finished()
    situations.finalised(attempt.candidate.session)

    response = client.get(address("candidate", attempt.candidate.session_id, attempt.candidate_id))

    assert len(soup(response).select("main tbody tr")) == 48


def test_an_answer_is_read_even_when_the_question_lost_its_choice(client, officer, soup):
    session = situations.finalised()
    candidate = session.candidates.get()
    question = candidate.attempt.answers.get(number=1).question
    question.choices, question.answers = ["La première"], [0]
    question.save(update_fields=["choices", "answers"])

    page = soup(client.get(address("candidate", session.pk, candidate.pk)), "tbody")

    assert "proposition n° 2" in page.text


def test_to_unfold_the_answers_of_a_minor_is_to_open_his_record(client, officer, soup):
    attempt = situations.started()
    attempt = situations.answer_all(attempt, value=[1], upto=2)
    page = soup(client.get(address("change", attempt.candidate.session_id)))
    folded = page.select_one(f"#reponses-{attempt.candidate_id}")

    client.get(folded["hx-get"], **HTMX)

    event = AuditEvent.objects.get(kind="candidate.opened")
    assert (event.actor_id, event.candidate_id) == (officer.pk, attempt.candidate_id)


def test_without_a_script_the_answers_are_a_link_away(client, officer, soup):
    attempt = situations.answer_all(situations.started(), value=[1], upto=2)
    page = soup(client.get(address("change", attempt.candidate.session_id)))

    link = page.select_one(f"#reponses-{attempt.candidate_id} a")

    assert len(soup(client.get(link["href"])).select(".answers > tbody > tr")) == 2


def test_a_neutralised_answer_is_counted_apart(client, officer, soup):
    attempt = situations.answer_all(situations.started(), value=[1], upto=3)
    attempt.answers.filter(number=2).update(
        neutralised_at=timezone.now(), neutralised_why="Sans image."
    )

    page = soup(
        client.get(address("change", attempt.candidate.session_id)),
        f"#reponses-{attempt.candidate_id} summary",
    )

    assert words(page).endswith("· 2 justes, 1 neutralisée")
