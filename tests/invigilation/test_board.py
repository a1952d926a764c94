from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from exam import actions as exam_actions
from exam.models import Attempt, Beat
from invigilation import actions
from invigilation.models import IncidentCode, Screen
from sessions.models import Candidate
from tests import situations
from tests.factories import CandidateFactory, InvigilatorAccessFactory, UserFactory
from tests.invigilation.pages import element, names, row, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(client, session, invigilator):
    return lambda: client.get(url("board", session))


@pytest.fixture
def morning():
    with time_machine.travel("2026-12-14 08:02:00+00:00", tick=False):
        yield


@pytest.fixture
def afternoon():
    with time_machine.travel("2026-12-14 12:31:00+00:00", tick=False):
        yield


HISTORY = "Qui a fait quoi"


def menu(node):
    return [words(link) for link in node.select(".menu a")]


def silent(attempt):
    """His page stopped beating; the board is the first to look."""
    long_ago = timezone.now() - timedelta(minutes=3, seconds=5)
    Beat.objects.filter(attempt=attempt).update(last_seen_at=long_ago)


def asking_after(silence, session):
    """He asks from another page, so long after the last sign of life of the former one."""
    with time_machine.travel(timezone.now(), tick=False):
        attempt = situations.started(session=session)
        Beat.objects.filter(attempt=attempt).update(last_seen_at=timezone.now() - silence)
        exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)
    return attempt.candidate


def test_an_absent_candidate_is_ticked_by_his_whole_row(board, session):
    candidate = CandidateFactory(session=session, birth_name="Durand", first_name="Simon")

    found = row(board(), candidate)

    assert found["data-situation"] == "absent"
    assert words(found.select_one(".name")) == "DURAND Simon"
    assert words(found.select_one(".birth")) == "10/12/2012"
    assert words(found.select_one(".badge")) == "Absent"
    assert found.select_one(".tick")["aria-pressed"] == "false"
    assert found.select_one("[name=present]")["value"] == "1"
    assert menu(found) == ["Signaler un incident", "Temps majoré", HISTORY]


def test_a_present_candidate_stays_ticked_until_he_starts(board, session, bank):
    candidate = situations.present(CandidateFactory(session=session, joined=True))

    found = row(board(), candidate)

    assert found["data-situation"] == "present"
    assert words(found.select_one(".badge")) == "Présent"
    assert found.select_one(".tick")["aria-pressed"] == "true"
    assert found.select_one("[name=present]")["value"] == "0"
    assert menu(found) == [
        "Signaler un incident",
        "Temps majoré",
        HISTORY,
        "Délier le compte",
    ]


def test_a_running_test_shows_its_start_its_deadline_and_its_question(
    morning, board, session, bank
):
    attempt = situations.answer_all(situations.started(session=session), upto=22)

    found = row(board(), attempt.candidate)

    assert words(found.select_one(".badge")) == "En cours"
    assert words(found.select_one(".sub")) == "q. 23/48 début 9 h 02 fin 10 h 47 reste 1 h 45"
    assert not found.select(".tick")
    assert menu(found) == [
        "Signaler un incident",
        "Ajouter du temps",
        "Autoriser la reprise du test",
        HISTORY,
        "Terminer le test",
    ]


def test_the_deadline_counts_the_extra_time(morning, board, session, bank):
    attempt = situations.started(session=session, extra_time_percent=33)

    found = row(board(), attempt.candidate)

    assert "fin 11 h 21" in words(found.select_one(".sub"))
    assert words(found.select_one(".extra-time")) == "tiers-temps"


def test_who_has_minutes_of_his_own_reads_the_end_of_the_room_beside_his(
    morning, board, session, bank
):
    situations.started(session=session)
    attempt = situations.started(session=session, extra_time_percent=33)

    assert words(row(board(), attempt.candidate).select_one(".room-end")) == "salle 10 h 47"


def test_who_ends_with_the_room_reads_one_end(morning, board, session, bank):
    attempt = situations.started(session=session)

    assert not row(board(), attempt.candidate).select(".room-end")


