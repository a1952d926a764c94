from datetime import timedelta

import pytest
from django.utils import timezone

from exam import actions as exam_actions
from exam.enums import GrantReason
from exam.models import Attempt, Question
from invigilation import actions
from invigilation.models import IncidentCode, IncidentReport
from sessions.models import Candidate
from tests import situations
from tests.factories import QuestionFactory, UserFactory
from tests.invigilation.pages import HTMX, element, live, normal, row, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(bank, session, invigilator):
    attempt = situations.started(session=session, birth_name="Durand", first_name="Simon")
    QuestionFactory(competence=Question.objects.get(pk=attempt.question_ids[0]).competence)
    return raise_problem(attempt)


@pytest.fixture
def candidate(attempt):
    return attempt.candidate


def raise_problem(attempt):
    raised = {"number": 1, "text": "L’image est grise", "seat_key": attempt.seat_key}
    exam_actions.raise_problem(attempt, by=attempt.candidate.user, **raised)
    return attempt


def answer(client, name, attempt, **data):
    problem = attempt.problems.first().pk
    target = url(name, attempt.candidate)
    return client.post(target, {"problem": problem, "minutes": "0"} | data, **HTMX)


def told(response):
    return words(element(response, "[hx-swap-oob='innerHTML:#status']"))


def code(name):
    return IncidentCode.objects.get(code=name).pk


def choices(dialog):
    return [label.b.get_text() if label.b else label.strong.get_text() for label in dialog]


def test_the_row_says_which_question_waits(client, session, candidate):
    shown = row(client.get(url("board", session)), candidate)

    assert "Signalement en cours" in words(shown)
    assert words(shown.select_one(".question")) == "q. 1/48"
    assert words(shown.select_one(".note")).startswith("depuis ")


def test_who_raised_a_problem_is_on_top_with_his_words(client, session, candidate):
    group = element(client.get(url("board", session)), "#asks")

    assert "L’image est grise" in words(group)
    assert [words(link) for link in group.select(".actions a")] == [
        "Accepter : DURAND Simon",
        "Écarter : DURAND Simon",
    ]


def test_a_tablet_hears_of_the_problem(client, session, candidate):
    response = live(client, session, candidate.session.version - 1, a="")

    assert "Signalement en cours" in words(element(response, "#asks"))


def test_an_authorised_resume_is_cancelled_beside_a_problem(client, session, candidate):
    actions.authorise_resume(candidate, by=UserFactory())

    found = row(client.get(url("board", session)), candidate)

    assert "Signalement en cours" in words(found)
    assert found.select(f"#cancel-{candidate.pk}")
    assert not found.select(f"#authorise-{candidate.pk}")


def test_who_raised_a_problem_and_went_silent_is_said_to_be_offline(client, session, candidate):
    Attempt.objects.update(silent_since=timezone.now() - timedelta(minutes=3))

    found = row(client.get(url("board", session)), candidate)

    assert words(found.select_one(".badge")) == "Signalement en cours, déconnecté depuis 3 min"


def test_who_asks_to_resume_too_is_answered_on_both(client, session, candidate):
    exam_actions.ask_to_resume(candidate, by=candidate.user)

    group = element(client.get(url("board", session)), "#asks")
    assert {words(link).split(" : ")[0] for link in group.select(".actions a")} >= {
        "Accepter",
        "Écarter",
        "Autoriser",
        "Refuser",
    }


def test_the_dialog_shows_the_words_the_question_and_the_codes_that_fit(client, attempt):
    Question.objects.filter(pk=attempt.question_ids[0]).update(image="q/a.svg", image_alt="Un chat")

    dialog = element(client.get(url("problem_accept", attempt.candidate), **HTMX), "dialog")

    assert "L’image est grise" in words(dialog.select_one(".said"))
    assert "image" in words(dialog.select_one(".holds"))
    assert choices(dialog.select("fieldset > .choice")) == ["E1", "E2", "E7"]
    assert choices(dialog.select(".fold .choice")) == ["E3", "E4", "E5", "E6"]


