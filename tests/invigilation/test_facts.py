"""Who did what about a candidate; the steps of the day."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from exam.models import Beat
from invigilation import actions
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.invigilation.pages import HTMX, element, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate(session, invigilator):
    return CandidateFactory(session=session, birth_name="Durand", first_name="Simon", joined=True)


@pytest.fixture
def marie(db):
    return UserFactory(first_name="Marie", last_name="Curie")


def history(client, candidate):
    return element(client.get(url("history", candidate), **HTMX), "dialog")


def test_a_presence_is_told_with_its_hour_and_who_noted_it(client, invigilator, marie, bank):
    with time_machine.travel(
        datetime(2026, 12, 14, 9, 2, tzinfo=ZoneInfo("Europe/Paris")), tick=False
    ):
        candidate = situations.present(CandidateFactory(joined=True), by=marie)
    client.force_login(situations.invigilator_of(candidate.session))

    assert "Présence notée à 9 h 02 par Marie CURIE." in words(history(client, candidate))


def test_a_presence_withdrawn_is_told_so(client, candidate, marie, bank):
    situations.present(candidate)
    actions.set_presence(candidate, present=False, by=marie)

    assert "par Marie CURIE." in words(history(client, candidate).select_one("p + p"))
    assert "Présence retirée à" in words(history(client, candidate))


def test_each_thing_done_is_a_line_in_its_order(client, candidate, marie, bank):
    situations.ended(candidate, by=marie)

    lines = [words(line.span) for line in history(client, candidate).select(".timeline li")]

    assert lines[-1] == "Marie CURIE a terminé le test de Simon DURAND."
    assert "a noté Simon DURAND présent." in lines[0]


def test_nothing_of_another_candidate_is_told(client, candidate, session, marie, bank):
    situations.present(CandidateFactory(session=session, birth_name="Bernier"), by=marie)

    assert words(history(client, candidate).select_one(".soft")) == "Rien n’a encore été noté."


def test_the_last_sign_of_life_of_a_running_test_is_told(client, candidate, bank):
    heard_ago(situations.started(candidate).candidate, 8)

    assert words(history(client, candidate).select_one(".soft")) == (
        "Dernier signe de vie il y a 8 s."
    )


def test_it_is_told_before_a_test_is_ended(client, candidate, bank):
    heard_ago(situations.started(candidate).candidate, 200)

    dialog = element(client.get(url("end_test", candidate), **HTMX), "dialog")
    assert "Dernier signe de vie il y a 3 min 20 s." in words(dialog)


def test_a_test_that_is_over_gives_no_sign_of_life(client, candidate, marie, bank):
    situations.ended(candidate, by=marie)

    assert "signe de vie" not in words(history(client, candidate))


def heard_ago(candidate, seconds):
    heard = timezone.now() - timedelta(seconds=seconds)
    Beat.objects.filter(attempt__candidate=candidate).update(last_seen_at=heard)


def test_the_history_costs_the_same_for_one_line_and_for_many(
    client, candidate, marie, bank, django_assert_num_queries
):
    situations.present(candidate, by=marie)
    with django_assert_num_queries(QUERIES):
        history(client, candidate)
    situations.ended(candidate, by=UserFactory())
    with django_assert_num_queries(QUERIES):
        history(client, candidate)


QUERIES = 11


def test_the_steps_of_the_day_are_one_tap_away(client, session, invigilator):
    menu = element(client.get(url("board", session)), "#room-menu")
    steps = client.get(menu.select_one("#steps")["hx-get"], **HTMX)

    assert [words(step) for step in element(steps, ".day-steps").select("h2")] == [
        "Préparer (15 minutes)",
        "Vérifier les présences",
        "Donner les consignes",
        "Donner le numéro et le code",
        "Surveiller",
        "Finir",
    ]


def test_the_history_of_another_room_is_not_found(client, candidate):
    client.force_login(situations.invigilator_of(ExamSessionFactory()))

    assert client.get(url("history", candidate)).status_code == 404
