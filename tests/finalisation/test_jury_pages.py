"""The officer decides on pages of his own; the candidate reads what he is told."""

import uuid

import pytest
from django.urls import reverse

from exam.scoring import Verdict
from finalisation import actions
from finalisation.models import Certification, JuryDecision
from sessions.models import Candidate
from tests import situations
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

WORDS = {"for_candidate": "Une aide extérieure.", "for_centre": "PV de fraude lu."}


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


@pytest.fixture
def attempt():
    attempt = situations.finished()
    situations.finalised(attempt.candidate.session)
    return attempt


def address(name, attempt, *args):
    return reverse(
        f"admin:exam_sessions_examsession_{name}",
        args=[attempt.candidate.session_id, attempt.candidate_id, *args],
    )


def posted(**fields):
    return {"operation": uuid.uuid4(), **fields}


def identity(candidate, **fields):
    return posted(
        birth_name=candidate.birth_name,
        first_name=candidate.first_name,
        birth_date=f"{candidate.birth_date:%d/%m/%Y}",
        sex=candidate.sex,
        birth_city=candidate.birth_city,
        why="Pièce d’identité lue.",
        **fields,
    )


def test_a_question_is_neutralised_from_the_page_of_the_candidate(client, officer, attempt, soup):
    page = soup(client.get(address("candidate", attempt)))
    link = page.find("a", string="Neutraliser Q7")["href"]

    client.post(link, posted(why="Image absente."))

    assert Certification.objects.get(attempt=attempt).counted == 47
    page = soup(client.get(address("candidate", attempt)))
    assert page.find("a", string="Rétablir Q7")
    assert "Neutralisée\u00a0: Image absente." in page.text


def test_the_question_is_read_before_it_is_neutralised(client, officer, attempt, soup):
    statement = attempt.answers.get(number=7).question.statement

    page = soup(client.get(address("neutralise", attempt, 7)))

    assert statement in page.find("blockquote").text


def test_a_ruling_without_reason_is_asked_again(client, officer, attempt):
    response = client.post(address("neutralise", attempt, 7), posted(why=" "))

    assert response.status_code == 422
    assert "Donnez la raison" in response.text


def test_a_certification_is_cancelled_with_a_word_to_each(client, officer, attempt, soup):
    client.post(address("certification", attempt), posted(verdict="cancelled", **WORDS))

    assert Certification.objects.get(attempt=attempt).verdict == Verdict.CANCELLED
    page = soup(client.get(address("candidate", attempt))).text
    assert "Une aide extérieure." in page
    assert "PV de fraude lu." in page


def test_the_choices_of_the_decision_are_a_group_with_its_name(client, officer, attempt, soup):
    (group,) = soup(client.get(address("certification", attempt))).select("main fieldset")

    assert group.legend.text == "Décision\u00a0:"
    assert [choice["value"] for choice in group.select("[type=radio]")] == [
        "",
        "rejected",
        "cancelled",
    ]


def test_what_is_to_correct_gets_the_focus(client, officer, attempt, soup):
    response = client.post(address("neutralise", attempt, 7), posted(why=" "))

    (focused,) = soup(response).select("[autofocus]")
    assert focused["name"] == "why"


def test_what_no_field_says_gets_the_focus(client, officer, attempt, soup):
    same = identity(attempt.candidate)
    response = client.post(address("identity", attempt), same)

    (focused,) = soup(response).select("[autofocus]")
    assert focused.get_text(strip=True).startswith("C’est déjà cette identité")


def test_what_became_of_a_decision_gets_the_focus(client, officer, attempt, soup):
    sent = posted(why="Image absente.")
    response = client.post(address("neutralise", attempt, 7), sent, follow=True)

    (focused,) = soup(response).select("[autofocus]")
    assert focused.get_text(strip=True) == "Le résultat est recalculé."


def test_the_former_decision_is_shown_to_be_changed(client, officer, attempt, soup):
    client.post(address("certification", attempt), posted(verdict="rejected", **WORDS))

    page = soup(client.get(address("certification", attempt)))

    assert page.find("input", {"value": "rejected"}).has_attr("checked")
    assert WORDS["for_centre"] in page.find("textarea", {"name": "for_centre"}).text


def test_a_cancelled_certification_asks_for_words(client, officer, attempt):
    response = client.post(address("certification", attempt), posted(verdict="cancelled"))

    assert response.status_code == 422
    assert "Dites au candidat pourquoi." in response.text
    assert not JuryDecision.objects.exists()


def test_an_identity_is_corrected_and_the_page_tells_the_former_one(client, officer, attempt, soup):
    candidate = attempt.candidate

    client.post(address("identity", attempt), identity(candidate) | {"birth_name": "Kirkov"})

    assert Candidate.objects.get(pk=candidate.pk).birth_name == "Kirkov"
    assert f"avant, {candidate}" in soup(client.get(address("candidate", attempt))).text


def test_the_sex_and_the_birth_place_are_corrected_and_the_former_ones_told(client, officer, soup):
    attempt = situations.finished(sex="M", birth_postcode="69003", birth_city="LYON")
    situations.finalised(attempt.candidate.session)
    true = {"sex": "F", "birth_insee_code": "35238", "birth_city": ""}

    client.post(address("identity", attempt), identity(attempt.candidate) | true)

    corrected = Candidate.objects.get(pk=attempt.candidate_id)
    assert (corrected.sex, corrected.birth_city) == ("F", "Rennes")
    assert "Masculin, 69003, LYON (" in soup(client.get(address("candidate", attempt))).text