@pytest.mark.parametrize("name", ["problem_accept", "problem_reject"])
def test_of_a_timed_question_that_he_has_not_begun_nothing_is_shown(client, attempt, name):
    question = Question.objects.get(pk=attempt.question_ids[0])
    Question.objects.filter(pk=question.pk).update(time_limit=60)
    Attempt.objects.filter(pk=attempt.pk).update(question_shown_at=None)

    dialog = element(client.get(url(name, attempt.candidate), **HTMX), "dialog")

    assert "ne l’a pas encore commencée" in words(dialog)
    assert "chronométrée (60 s)" in words(dialog)
    assert question.statement[:20] not in words(dialog)


def test_what_accepting_does_is_read_before_what_is_asked(client, attempt):
    dialog = words(element(client.get(url("problem_accept", attempt.candidate), **HTMX), "dialog"))

    assert dialog.index("Une autre question prend le numéro 1") < dialog.index("E1")


def test_the_words_and_the_minutes_lost_are_proposed(client, candidate):
    dialog = element(client.get(url("problem_accept", candidate), **HTMX), "dialog")

    assert dialog.select_one("textarea").get_text().strip() == "L’image est grise"
    assert dialog.select_one("[name=minutes]")["value"] == "1"


def test_accepting_says_that_the_question_is_replaced(client, attempt):
    response = answer(client, "problem_accept", attempt, code=code("E2"), minutes="3")

    assert response.status_code == 200
    assert told(response) == "La question 1 de DURAND Simon est remplacée ; 3 min ajoutées."
    assert IncidentReport.objects.get().code.code == "E2"
    assert Attempt.objects.get(pk=attempt.pk).granted_minutes == 3


@pytest.mark.parametrize(
    ("minutes", "added"), [("0", "."), ("1", " ; 1 min ajoutée."), ("6", " ; 6 min ajoutées.")]
)
def test_what_is_said_of_a_rejection_tells_the_minutes(client, attempt, minutes, added):
    response = answer(client, "problem_reject", attempt, word="Continuez.", minutes=minutes)

    sentence = "Le signalement de DURAND Simon est écarté ; votre mot est sur sa page"
    assert told(response) == sentence + added


@pytest.fixture
def with_a_third_more(attempt):
    Candidate.objects.filter(pk=attempt.candidate_id).update(extra_time_percent=33)
    return attempt


@pytest.mark.parametrize("name", ["problem_accept", "problem_reject"])
def test_the_window_says_that_the_extra_time_is_counted_already(client, with_a_third_more, name):
    dialog = element(client.get(url(name, with_a_third_more.candidate), **HTMX), "dialog")

    assert "Temps majoré 33 % déjà compté : + 35 min." in words(dialog)


@pytest.mark.parametrize(
    ("name", "told_with"), [("problem_accept", "code"), ("problem_reject", "word")]
)
def test_minutes_that_are_the_extra_time_are_asked_about_once(
    client, with_a_third_more, name, told_with
):
    data = {"code": code("E2"), "word": "Continuez."}
    sent = {told_with: data[told_with], "minutes": "35"}

    asked = answer(client, name, with_a_third_more, **sent)

    assert asked.status_code == 409
    assert "temps majoré 33 % déjà compté" in words(element(asked, "#to-confirm"))
    assert Attempt.objects.get().granted_minutes == 0
    assert not IncidentReport.objects.exists()

    sent["confirmed"] = element(asked, "[name=confirmed]")["value"]
    assert answer(client, name, with_a_third_more, **sent).status_code == 200
    assert Attempt.objects.get().granted_minutes == 35


def waits_since(attempt, minutes):
    raised_at = timezone.now() - timedelta(minutes=minutes) + timedelta(seconds=30)
    attempt.problems.update(raised_at=raised_at)


