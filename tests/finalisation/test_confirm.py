from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from finalisation import actions
from finalisation.models import ClosingFile, UnfinishedTest
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from sessions.enums import SessionState
from tests import situations
from tests.factories import CandidateFactory, MembershipFactory, UserFactory
from tests.finalisation.pages import HTMX, fields, missing, url, words

pytestmark = pytest.mark.django_db


def validate(client, session, **changes):
    sent = fields(client.get(url("closing_file", session)))
    return client.post(url("confirm", session), sent | changes)


def test_when_all_went_well_two_gestures_finalise(client, session, member, soup):
    situations.finished(session=session)
    asked = validate(client, session)

    response = client.post(url("confirm", session), fields(asked, "main form"), follow=True)

    session.refresh_from_db()
    assert (session.state, session.finalised_by) == (SessionState.FINALISED, member)
    assert response.redirect_chain == [(f"{url('closing_file', session)}#finalised", 302)]
    assert f"par {member}" in words(soup(response, "main .banner"))


def test_everything_missing_is_shown_at_once_and_what_was_typed_is_kept(
    client, session, member, soup
):
    running = situations.started(session=session, birth_name="Adam")
    ended = situations.ended(session=session, birth_name="Zola")

    response = validate(client, session, has_incident="yes", documents_comment="Une photo.")

    assert response.status_code == 422
    assert missing(response) == [
        f"#candidate-{running.candidate_id}",
        f"#reason-{running.pk}",
        f"#reason-{ended.pk}",
        "#global_comment",
    ]
    assert soup(response, "#missing .form-errors")["role"] == "alert"
    assert soup(response, f"#reason-{ended.pk}")["aria-invalid"] == "true"
    assert ClosingFile.objects.get().documents_comment == "Une photo."


def test_a_choice_taken_back_after_a_refusal_is_the_one_that_is_kept(client, session, member):
    ended = situations.ended(session=session)
    reason = f"reason-{ended.pk}"
    refused = validate(client, session, has_incident="yes", **{reason: "technical"})
    assert refused.status_code == 422

    client.post(
        url("confirm", session), fields(refused) | {"has_incident": "no", reason: "candidate"}
    )
    client.post(url("confirm", session), fields(refused) | {"has_incident": "no", reason: ""})

    assert not ClosingFile.objects.get().has_incident
    assert not UnfinishedTest.objects.exists()


def test_what_was_sent_without_an_answer_is_written_when_it_is_taken_back(client, session, member):
    ended, done = situations.ended(session=session), situations.finished(session=session)
    reason, shown = f"reason-{ended.pk}", fields(client.get(url("closing_file", session)))
    sent = {"has_incident": "yes", reason: "technical", "seen": [done.pk]}
    client.post(url("closing_file", session), shown | sent, **HTMX)

    unsure = {"unsure": ["has_incident", reason], "unsure-seen": [done.pk]}
    client.post(url("closing_file", session), shown | unsure, **HTMX)

    done.refresh_from_db()
    assert not ClosingFile.objects.get().has_incident
    assert not UnfinishedTest.objects.exists()
    assert done.end_screen_seen_at is None


def test_the_confirmation_counts_what_is_sent(client, session, member, soup):
    situations.finished(session=session)
    ended = situations.ended(session=session)
    left = situations.ended(session=session)
    CandidateFactory(session=session)
    reasons = {f"reason-{ended.pk}": "technical", f"reason-{left.pk}": "candidate"}

    response = validate(client, session, **reasons)

    facts = words(soup(response, ".facts"))
    assert "Certifications terminées 1, dont 1 écran de fin du test non coché" in facts
    assert "Tests non terminés 2 : 1 abandon du candidat, 1 problème technique" in facts
    assert "N’ont pas commencé 1" in facts
    assert UnfinishedTest.objects.get(attempt=ended).reason == "technical"


@pytest.mark.parametrize(
    ("absent", "sentence"),
    [
        (0, "Tous les candidats inscrits ont commencé leur test."),
        (1, "le candidat qui n’a pas commencé ne pourra plus passer son test."),
        (2, "les 2 candidats qui n’ont pas commencé ne pourront plus passer leur test."),
    ],
)
def test_before_the_end_the_confirmation_says_who_could_no_longer_sit(
    client, session, member, soup, absent, sentence
):
    situations.finished(session=session)
    CandidateFactory.create_batch(absent, session=session)

    with time_machine.travel(session.ends_at - timedelta(minutes=3)):
        client.force_login(member)
        warning = words(soup(validate(client, session), "main .banner.is-wait"))

    assert warning.startswith("La session se termine à 10 h 45.")
    assert sentence in warning


def test_after_the_end_the_confirmation_says_nothing_of_the_hour(client, session, member):
    situations.finished(session=session)
    CandidateFactory(session=session)

    with time_machine.travel(session.ends_at + timedelta(minutes=3)):
        client.force_login(member)
        asked = validate(client, session)

    assert "se termine" not in asked.text


def test_asking_to_confirm_does_not_finalise(client, session, member):
    situations.finished(session=session)

    validate(client, session)

    session.refresh_from_db()
    assert session.is_open


