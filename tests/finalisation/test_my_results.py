import pytest
from django.urls import reverse
from django.utils import timezone

from finalisation import actions
from finalisation.models import Certificate, Certification
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.finalisation.pages import words

pytestmark = pytest.mark.django_db
URL = "results:my_results"


@pytest.fixture
def me(client):
    user = UserFactory()
    client.force_login(user)
    return user


def row_of(me, session=None):
    return CandidateFactory(
        session=session or ExamSessionFactory(), user=me, linked_at=timezone.now()
    )


def finalised(attempt):
    return actions.finalise(attempt.candidate.session, by=UserFactory())


def published(attempt):
    return actions.publish(finalised(attempt), by=UserFactory(officer=True))


def read(client, soup):
    return words(soup(client.get(reverse(URL)), "main"))


def test_a_published_certification_is_shown_by_area(client, soup, bank, me):
    attempt = situations.finished(row_of(me))
    published(attempt)

    page = read(client, soup)

    assert "Certification obtenue" in page
    assert str(attempt.certification_number) in page
    assert "Réponses justes : 100 %" in page
    assert "Information et données 100 %" in page


def test_results_published_before_there_were_certificates_are_read_without_one(
    client, soup, bank, me
):
    published(situations.finished(row_of(me)))
    Certificate.objects.all().delete()

    page = read(client, soup)

    assert "Certification obtenue" in page
    assert "code de vérification" not in page


def test_a_rejected_certification_is_said_so(client, soup, bank, me):
    published(situations.answer_all(situations.started(row_of(me)), value=[0]))

    assert "Certification non obtenue" in read(client, soup)


def test_a_cancelled_certification_says_why_and_gives_no_figure(client, soup, bank, me):
    attempt = situations.ended(row_of(me))
    situations.give_reason(attempt, "technical")
    published(attempt)

    page = read(client, soup)

    assert "Certification annulée" in page
    assert "Trop de questions ont dû être neutralisées" in page
    assert "Réponses justes" not in page


@pytest.mark.parametrize("state", ["open", "finalised", "unpublished"])
def test_nothing_of_a_result_that_is_not_published_leaks(client, soup, bank, me, state):
    attempt = situations.finished(row_of(me))
    moves = {
        "open": lambda: None,
        "finalised": lambda: finalised(attempt),
        "unpublished": lambda: actions.unpublish(published(attempt), why="erreur", by=me),
    }
    moves[state]()

    response = client.get(reverse(URL))

    page = words(soup(response, "main"))
    assert "Résultats en cours de traitement par Pix" in page
    assert "obtenue" not in page
    assert "%" not in page
    assert [result.certification for result in response.context["results"]] == [None]


def test_others_results_are_not_mine(client, soup, bank, me):
    published(situations.finished())

    assert "Aucune certification" in read(client, soup)
    assert Certification.objects.exists()


def test_an_absent_candidate_has_no_certification(client, soup, bank, me):
    session = situations.published()
    row_of(me, session)

    assert "Aucune certification" in read(client, soup)


@pytest.mark.parametrize("rows", [1, 5])
def test_the_page_takes_the_same_queries_whatever_the_number(
    client, bank, me, django_assert_num_queries, rows
):
    for session in ExamSessionFactory.create_batch(rows):
        situations.give_reason(situations.ended(row_of(me, session)))
        actions.publish(actions.finalise(session, by=me), by=me)

    with django_assert_num_queries(4):
        response = client.get(reverse(URL))

    assert len(response.context["results"]) == rows


def test_the_card_says_in_whose_name_the_test_was_sat(client, soup, bank, me):
    row = row_of(me)
    situations.finished(row)

    assert f"Au nom de {row.birth_name.upper()} {row.first_name}" in read(client, soup)


def test_the_page_leads_to_the_next_certification(client, soup, me):
    link = soup(client.get(reverse(URL)), "main .actions a")

    assert link["href"] == reverse("exam:join")