def test_a_birth_place_that_does_not_exist_is_refused_with_its_sentence(client, officer, attempt):
    response = client.post(
        address("identity", attempt), identity(attempt.candidate, birth_country="Atlantide")
    )

    assert response.status_code == 422
    assert "«\u00a0Atlantide\u00a0» n’est pas un pays connu." in response.text


def test_an_impossible_birth_date_is_refused_with_its_sentence(client, officer, attempt):
    response = client.post(
        address("identity", attempt), identity(attempt.candidate) | {"birth_date": "31/02/2009"}
    )

    assert response.status_code == 422
    assert "Cette date n’existe pas" in response.text


def test_published_results_are_not_decided_upon(client, officer, attempt, soup):
    actions.publish(attempt.candidate.session, by=officer)

    page = soup(client.get(address("candidate", attempt)))
    response = client.post(address("neutralise", attempt, 7), posted(why="Trop tard."))

    assert not page.find("a", string="Neutraliser Q7")
    assert response.status_code == 409
    assert "L’état de la session ne permet pas cette action." in response.text
    assert "Trop tard." in response.text


def test_a_decision_about_published_results_is_not_asked_for(client, officer, attempt):
    actions.publish(attempt.candidate.session, by=officer)

    response = client.get(address("certification", attempt), follow=True)

    assert response.redirect_chain == [(address("candidate", attempt), 302)]
    assert "L’état de la session ne permet pas cette action." in response.text


def test_a_decision_does_not_cover_one_that_was_not_read(client, officer, attempt, soup):
    seen = soup(client.get(address("certification", attempt))).find("input", {"name": "seen"})
    other = UserFactory(officer=True)
    actions.decide_certification(attempt, verdict=Verdict.REJECTED, **WORDS, by=other)

    sent = posted(verdict="cancelled", for_candidate="Autre mot.", for_centre="Autre.")
    response = client.post(address("certification", attempt), {**sent, "seen": seen["value"]})

    assert response.status_code == 409
    assert f"{other} a décidé depuis" in response.text
    assert "Autre mot." in response.text
    assert JuryDecision.objects.get().verdict == Verdict.REJECTED


def test_once_the_other_decision_is_read_it_may_be_covered(client, officer, attempt, soup):
    actions.decide_certification(
        attempt, verdict=Verdict.REJECTED, **WORDS, by=UserFactory(officer=True)
    )
    refused = client.post(
        address("certification", attempt), posted(verdict="cancelled", seen="", **WORDS)
    )
    seen = soup(refused).find("input", {"name": "seen"})["value"]

    client.post(address("certification", attempt), posted(verdict="cancelled", seen=seen, **WORDS))

    assert JuryDecision.objects.get().verdict == Verdict.CANCELLED


def test_a_session_taken_by_a_colleague_meanwhile_is_not_taken_from_him(client, officer, attempt):
    session, colleague = attempt.candidate.session, UserFactory(officer=True)
    page = reverse("admin:exam_sessions_examsession_assign", args=[session.pk])
    actions.assign_officer(session, by=colleague)

    response = client.post(page, posted(seen=""))

    assert response.status_code == 409
    assert f"{colleague} a pris cette session en charge depuis." in response.text
    session.closing_file.refresh_from_db()
    assert session.closing_file.officer == colleague


def test_whoever_takes_a_session_from_a_colleague_reads_his_name_first(
    client, officer, attempt, soup
):
    session, colleague = attempt.candidate.session, UserFactory(officer=True)
    page = reverse("admin:exam_sessions_examsession_assign", args=[session.pk])
    actions.assign_officer(session, by=colleague)

    asked = client.get(page)
    client.post(page, posted(seen=soup(asked).find("input", {"name": "seen"})["value"]))

    assert f"{colleague}</strong> en est chargé." in asked.text
    session.closing_file.refresh_from_db()
    assert session.closing_file.officer == officer


def test_an_unknown_number_is_not_found(client, officer, attempt):
    assert client.get(address("neutralise", attempt, 49)).status_code == 404


def test_a_session_is_handed_over_on_its_page(client, officer, attempt):
    colleague = UserFactory(officer=True)
    session = attempt.candidate.session
    page = reverse("admin:exam_sessions_examsession_hand_over", args=[session.pk])

    client.post(page, posted(to=colleague.pk))

    session.closing_file.refresh_from_db()
    assert session.closing_file.officer == colleague


def test_the_candidate_reads_what_the_officer_tells_him(client, officer, attempt):
    actions.decide_certification(attempt, verdict=Verdict.REJECTED, **WORDS, by=officer)
    actions.publish(attempt.candidate.session, by=officer)
    client.force_login(attempt.candidate.user)

    page = client.get(reverse("results:my_results")).text

    assert "Certification non obtenue" in page
    assert "Une aide extérieure." in page
    assert "PV de fraude lu." not in page


def test_a_session_that_nobody_began_to_finalise_is_not_taken(client, officer):
    session = situations.started().candidate.session
    page = reverse("admin:exam_sessions_examsession_assign", args=[session.pk])

    assert client.get(page).status_code == 200
    assert client.post(page, posted(seen="")).status_code == 409
