"""The room's clock on the board: the ends announced, the script of the last minutes, the overrun."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from exam import actions as exam_actions
from exam.enums import GrantReason
from invigilation import actions
from tests import situations
from tests.factories import CandidateFactory, UserFactory
from tests.invigilation.pages import element, row, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(client, session, invigilator):
    return lambda: client.get(url("board", session))


@pytest.fixture
def morning():
    with time_machine.travel("2026-12-14 08:02:00+00:00", tick=False) as traveller:
        yield traveller


def later(minutes):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def grant(attempt, minutes):
    exam_actions.grant_minutes(
        attempt.candidate.session,
        [attempt.candidate_id],
        minutes=minutes,
        reason=GrantReason.ROOM,
        by=UserFactory(),
    )


def ends(page):
    return [words(fact) for fact in element(page, ".board-sub").select("p:last-child > span")]


def scripts(page):
    return element(page, "#board-head").select(".script")


def test_a_room_where_all_end_together_has_one_end(morning, board, session, bank):
    situations.started(session=session)
    situations.started(session=session)

    assert ends(board()) == ["Fin de salle 10 h 47 pour 2 candidats"]


def test_who_has_extra_time_ends_apart(morning, board, session, bank):
    situations.started(session=session)
    situations.started(session=session, extra_time_percent=33)

    assert ends(board()) == [
        "Fin de salle 10 h 47 pour 1 candidat",
        "11 h 21 pour 1 candidat à temps majoré",
    ]


def test_who_got_minutes_ends_apart(morning, board, session, bank):
    situations.started(session=session)
    grant(situations.started(session=session), 10)

    assert ends(board())[1:] == ["10 h 57 pour 1 candidat avec du temps ajouté"]


def test_a_start_one_minute_after_the_code_ends_at_its_own_minute(morning, board, session, bank):
    actions.note_code_given(session, by=UserFactory())
    with later(1):
        attempt = situations.started(session=session)

    page = board()

    assert ends(page) == ["Fin de salle 10 h 47", "10 h 48 pour 1 candidat"]
    assert "début 9 h 03 fin 10 h 48" in words(row(page, attempt.candidate))


def test_seconds_after_the_room_are_its_minute_as_on_the_row(morning, board, session, bank):
    actions.note_code_given(session, by=UserFactory())
    with later(0.9):
        attempt = situations.started(session=session)

    page = board()

    assert ends(page) == ["Fin de salle 10 h 47 pour 1 candidat"]
    assert "début 9 h 02 fin 10 h 47" in words(row(page, attempt.candidate))


def test_more_than_two_own_ends_are_told_by_the_first_the_last_and_how_many(
    morning, board, session, bank
):
    situations.started(session=session)
    for minutes in (1, 2, 40):
        with later(minutes):
            situations.started(session=session)

    assert ends(board()) == [
        "Fin de salle 10 h 47 pour 1 candidat",
        "fins personnelles de 10 h 48 à 11 h 27 (3 candidats)",
    ]


def test_the_end_of_a_test_that_is_over_is_told_no_more(morning, board, session, bank):
    situations.started(session=session)
    situations.finished(session=session, extra_time_percent=33)

    assert ends(board()) == ["Fin de salle 10 h 47 pour 1 candidat"]


@pytest.mark.parametrize(
    ("minutes", "told"), [(105, "Fin de salle"), (106, "Fin de salle passée, à")]
)
def test_an_end_that_is_over_is_told_as_past(morning, board, session, bank, minutes, told):
    situations.started(session=session)

    with later(minutes):
        assert ends(board()) == [f"{told} 10 h 47 pour 1 candidat"]


def test_when_all_got_minutes_the_end_announced_stays_and_theirs_is_told(
    morning, board, session, bank
):
    for _ in range(2):
        grant(situations.started(session=session), 10)

    assert ends(board()) == [
        "Fin de salle 10 h 47",
        "10 h 57 pour 2 candidats avec du temps ajouté",
    ]


def test_who_may_still_start_is_not_counted(morning, board, session, bank):
    situations.finished(session=session)
    situations.present(CandidateFactory(session=session))

    assert ends(board()) == ["Fin de salle 10 h 47"]


def test_once_everybody_has_finished_no_end_is_announced(board, session, bank):
    situations.finished(session=session)
    situations.ended(session=session, extra_time_percent=33)
    CandidateFactory(session=session)

    assert ends(board()) == ["Tous les tests commencés sont terminés"]


def test_before_the_code_and_the_first_start_the_room_has_no_end(board, session, bank):
    situations.present(CandidateFactory(session=session))

    assert ends(board()) == []


def test_the_code_given_starts_the_clock_before_anybody_starts(morning, board, session):
    actions.note_code_given(session, by=UserFactory())

    assert ends(board()) == ["Fin de salle 10 h 47"]


def test_a_code_given_the_day_before_starts_no_clock(morning, board, session, bank):
    with later(-24 * 60):
        actions.note_code_given(session, by=UserFactory())

    assert ends(board()) == []

    situations.started(session=session)
    assert ends(board()) == ["Fin de salle 10 h 47 pour 1 candidat"]


def test_the_code_given_counts_rather_than_the_first_start(morning, board, session, bank):
    actions.note_code_given(session, by=UserFactory())
    with later(2):
        situations.started(session=session)

    assert ends(board())[0] == "Fin de salle 10 h 47"


def test_the_own_end_of_a_candidate_is_from_his_own_start(morning, board, session, bank):
    actions.note_code_given(session, by=UserFactory())
    with later(2):
        attempt = situations.started(session=session)

    assert "début 9 h 04 fin 10 h 49" in words(row(board(), attempt.candidate))


def test_a_phone_has_the_own_end_in_a_word(morning, board, session, bank):
    attempt = situations.started(session=session)

    assert words(row(board(), attempt.candidate).select_one(".own-end")) == "fin 10 h 47"


def test_a_row_says_what_was_added_to_its_end(morning, board, session, bank):
    attempt = situations.started(session=session)
    grant(attempt, 10)

    found = row(board(), attempt.candidate)

    assert "fin 10 h 57" in words(found.select_one(".sub"))
    assert words(found.select_one(".who .extra-time")) == "+ 10 min ajoutées"


def test_minutes_added_before_the_start_are_shown(board, session, bank):
    candidate = situations.present(CandidateFactory(session=session, joined=True))
    grant(candidate.attempt, 10)

    assert words(row(board(), candidate).select_one(".who .extra-time")) == "+ 10 min ajoutées"


def test_the_script_is_hidden_until_five_minutes_before_the_end(morning, board, session, bank):
    situations.started(session=session)

    with later(99):
        (script,) = scripts(board())
    assert script.has_attr("hidden")


def test_five_minutes_before_the_end_the_page_gives_the_script(morning, board, session, bank):
    situations.started(session=session)

    with later(100):
        (script,) = scripts(board())
    assert not script.has_attr("hidden")
    assert words(script.select_one("strong")) == "Fin de salle à 10 h 47"
    assert "“Je passe” jusqu’à l’écran de fin" in words(script)


def test_a_personal_end_has_its_own_script_by_name(morning, board, session, bank):
    situations.started(session=session)
    situations.started(
        CandidateFactory(
            session=session,
            birth_name="Durand",
            first_name="Simon",
            joined=True,
            extra_time_percent=33,
        )
    )

    with later(134):
        (script,) = scripts(board())
    assert words(script.select_one("strong")) == "Fin à 11 h 21 : DURAND Simon"


def test_own_ends_just_after_the_room_are_said_with_it(morning, board, session, bank):
    actions.note_code_given(session, by=UserFactory())
    for minutes in (1, 2):
        with later(minutes):
            situations.started(session=session)

    with later(106):
        (script,) = scripts(board())
    assert not script.has_attr("hidden")
    assert words(script.select_one("strong")) == (
        "Fin de salle à 10 h 47, fins personnelles jusqu’à 10 h 49"
    )


def test_own_ends_within_a_few_minutes_are_said_together(morning, board, session, bank):
    situations.started(session=session)
    for minutes, name in ((20, "Durand"), (22, "Finot")):
        with later(minutes):
            situations.started(
                CandidateFactory(session=session, birth_name=name, first_name="Simon", joined=True)
            )

    with later(121):
        (script,) = scripts(board())
    assert words(script.select_one("strong")) == (
        "Fin entre 11 h 07 et 11 h 09 : DURAND Simon, FINOT Simon"
    )


def test_an_end_where_nobody_works_any_more_has_no_script(morning, board, session, bank):
    situations.finished(session=session)
    situations.present(CandidateFactory(session=session))

    assert scripts(board()) == []


def test_the_overrun_is_counted_by_own_ends(morning, board, session, bank):
    situations.started(session=session)
    situations.started(session=session)
    situations.started(session=session, extra_time_percent=33)

    with later(106):
        found = element(board(), "#overdue")
    assert not found.has_attr("hidden")
    assert words(found) == "Terminer les 2 tests au temps dépassé"


def test_without_overrun_nothing_is_proposed(morning, board, session, bank):
    situations.started(session=session)

    assert element(board(), "#overdue").has_attr("hidden")