def test_who_started_long_after_the_room_reads_both_ends(morning, board, session, bank):
    with time_machine.travel(timezone.now() - timedelta(minutes=6), tick=False):
        situations.started(session=session)
    late = situations.started(session=session)

    assert row(board(), late.candidate).select(".room-end")


def test_another_extra_time_is_given_in_percent(board, session):
    candidate = CandidateFactory(session=session, extra_time_percent=50)

    assert "temps majoré 50 %" in words(row(board(), candidate).select_one(".extra-time"))


def test_a_deadline_that_has_passed_says_by_how_much(board, session, bank):
    attempt = situations.started(session=session)
    Attempt.objects.update(started_at=timezone.now() - timedelta(minutes=110))

    assert "dépassé de 5 min" in words(row(board(), attempt.candidate).select_one(".left.over"))


def test_a_silent_candidate_is_running_and_disconnected(board, session, bank):
    attempt = situations.started(session=session)
    silent(attempt)

    found = row(board(), attempt.candidate)

    assert words(found.select_one(".badge.is-silent")) == "En cours, déconnecté depuis 3 min"
    assert "déconnecté" not in words(found.select_one(".sub"))
    assert found.select_one(".flag")


def test_a_silence_of_less_than_a_minute_is_not_told_in_minutes(board, session, bank):
    attempt = situations.started(session=session)
    Beat.objects.update(last_seen_at=timezone.now() - timedelta(seconds=50))

    found = row(board(), attempt.candidate)

    assert words(found.select_one(".silent-for")) == "déconnecté à l’instant"


def started_as(session, birth_name):
    return situations.started(CandidateFactory(session=session, birth_name=birth_name, joined=True))


def raises_a_problem(attempt):
    exam_actions.raise_problem(
        attempt,
        number=1,
        text="L’image manque.",
        seat_key=attempt.seat_key,
        by=attempt.candidate.user,
    )


def asks(attempt):
    exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)


def test_who_waits_for_an_answer_keeps_his_place_and_who_comes_goes_last(board, session, bank):
    zola, arago, moulin = (started_as(session, name) for name in ("Zola", "Arago", "Moulin"))
    for attempt, waits in ((zola, raises_a_problem), (moulin, asks), (arago, raises_a_problem)):
        waits(attempt)
    asks(zola)  # a second reason

    cards = element(board(), "#asks").select(".ask b")

    assert [words(name) for name in cards] == ["ZOLA", "MOULIN", "ARAGO"]


@pytest.mark.parametrize("waits", [asks, raises_a_problem, silent])
def test_whatever_a_running_row_says_its_question_its_hours_and_its_time_come_first(
    morning, board, session, bank, waits
):
    attempt = situations.started(session=session, extra_time_percent=33)
    waits(attempt)

    facts = row(board(), attempt.candidate).select(".sub > *")

    told = [words(fact) for fact in facts[:5]]
    assert told == ["q. 1/48", "début 9 h 02", "fin 11 h 21", "reste 2 h 20", "salle 10 h 47"]


def test_who_asks_to_resume_is_on_top_and_keeps_his_place(board, session, bank):
    attempt = situations.started(session=session)
    exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)
    page = board()

    found = row(page, attempt.candidate)

    assert words(found.select_one(".badge")) == "Demande à reprendre"
    assert menu(found) == [
        "Autoriser la reprise du test",
        "Refuser la reprise",
        "Ajouter du temps",
        "Signaler un incident",
        HISTORY,
        "Terminer le test",
    ]
    still_open = "sans coupure avant sa demande"
    assert f"{still_open} · q. 1/48" in words(element(page, "#asks"))
    links = element(page, "#asks").select("a:not([hidden])")
    assert [words(a).split(" :")[0] for a in links] == [
        "Autoriser",
        "Refuser",
    ]


def test_what_cannot_be_undone_stands_apart_in_the_menu(board, session, bank):
    running = situations.started(session=session).candidate
    linked = CandidateFactory(session=session, joined=True)
    page = board()

    assert "apart" in element(page, f"#end-{running.pk}")["class"]
    assert "apart" in element(page, f"#unlink-{linked.pk}")["class"]