def test_a_dialog_opens_for_htmx_and_the_draft_moves_on(client, session, member, soup):
    situations.finished(session=session)
    sent = fields(client.get(url("closing_file", session)))

    response = client.post(
        url("confirm", session), sent | {"documents_comment": "Une photo."}, **HTMX
    )

    assert soup(response, "dialog #dialog-title")
    assert soup(response, "#draft [name=initial-documents_comment]")["value"] == "Une photo."


def test_what_is_missing_takes_the_place_of_the_page_for_htmx(client, session, member):
    situations.ended(session=session)
    sent = fields(client.get(url("closing_file", session)))

    response = client.post(url("confirm", session), sent, **HTMX)

    assert response.status_code == 422
    assert response["HX-Retarget"] == "#closing-file"


def test_a_reason_chosen_for_a_test_that_finished_meanwhile_is_dropped_and_shown(
    client, session, member, soup
):
    attempt = situations.started(session=session)
    sent = fields(client.get(url("closing_file", session)))
    situations.answer_all(attempt, value=[1])

    response = client.post(url("confirm", session), sent | {f"reason-{attempt.pk}": "candidate"})

    assert f"{attempt.candidate} a terminé son test entre-temps" in words(soup(response, "main"))
    assert not UnfinishedTest.objects.exists()


def test_a_reason_kept_before_the_test_finished_is_shown_too(client, session, member, soup):
    attempt = situations.started(session=session)
    situations.give_reason(attempt)
    situations.answer_all(attempt, value=[1])

    response = validate(client, session)

    assert f"{attempt.candidate} a terminé son test entre-temps" in words(soup(response, "main"))


def test_a_confirmation_that_is_out_of_date_finalises_nothing(client, session, member, soup):
    attempt = situations.finished(session=session)
    confirmation = fields(validate(client, session), "main form")
    validate(client, session, seen=[attempt.pk])

    response = client.post(url("confirm", session), confirmation)

    session.refresh_from_db()
    assert response.status_code == 409
    assert "Quelque chose a changé" in words(soup(response, ".form-errors"))
    assert session.is_open


def report_by_another(candidate):
    invigilation_actions.write_report(
        candidate,
        code=IncidentCode.objects.get(code="C5"),
        by=UserFactory(),
        screen=Screen.BOARD,
    )


def document_by_another(candidate):
    upload = SimpleUploadedFile("feuille.pdf", b"%PDF-1.7\n%minimal\n%%EOF\n")
    actions.add_document(candidate.session, upload=upload, kind="sheet", by=UserFactory())


def candidate_by_another(candidate):
    CandidateFactory(session=candidate.session)


@pytest.mark.parametrize("happens", [report_by_another, document_by_another, candidate_by_another])
def test_what_came_since_the_confirmation_is_not_sent_unseen(
    client, session, member, soup, happens
):
    attempt = situations.finished(session=session)
    confirmation = fields(validate(client, session), "main form")
    happens(attempt.candidate)

    response = client.post(url("confirm", session), confirmation)

    session.refresh_from_db()
    assert response.status_code == 409
    assert "Quelque chose a changé" in words(soup(response, ".form-errors"))
    assert session.is_open


def test_a_test_that_started_since_the_confirmation_blocks_it(client, session, member):
    situations.finished(session=session)
    confirmation = fields(validate(client, session), "main form")
    late = situations.started(session=session)

    response = client.post(url("confirm", session), confirmation)

    assert response.status_code == 422
    assert f"#candidate-{late.candidate_id}" in missing(response)


def test_confirming_twice_finalises_once(client, session, member):
    situations.finished(session=session)
    confirmation = fields(validate(client, session), "main form")
    client.post(url("confirm", session), confirmation)

    response = client.post(url("confirm", session), confirmation)

    assert response.status_code == 302


def test_the_second_member_to_confirm_is_told_who_did_it_and_when(client, session, member, soup):
    situations.finished(session=session)
    confirmation = fields(validate(client, session), "main form")
    client.post(url("confirm", session), confirmation)
    client.force_login(MembershipFactory(centre=session.centre).user)

    response = client.post(url("confirm", session), confirmation)

    assert response.status_code == 409
    assert f"déjà été finalisée par {member}, le" in words(soup(response, ".form-errors"))


def test_an_empty_comment_under_an_incident_is_missing(client, session, member):
    situations.finished(session=session)

    response = validate(client, session, has_incident="yes", global_comment="  ")

    assert response.status_code == 422
    assert missing(response) == ["#global_comment"]


def test_a_session_where_nobody_started_is_refused(client, session, member, soup):
    response = client.post(url("confirm", session), {})

    assert response.status_code == 409
    assert "Aucun test n’a commencé" in words(soup(response, ".form-errors"))


def test_reading_the_address_of_the_confirmation_leads_to_the_page(client, session, member):
    assert client.get(url("confirm", session)).url == url("closing_file", session)


def test_a_member_of_another_centre_finds_nothing(client, session, member):
    situations.finished(session=session)
    client.force_login(MembershipFactory(user=UserFactory()).user)

    assert client.post(url("confirm", session), {"confirmed": "x"}).status_code == 404
