from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from exam import actions as exam_actions
from exam.enums import GrantReason, Right
from exam.models import Attempt, Beat
from invigilation import actions
from invigilation.board import current
from invigilation.models import IncidentCode, Screen
from sessions import actions as session_actions
from sessions.models import InvigilatorAccess
from tests import situations
from tests.factories import CandidateFactory, UserFactory
from tests.invigilation.pages import element, live, normal, row, rows_sent, url, words

pytestmark = pytest.mark.django_db


def held(client, session):
    """What the page in the browser holds: its version, its list and its group on top."""
    page = client.get(url("board", session))
    return {
        "version": element(page, "#board")["data-version"],
        "r": element(page, "#rows")["data-roster"],
        "a": element(page, "#asks")["data-key"],
        "s": element(page, "#asks")["data-shown"],
    }


def test_nothing_moved_nothing_is_sent(client, session, invigilator):
    response = live(client, session, **held(client, session))

    assert response.status_code == 204
    assert not response.content


def test_only_the_rows_that_changed_are_sent(client, session, invigilator, bank):
    CandidateFactory(session=session)
    candidate = CandidateFactory(session=session)
    page = held(client, session)
    situations.present(candidate)

    response = live(client, session, **page)

    session.refresh_from_db()
    assert rows_sent(response) == [f"candidate-{candidate.pk}"]
    assert response["X-Board-Version"] == str(session.version)
    assert "Présents 1" in words(element(response, "#chips"))


def test_a_poll_renews_no_cookie_of_the_forms(client, session, invigilator, bank):
    """On its way while another account logs in, it would bring back the one of before."""
    page = held(client, session)
    situations.present(CandidateFactory(session=session))

    response = live(client, session, **page)

    assert rows_sent(response)
    assert settings.CSRF_COOKIE_NAME not in response.cookies


def test_every_part_sent_is_the_part_of_a_fresh_page(client, session, invigilator, bank):
    CandidateFactory(session=session)
    attempt = situations.started(session=session)
    page = held(client, session)
    exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)

    response = live(client, session, **page)
    fresh = client.get(url("board", session))

    for part in ("#chips", "#board-head", "#asks", f"#candidate-{attempt.candidate_id}"):
        assert normal(element(response, part)) == normal(element(fresh, part))
        assert element(response, part)["hx-swap-oob"] == "true"


def test_a_candidate_added_brings_the_whole_list(client, session, invigilator):
    first = CandidateFactory(session=session)
    page = held(client, session)
    added = session_actions.add_candidate(
        session,
        by=UserFactory(),
        birth_name="Zola",
        first_name="Émile",
        birth_date=first.birth_date,
    )

    response = live(client, session, **page)

    assert normal(element(response, "#rows")) == normal(
        element(client.get(url("board", session)), "#rows")
    )
    assert rows_sent(response) == [f"candidate-{first.pk}", f"candidate-{added.pk}"]


def test_a_candidate_removed_leaves_the_list(client, session, invigilator):
    kept, removed = CandidateFactory.create_batch(2, session=session)
    page = held(client, session)
    session_actions.remove_candidate(removed, by=UserFactory())

    response = live(client, session, **page)

    assert element(response, "#rows")
    assert rows_sent(response) == [f"candidate-{kept.pk}"]


def test_a_name_corrected_brings_the_list_in_its_new_order(client, session, invigilator):
    first = CandidateFactory(session=session, birth_name="Arago")
    CandidateFactory(session=session, birth_name="Bizet")
    page = held(client, session)
    session_actions.edit_candidate(
        first, by=UserFactory(), version=first.row_version, birth_name="Zola"
    )

    assert rows_sent(live(client, session, **page))[-1] == f"candidate-{first.pk}"


def test_a_finalisation_takes_every_action_away(client, session, invigilator, bank):
    situations.finished(session=session)
    page = held(client, session)
    situations.finalised(session)

    response = live(client, session, **page)

    assert "Cette session est finalisée" in words(element(response, "#board-head"))
    assert not element(response, "#rows").select(".menu, .tick")


def test_a_finalisation_takes_the_code_and_the_instruction_away(client, session, invigilator, bank):
    situations.finished(session=session)
    page = held(client, session)
    situations.finalised(session)

    response = live(client, session, **page)
    fresh = client.get(url("board", session))

    for part in ("#board-actions", "#rows-title"):
        assert normal(element(response, part)) == normal(element(fresh, part))
        assert element(response, part)["hx-swap-oob"] == "true"


def test_an_ordinary_poll_leaves_the_bar_alone(client, session, invigilator, bank):
    candidate = CandidateFactory(session=session)
    page = held(client, session)
    situations.present(candidate)

    response = live(client, session, **page)

    assert b'id="board-actions"' not in response.content
    assert b'id="rows-title"' not in response.content


def test_a_row_with_everything_to_say_is_that_of_a_fresh_page(client, session, invigilator, bank):
    candidate = CandidateFactory(session=session, joined=True)
    page = held(client, session)
    code = IncidentCode.objects.get(code="C5")
    actions.write_report(candidate, code=code, by=UserFactory(), screen=Screen.BOARD)

    sent = row(live(client, session, **page), candidate)

    assert sent.select(".account")
    assert sent.select(".reports")
    assert normal(sent) == normal(row(client.get(url("board", session)), candidate))


@pytest.fixture
def asking(session, bank):
    candidate = situations.started(session=session).candidate
    exam_actions.ask_to_resume(candidate, by=candidate.user)
    return candidate