@pytest.mark.parametrize("name", ["problem_accept", "problem_reject"])
def test_after_an_error_the_minutes_left_as_proposed_follow_the_wait(client, attempt, name):
    waits_since(attempt, 6)

    response = answer(client, name, attempt, proposed="3", minutes="3")

    assert response.status_code == 422
    dialog = element(response, "dialog")
    assert dialog.select_one("[name=minutes]")["value"] == "6"
    assert dialog.select_one("[name=proposed]")["value"] == "6"
    assert "attend depuis 6 min" in words(dialog)


@pytest.mark.parametrize("name", ["problem_accept", "problem_reject"])
def test_after_an_error_the_minutes_changed_by_hand_stay(client, attempt, name):
    waits_since(attempt, 6)

    response = answer(client, name, attempt, proposed="3", minutes="10")

    dialog = element(response, "dialog")
    assert dialog.select_one("[name=minutes]")["value"] == "10"
    assert dialog.select_one("[name=proposed]")["value"] == "6"


def test_the_row_sent_is_that_of_a_fresh_page(client, session, attempt):
    response = answer(client, "problem_accept", attempt, code=code("E2"))

    page = client.get(url("board", session))
    assert normal(row(response, attempt.candidate)) == normal(row(page, attempt.candidate))


def test_what_is_missing_is_said_and_nothing_is_decided(client, attempt):
    response = answer(client, "problem_accept", attempt, code=code("E7"), description="")

    assert response.status_code == 422
    assert "Décrivez ce qui s’est passé." in words(element(response, "dialog"))
    assert attempt.problems.get().is_pending


@pytest.mark.parametrize("minutes", ["121", "trois", "-1"])
def test_odd_minutes_are_refused(client, attempt, minutes):
    response = answer(client, "problem_reject", attempt, word="Continuez", minutes=minutes)

    assert response.status_code == 422


def test_minutes_over_what_may_be_added_lose_nothing_of_what_was_written(
    client, session, invigilator, attempt
):
    for _ in range(2):
        exam_actions.grant_minutes(
            session,
            [attempt.candidate_id],
            minutes=115,
            reason=GrantReason.ROOM,
            by=invigilator,
        )
    reworded = {"description": "L’image reste grise.", "minutes": "20"}

    response = answer(client, "problem_accept", attempt, code=code("E1"), **reworded)

    assert response.status_code == 422
    assert "plus de 240 min en tout" in words(element(response, "#id_minutes_error"))
    assert "L’image reste grise." in words(element(response, "#id_description"))
    assert attempt.problems.get().is_pending


def test_rejecting_leaves_a_word(client, attempt):
    response = answer(client, "problem_reject", attempt, word="Continuez.")

    assert response.status_code == 200
    assert attempt.problems.get().word == "Continuez."


def test_an_answer_that_comes_second_is_told_the_first(client, attempt):
    answer(client, "problem_reject", attempt, word="Continuez.")

    response = answer(client, "problem_accept", attempt, code=code("E2"))

    assert response.status_code == 409
    assert "Ce signalement a déjà été écarté par" in response.content.decode()
    assert "En cours" in words(row(response, attempt.candidate))


def test_the_answer_is_about_the_problem_that_was_shown(client, attempt):
    shown = attempt.problems.get()
    exam_actions.withdraw_problem(shown, seat_key=attempt.seat_key, by=attempt.candidate.user)
    raise_problem(attempt)

    data = {"problem": shown.pk, "word": "Continuez.", "minutes": "0"}
    response = client.post(url("problem_reject", attempt.candidate), data, **HTMX)

    assert response.status_code == 409
    assert attempt.problems.first().is_pending


def test_a_dialog_asked_for_too_late_says_so(client, attempt):
    answer(client, "problem_reject", attempt, word="Continuez.")

    assert client.get(url("problem_accept", attempt.candidate), **HTMX).status_code == 409


def test_without_javascript_the_board_follows(client, session, attempt):
    data = {"problem": attempt.problems.get().pk, "word": "Continuez.", "minutes": "0"}

    response = client.post(url("problem_reject", attempt.candidate), data)

    assert response.url == url("board", session)