def test_the_title_of_the_page_counts_who_asks(board, session, bank):
    for _ in range(2):
        attempt = situations.started(session=session)
        exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)

    assert words(element(board(), "title")) == f"(2) Session {session.pk} · certif"


def test_the_title_of_a_quiet_room_is_the_session(board, session):
    page = board()

    assert words(element(page, "title")) == f"Session {session.pk} · certif"
    assert "hidden" in element(page, "#asks").attrs


def test_a_page_that_was_alive_at_the_demand_is_not_said_to_be_cut(board, session, bank):
    candidate = asking_after(timedelta(seconds=9), session)

    assert "sans coupure" in words(row(board(), candidate))


def test_a_page_silent_before_the_demand_says_for_how_long(board, session, bank):
    candidate = asking_after(timedelta(minutes=3, seconds=20), session)

    assert "coupure 4 min" in words(row(board(), candidate))


def test_the_gap_is_that_of_the_demand_whatever_the_former_page_does_next(board, session, bank):
    candidate = asking_after(timedelta(minutes=3, seconds=20), session)
    Beat.objects.update(last_seen_at=timezone.now())

    assert "coupure 4 min" in words(row(board(), candidate))


def test_an_authorised_resume_says_until_when(morning, board, session, bank):
    candidate = situations.started(session=session).candidate
    actions.authorise_resume(candidate, by=UserFactory())

    found = row(board(), candidate)

    assert words(found.select_one(".badge")) == "Reprise autorisée"
    assert "jusqu’à 9 h 17" in words(found.select_one(".sub"))
    assert menu(found)[0] == "Annuler la reprise autorisée"


def authorised_long_after(session, silence=timedelta(minutes=7)):
    """His former page is silent since 8 h 55; he asked at another, and was authorised at 9 h 02."""
    candidate = asking_after(silence, session)
    actions.authorise_resume(candidate, by=UserFactory())
    return candidate


def test_who_asked_and_may_come_back_is_not_disconnected(morning, board, session, bank):
    candidate = authorised_long_after(session)

    found = row(board(), candidate)

    assert words(found.select_one(".badge")) == "Reprise autorisée"
    assert words(found.select_one(".note")) == "demandée, jusqu’à 9 h 17"


def test_a_silence_that_came_after_his_demand_is_told(morning, board, session, bank):
    candidate = authorised_long_after(session)
    Attempt.objects.update(silent_since=timezone.now() + timedelta(minutes=1))

    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        found = row(board(), candidate)

    assert words(found.select_one(".badge")) == "Reprise autorisée, déconnecté depuis 4 min"


def test_a_problem_leaves_the_silence_of_who_may_come_back_in_sight(morning, board, session, bank):
    candidate = authorised_long_after(session)
    raises_a_problem(candidate.attempt)
    Attempt.objects.update(silent_since=timezone.now() - timedelta(minutes=7))

    found = row(board(), candidate)

    assert "déconnecté depuis 7 min" in words(found.select_one(".badge"))


def test_who_did_not_ask_is_disconnected_though_he_may_come_back(morning, board, session, bank):
    with time_machine.travel(timezone.now() - timedelta(minutes=5), tick=False):
        candidate = situations.started(session=session).candidate
    actions.authorise_resume(candidate, by=UserFactory())

    found = row(board(), candidate)

    assert words(found.select_one(".badge")) == "Reprise autorisée, déconnecté depuis 5 min"
    assert words(found.select_one(".note")) == "jusqu’à 9 h 17"


def test_who_did_not_come_back_in_time_is_disconnected_again(morning, board, session, bank):
    candidate = authorised_long_after(session)

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        found = row(board(), candidate)

    assert words(found.select_one(".badge")) == "En cours, déconnecté depuis 23 min"


def refused_once(session):
    """Silent since 8 h 57; asked at 9 h 02, and refused."""
    with time_machine.travel(timezone.now() - timedelta(minutes=5), tick=False):
        candidate = situations.started(session=session).candidate
    exam_actions.ask_to_resume(candidate, by=candidate.user)
    actions.refuse_resume(candidate, by=UserFactory())
    return candidate