def give_ten_minutes(candidate):
    exam_actions.grant_minutes(
        candidate.session,
        [candidate.pk],
        minutes=10,
        reason=GrantReason.ROOM,
        by=UserFactory(),
    )


def set_extra_time(candidate):
    actions.set_extra_time(candidate, percent=33, by=UserFactory())


@pytest.mark.parametrize("happens", [give_ten_minutes, set_extra_time])
def test_a_card_of_the_group_follows_what_another_tablet_does(
    client, session, invigilator, asking, happens
):
    page = held(client, session)
    happens(asking)

    group = element(live(client, session, **page), "#asks")

    assert normal(group) == normal(element(client.get(url("board", session)), "#asks"))
    assert group["data-shown"] != page["s"]
    # The bell rings by it.
    assert group["data-key"] == page["a"]


def test_time_that_passes_sends_no_card_again(client, session, invigilator, asking):
    page = held(client, session)
    situations.present(CandidateFactory(session=session))

    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
        response = live(client, session, **page)

    assert response.status_code == 200
    assert b'id="asks"' not in response.content


def test_the_group_on_top_is_sent_only_when_it_changes(client, session, invigilator, asking):
    ticked = CandidateFactory(session=session)
    page = held(client, session)
    situations.present(ticked)

    quiet = live(client, session, **page)
    actions.refuse_resume(asking, by=UserFactory())
    moved = live(client, session, **page)

    assert b'id="asks"' not in quiet.content
    assert "hidden" in element(moved, "#asks").attrs


def test_an_asking_row_that_did_not_move_is_not_sent_again(client, session, invigilator, bank):
    asking = situations.started(session=session).candidate
    exam_actions.ask_to_resume(asking, by=asking.user)
    moved = CandidateFactory(session=session)
    page = held(client, session)
    situations.present(moved)

    response = live(client, session, **page)

    assert rows_sent(response) == [f"candidate-{moved.pk}"]


def test_the_fifth_poll_turns_silence_into_a_fact(client, session, invigilator, bank):
    attempt = situations.started(session=session)
    page = held(client, session)
    Beat.objects.update(last_seen_at=timezone.now() - timedelta(minutes=2))

    before = live(client, session, **page, n=3)
    response = live(client, session, **page, n=4)

    assert before.status_code == 204
    assert "déconnecté depuis 2 min" in words(row(response, attempt.candidate))


def test_an_authorisation_left_unused_leaves_the_row(client, session, invigilator, bank):
    candidate = situations.started(session=session).candidate
    actions.authorise_resume(candidate, by=UserFactory())
    page = held(client, session)

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        Beat.objects.update(last_seen_at=timezone.now())
        response = live(client, session, **page, n=4)

    assert words(row(response, candidate).select_one(".badge")) == "En cours"
    assert Attempt.objects.get().right == Right.NONE


def test_another_invigilator_who_joins_is_named(client, session, invigilator):
    page = held(client, session)
    session_actions.join_as_invigilator(
        session.pk, session.password, by=UserFactory(last_name="Noir")
    )

    response = live(client, session, **page)

    assert "Camille NOIR" in words(element(response, "[hx-swap-oob]#watchers"))


def test_an_access_that_ended_leads_to_the_password(client, session, invigilator):
    page = held(client, session)
    (access,) = InvigilatorAccess.objects.filter(session=session)
    session_actions.revoke_invigilator(access, by=UserFactory())

    response = live(client, session, **page)

    assert response.status_code == 404
    assert response["HX-Redirect"] == f"{reverse('invigilation:join')}?session={session.pk}"
    assert f"Votre accès à la session {session.pk} est terminé" in words(
        element(client.get(response["HX-Redirect"]), "main")
    )


@pytest.mark.parametrize("version", ["", "abc", "-1", "²", "9" * 40])
def test_a_version_that_is_none_brings_everything(client, session, invigilator, version):
    candidate = CandidateFactory(session=session)

    assert rows_sent(live(client, session, version)) == [f"candidate-{candidate.pk}"]


def test_unchanged_checks_the_version_and_the_access(session, invigilator):
    assert current(session.pk, invigilator.pk, session.version).exists()
    assert not current(session.pk, invigilator.pk, session.version - 1).exists()
    assert not current(session.pk, UserFactory().pk, session.version).exists()


def test_unchanged_is_one_query(session, invigilator, django_assert_num_queries):
    with django_assert_num_queries(1):
        current(session.pk, invigilator.pk, session.version).exists()


def test_an_unchanged_poll_asks_who_and_whether(
    client, session, invigilator, django_assert_num_queries
):
    page = held(client, session)

    # login session, user · unchanged
    with django_assert_num_queries(3):
        response = live(client, session, **page)

    assert response.status_code == 204


@pytest.mark.parametrize("count", [1, 25])
def test_a_poll_asks_the_same_number_of_queries_whatever_moved(
    client, session, invigilator, bank, count, django_assert_num_queries
):
    page = held(client, session)
    for _ in range(count):
        attempt = situations.started(session=session)
        exam_actions.ask_to_resume(attempt.candidate, by=attempt.candidate.user)
    page["r"] = client.get(url("board", session)).context["roster"]

    # login session, user · unchanged · session · everybody and what they ask, rows
    with django_assert_num_queries(6):
        response = live(client, session, **page)

    assert len(rows_sent(response)) == count