def test_a_silent_row_tells_that_the_resume_was_refused(morning, board, session, bank):
    candidate = refused_once(session)

    found = row(board(), candidate)

    assert words(found.select_one(".badge")).startswith("En cours, déconnecté")
    assert words(found.select_one(".note")) == "reprise refusée à 9 h 02"


def test_a_refusal_is_told_no_more_once_the_page_is_back(morning, board, session, bank):
    candidate = refused_once(session)
    exam_actions.beat(candidate.attempt, seat_key=candidate.attempt.seat_key)

    assert not row(board(), candidate).select(".note")
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        found = row(board(), candidate)
    assert words(found.select_one(".badge")).startswith("En cours, déconnecté")
    assert not found.select(".note")


def test_a_refusal_is_told_no_more_once_the_resume_was_authorised(morning, board, session, bank):
    candidate = refused_once(session)
    actions.authorise_resume(candidate, by=UserFactory())
    actions.cancel_resume(candidate, by=UserFactory())

    assert not row(board(), candidate).select(".note")


def test_an_authorisation_that_lapsed_is_shown_no_more(morning, board, session, bank):
    with time_machine.travel(timezone.now() - timedelta(minutes=16), tick=False):
        candidate = situations.started(session=session).candidate
        actions.authorise_resume(candidate, by=UserFactory())

    assert words(row(board(), candidate).select_one(".badge")).startswith("En cours")


def test_a_finished_test_says_when_its_end_screen_was_shown(afternoon, board, session, bank):
    candidate = situations.finished(session=session).candidate

    found = row(board(), candidate)

    assert words(found.select_one(".badge")) == "Terminé"
    assert words(found.select_one(".sub")) == "écran de fin à 13 h 31"
    assert words(found.select_one(".tick[aria-pressed=false]")).startswith("Écran de fin Vu : ")
    assert menu(found) == ["Signaler un incident", HISTORY]


def test_an_end_screen_that_was_seen_says_so(board, session, bank):
    candidate = situations.finished(session=session).candidate
    actions.note_end_screen(candidate, seen=True, by=UserFactory())

    found = row(board(), candidate)

    assert found.select_one(".tick")["aria-pressed"] == "true"
    assert "todo" not in found["data-situation"]


def test_once_the_session_is_finalised_an_end_screen_is_read_and_no_more_noted(
    board, session, bank
):
    candidate = situations.finished(session=session).candidate
    actions.note_end_screen(candidate, seen=True, by=UserFactory())
    situations.finished(session=session)
    situations.finalised(session)

    page = board()

    assert words(row(page, candidate).select_one(".sub")).endswith("vu")
    assert not element(page, "#rows").select(".tick")
    assert words(element(page, "#chip-todo")) == "À traiter 0"


def test_a_test_ended_by_an_invigilator(board, session, bank):
    candidate = situations.ended(session=session).candidate

    found = row(board(), candidate)

    assert words(found.select_one(".badge")) == "Terminé par le surveillant"
    assert menu(found) == ["Signaler un incident", HISTORY]


def test_reports_are_counted_on_the_row(board, session):
    candidate = CandidateFactory(session=session)
    code = IncidentCode.objects.get(code="C3")
    for text in ("Retard", "Absence"):
        actions.write_report(
            candidate, code=code, by=UserFactory(), screen=Screen.BOARD, description=text
        )

    assert words(row(board(), candidate).select_one(".reports")) == f"2 signalements : {candidate}"


def test_two_people_of_the_same_name_carry_a_mark(board, session):
    one = CandidateFactory(session=session, birth_name="Dupont", first_name="Martine")
    other = CandidateFactory(session=session, birth_name="DUPÔNT", first_name="Paul")
    alone = CandidateFactory(session=session, birth_name="Dupond", first_name="Paul")
    page = board()

    assert "≈ homonyme" in words(row(page, one))
    assert "≈ homonyme" in words(row(page, other))
    assert "homonyme" not in words(row(page, alone))


def test_the_list_is_in_the_order_of_names_whatever_happens(board, session, bank):
    for name in ("Œuvrard", "Zola", "Éluard", "d’Arc", "Faure", "ODIN"):
        CandidateFactory(session=session, birth_name=name, joined=True)
    expected = ["D’ARC Ada", "ÉLUARD Ada", "FAURE Ada", "ODIN Ada", "ŒUVRARD Ada", "ZOLA Ada"]
    before = names(board())

    zola = Candidate.objects.get(birth_name="Zola")
    situations.started(zola)
    exam_actions.ask_to_resume(zola, by=zola.user)

    assert before == names(board()) == expected


def test_the_counts_add_up(board, session, bank):
    CandidateFactory(session=session)
    situations.present(CandidateFactory(session=session))
    situations.started(session=session)
    situations.finished(session=session)
    situations.ended(session=session)

    chips = [words(chip) for chip in element(board(), "#chips").select("button")]

    assert chips == [
        "Inscrits 5",
        "Absents 1",
        "Présents 4",
        "En cours 1",
        "Terminés 2",
        "À traiter 1",  # whose end screen was not seen
    ]


def test_to_deal_with_are_those_who_ask_and_those_who_are_cut_off(board, session, bank):
    situations.started(session=session)
    silent(situations.started(session=session))
    asking = situations.started(session=session)
    exam_actions.ask_to_resume(asking.candidate, by=asking.candidate.user)

    page = board()

    assert words(element(page, "#chip-todo")) == "À traiter 2"
    assert len(element(page, "#rows").select("[data-situation~=todo]")) == 2


def test_the_header_says_where_when_who_and_the_code(board, session):
    page = board()

    info = words(element(page, "#board-head"))
    assert (
        f"Collège Anne Frank · Salle 208 · {session.date:%d/%m/%Y}, 9 h 00 · Surveillance prévue : Paul Éluard"
        in info
    )
    assert words(element(page, ".code-button")) == f"Code à donner {session.access_code}"
    assert "Avec vous : personne en ce moment" in info


def test_who_else_watches_is_named(board, session):
    InvigilatorAccessFactory(session=session, user__last_name="Noir")
    InvigilatorAccessFactory(session=session, user__last_name="Parti", ended_at=timezone.now())

    info = words(element(board(), "#board-head"))

    assert "Avec vous : Camille NOIR" in info
    assert "PARTI" not in info


def test_times_are_those_of_the_place(client, bank):
    with time_machine.travel("2026-12-13 22:05:00+00:00", tick=False):
        session = CandidateFactory(
            session__centre__time_zone="Pacific/Noumea", session__date=date(2026, 12, 14)
        ).session
        attempt = situations.started(session=session)
        client.force_login(situations.invigilator_of(session))
        page = client.get(url("board", session))

    assert "début 9 h 05 fin 10 h 50" in words(row(page, attempt.candidate))
    assert "Fin de salle 10 h 50 pour 1 candidat" in words(element(page, "#board-head"))


@pytest.mark.parametrize(
    ("present", "joined", "said"),
    [
        (False, True, "a rejoint la session"),
        (True, True, "peut commencer"),
        (True, False, "identification attendue"),
        (False, False, ""),
    ],
)
def test_before_the_start_a_row_says_what_is_awaited(board, session, bank, present, joined, said):
    candidate = CandidateFactory(session=session, joined=joined)
    actions.set_presence(candidate, present=present, by=UserFactory())

    assert words(row(board(), candidate).select_one(".sub")) == said


def joined_as(session, first_name, last_name):
    return CandidateFactory(
        session=session,
        birth_name="Œuvrard-d’Arc",
        first_name="Zoé Marie",
        joined=True,
        user__first_name=first_name,
        user__last_name=last_name,
    )


@pytest.mark.parametrize(
    ("first_name", "last_name"),
    [
        ("Zoé Marie", "Œuvrard-d’Arc"),
        ("ZOE", "OEUVRARD D'ARC"),
        ("Oeuvrard d Arc", "Zoe"),
        ("Zoé", "Durand"),
        ("", "Oeuvrard-D'Arc"),
        ("", ""),
    ],
)
def test_an_account_of_the_same_person_carries_no_mark(board, session, first_name, last_name):
    candidate = joined_as(session, first_name, last_name)

    assert not row(board(), candidate).select(".account")


def test_an_account_of_somebody_else_is_named_and_can_be_unlinked(board, session):
    candidate = joined_as(session, "Ada", "Martin")

    mark = row(board(), candidate).select_one(".account")

    assert words(mark) == f"Compte à un autre nom : Ada MARTIN Délier le compte : {candidate}"
    assert mark.select_one("a")["href"] == url("unlink", candidate)


def test_the_account_of_a_test_that_started_is_named_only(board, session, bank):
    candidate = situations.started(joined_as(session, "Ada", "Martin")).candidate

    mark = row(board(), candidate).select_one(".account")

    assert words(mark) == "Compte à un autre nom : Ada MARTIN"


def test_the_count_of_reports_opens_them(board, session):
    candidate = CandidateFactory(session=session)
    code = IncidentCode.objects.get(code="C5")
    actions.write_report(candidate, code=code, by=UserFactory(), screen=Screen.BOARD)

    flag = row(board(), candidate).select_one("a.reports")

    assert words(flag) == f"1 signalement : {candidate}"
    assert flag["href"] == url("reports", candidate)


def test_an_incident_is_told_by_one_press_on_the_row_of_a_test_that_runs(board, session, bank):
    running = situations.started(session=session).candidate
    waiting = CandidateFactory(session=session)
    page = board()

    flag = row(page, running).select_one("a.flag")

    assert words(flag.select_one("[aria-hidden]")) == "Incident"
    assert words(flag.select_one(".visually-hidden")) == f"Signaler un incident : {running}"
    assert flag["hx-get"] == url("report", running)
    assert row(page, waiting).select_one("a.flag") is None


def test_a_finalised_session_neither_ticks_nor_gives_the_code(board, session, bank):
    situations.finished(session=session)
    situations.finalised(session)
    page = board()

    assert "Cochez" not in words(element(page, "#rows-title"))
    assert [words(link) for link in element(page, "#board-actions").select("a")] == ["Quitter"]
    assert words(element(page, "#board-head .banner a")) == "Quitter"


def test_a_finalised_session_is_only_read(board, session, bank):
    CandidateFactory(session=session)
    situations.finished(session=session)
    situations.finalised(session)
    page = board()

    assert "Cette session est finalisée" in words(element(page, "#board-head .banner"))
    assert not element(page, "#board").select(".tick, .menu, .ask a")


def test_an_empty_session_says_so(board):
    assert "Aucun candidat n’est inscrit" in words(element(board(), "#rows"))


def test_a_name_is_never_markup(board, session):
    CandidateFactory(session=session, birth_name="<b>Durand</b>")

    assert names(board()) == ["<B>DURAND</B> Ada"]


@pytest.mark.parametrize("count", [1, 25])
def test_the_board_asks_the_same_number_of_queries_whatever_the_list(
    client, session, invigilator, bank, count, django_assert_num_queries
):
    for _ in range(count):
        attempt = situations.started(session=session)
        exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)
    client.get(url("board", session))

    # login session, user · exam session · silences, lapsed rights · own last look · exam session
    # · everybody and what they ask, rows · who else watches
    with django_assert_num_queries(10):
        response = client.get(url("board", session))

    assert len(names(response)) == count


def test_the_page_reloads_by_itself_without_javascript(board):
    assert element(board(), "noscript meta[http-equiv=refresh]")["content"] == "10"


def test_another_session_is_not_found(client, session, invigilator):
    assert client.get(url("board", CandidateFactory().session)).status_code == 404


def test_an_ended_access_opens_nothing(client, session):
    access = InvigilatorAccessFactory(session=session, ended_at=timezone.now())
    client.force_login(access.user)

    assert client.get(url("board", session)).status_code == 404
