"""Two members on one closing file: each sees what the other wrote, and overwrites nothing."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from exam.models import Beat
from finalisation import actions
from finalisation.models import ClosingFile, UnfinishedTest
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from tests import situations
from tests.factories import CandidateFactory, UserFactory
from tests.finalisation.pages import HTMX, fields, missing, url, words
from tests.invigilation.pages import normal

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%minimal\n%%EOF\n"


@pytest.fixture
def roux():
    return UserFactory(first_name="Anne", last_name="Roux")


def poll_of(page):
    return page.select_one("#live")["hx-get"]


def add_document(session, by):
    return actions.add_document(
        session, upload=SimpleUploadedFile("feuille.pdf", PDF), kind="sheet", by=by
    )


def write(session, by, **comments):
    return actions.save_closing_file(session, by=by, comments=comments)


def test_when_nothing_moved_nothing_is_sent(client, session, member, soup):
    situations.ended(session=session)

    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))

    assert client.get(poll, **HTMX).status_code == 204


def test_what_another_member_wrote_is_sent_with_his_name(client, session, member, roux, soup):
    ended = situations.ended(session=session)
    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))

    with time_machine.travel(timezone.now().astimezone(session.zone).replace(hour=14, minute=2)):
        client.force_login(member)
        situations.give_reason(ended, "technical", by=roux)
        write(session, roux, documents_comment="Photo à suivre.")
        answer = client.get(poll, **HTMX)

    page = soup(answer, None)
    now = json.loads(page.select_one("#live")["data-now"])
    assert now[f"reason-{ended.pk}"] == "technical"
    assert now["documents_comment"] == "Photo à suivre."
    said = "enregistré par Anne ROUX à 14 h 02"
    assert words(page.select_one(f"#by-reason-{ended.pk}")) == said
    assert words(page.select_one("#by-documents_comment")) == said
    assert missing(answer) == []


def test_what_is_sent_is_the_elements_of_the_page(client, session, member, roux, soup):
    situations.ended(session=session)
    situations.finished(session=session)
    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))
    write(session, roux, has_incident=True, global_comment="Coupure.")

    answer = soup(client.get(poll, **HTMX), None)
    page = soup(client.get(url("closing_file", session)), None)

    parts = ["#live", "#missing", "#saved", "#document-list", "#room-notes"]
    parts += ["#by-has_incident", "#by-global_comment"]
    assert [normal(answer.select_one(part)) for part in parts] == [
        normal(page.select_one(part)) for part in parts
    ]


def test_a_report_of_the_room_is_sent(client, session, member, roux, soup):
    candidate = situations.ended(session=session).candidate
    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))
    invigilation_actions.write_report(
        candidate, code=IncidentCode.objects.get(code="C5"), by=roux, screen=Screen.BOARD
    )

    answer = soup(client.get(poll, **HTMX), None)

    assert "1 signalement" in words(answer.select_one(f"#reports-{candidate.pk}"))
    assert answer.select_one("#candidates") is None


def test_a_note_of_the_room_is_sent(client, session, member, roux, soup):
    situations.finished(session=session)
    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))
    invigilation_actions.write_note(session, text="Alarme à 10 h.", by=roux)

    answer = client.get(poll, **HTMX)

    assert "Alarme à 10 h." in words(soup(answer, "#room-notes"))


def test_a_document_that_another_member_adds_is_sent(client, session, member, roux, soup):
    situations.finished(session=session)
    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))
    add_document(session, roux)

    answer = client.get(poll, **HTMX)

    assert "feuille.pdf" in words(soup(answer, "#document-list"))


def test_a_document_that_another_member_removes_leaves_the_page(
    client, session, member, roux, soup
):
    situations.finished(session=session)
    document = add_document(session, roux)
    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))
    actions.remove_document(document, by=roux)

    answer = client.get(poll, **HTMX)

    assert "feuille.pdf" not in words(soup(answer, "#document-list"))


def test_a_test_that_starts_brings_the_lists_again(client, session, member, soup):
    candidate = CandidateFactory(session=session, joined=True)
    situations.finished(session=session)
    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))
    situations.started(candidate)

    answer = soup(client.get(poll, **HTMX), None)

    (step,) = answer.select("#candidates")
    assert step["hx-swap-oob"] == "true"
    assert f"reason-{candidate.attempt.pk}" in {each["name"] for each in step.select("select")}


def test_a_test_that_goes_silent_lifts_what_was_missing(client, session, member, soup):
    attempt = situations.started(session=session)
    situations.give_reason(attempt)
    page = client.get(url("closing_file", session))
    Beat.objects.filter(attempt=attempt).update(last_seen_at=timezone.now() - timedelta(minutes=6))

    answer = client.get(poll_of(soup(page, "main")), **HTMX)

    assert missing(page) == [f"#candidate-{attempt.candidate_id}"]
    assert missing(answer) == []


def test_who_has_the_page_open_sees_that_the_session_is_finalised(
    client, session, member, roux, soup
):
    situations.finished(session=session)
    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))
    actions.finalise(session, by=roux)

    answer = client.get(poll, **HTMX)

    assert answer["HX-Retarget"] == "#closing-file"
    assert "finalisée le" in words(soup(answer, "#closing-file"))
    assert soup(answer, None).select("#live") == []


def test_without_htmx_the_page_is_at_its_own_address(client, session, member):
    assert client.get(url("live", session)).url == url("closing_file", session)


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("rows", [1, 25])
def test_a_poll_takes_the_same_queries_whatever_the_room(
    client, session, member, roux, soup, django_assert_num_queries, rows, moved
):
    for candidate in CandidateFactory.create_batch(rows, session=session, joined=True):
        situations.ended(candidate)
    poll = poll_of(soup(client.get(url("closing_file", session)), "main"))
    write(session, roux, **({"documents_comment": "Photo."} if moved else {}))

    with django_assert_num_queries(12 if moved else 4):
        client.get(poll, **HTMX)


def test_a_save_on_an_older_value_is_refused_with_both_values(client, session, member, roux, soup):
    situations.finished(session=session)
    mine = fields(client.get(url("closing_file", session)))
    write(session, roux, documents_comment="Ses mots.")

    answer = client.post(
        url("closing_file", session), mine | {"documents_comment": "Mes mots."}, **HTMX
    )

    note = soup(answer, "#by-documents_comment")
    assert answer.status_code == 409
    assert "Anne ROUX a écrit entre-temps : « Ses mots. »." in words(note)
    assert note.select_one("[data-keep]")["data-theirs"] == "Ses mots."
    assert ClosingFile.objects.get().documents_comment == "Ses mots."
    # What is being typed is not sent back: it stays as it is on the page, and so does its start.
    assert soup(answer, None).select("textarea") == []
    initial = soup(answer, "#draft").find(attrs={"name": "initial-documents_comment"})
    assert initial.get("value", "") == ""


def test_the_answer_about_the_session_and_its_comment_have_each_their_author(
    client, session, member, roux, soup
):
    situations.finished(session=session)
    write(session, member, has_incident=True)
    write(session, roux, global_comment="Coupure.")

    page = soup(client.get(url("closing_file", session)), "main")

    assert f"enregistré par {member}" in words(page.select_one("#by-has_incident"))
    assert "enregistré par Anne ROUX" in words(page.select_one("#by-global_comment"))


def test_to_answer_for_the_session_gives_no_right_over_the_comment_of_another(
    client, session, member, roux, soup
):
    situations.finished(session=session)
    mine = fields(client.get(url("closing_file", session)))
    write(session, roux, has_incident=True, global_comment="Ses mots.")
    write(session, member, has_incident=False)

    answer = client.post(
        url("closing_file", session), mine | {"global_comment": "Mes mots."}, **HTMX
    )

    assert answer.status_code == 409
    assert "« Ses mots. »" in words(soup(answer, "#by-global_comment"))
    assert ClosingFile.objects.get().global_comment == "Ses mots."


def test_a_save_whose_answer_was_lost_is_no_conflict_with_oneself(client, session, member):
    ended = situations.ended(session=session)
    mine = fields(client.get(url("closing_file", session)))
    reason = f"reason-{ended.pk}"
    lost = {"documents_comment": "Une photo", reason: "candidate"}
    client.post(url("closing_file", session), mine | lost, **HTMX)

    again = {"documents_comment": "Une photo de l’écran", reason: "technical"}
    answer = client.post(url("closing_file", session), mine | again, **HTMX)

    assert answer.status_code == 200
    assert ClosingFile.objects.get().documents_comment == "Une photo de l’écran"
    assert UnfinishedTest.objects.get().reason == "technical"


def test_the_other_fields_of_a_refused_save_go_through(client, session, member, roux, soup):
    ended = situations.ended(session=session)
    mine = fields(client.get(url("closing_file", session)))
    write(session, roux, documents_comment="Ses mots.")

    changed = {"documents_comment": "Mes mots.", f"reason-{ended.pk}": "technical"}
    answer = client.post(url("closing_file", session), mine | changed, **HTMX)

    assert answer.status_code == 409
    assert UnfinishedTest.objects.get().given_by == member
    assert ClosingFile.objects.get().documents_comment == "Ses mots."


def test_without_javascript_both_values_are_on_the_page(client, session, member, roux, soup):
    situations.finished(session=session)
    mine = fields(client.get(url("closing_file", session)))
    write(session, roux, documents_comment="Ses mots.")

    changed = mine | {"documents_comment": "Mes mots."}
    refused = client.post(url("closing_file", session), changed)
    again = client.post(url("closing_file", session), fields(refused))

    assert refused.status_code == 409
    assert words(soup(refused, "#documents_comment")) == "Mes mots."
    assert "« Ses mots. »" in words(soup(refused, "#by-documents_comment"))
    assert again.status_code == 302
    assert ClosingFile.objects.get().documents_comment == "Mes mots."


def test_the_same_words_from_two_members_are_the_first_ones(client, session, member, roux):
    situations.finished(session=session)
    mine = fields(client.get(url("closing_file", session)))
    write(session, roux, documents_comment="Photo à suivre.")

    client.post(url("closing_file", session), mine | {"documents_comment": "Photo à suivre."})

    assert ClosingFile.objects.get().documents_comment_by == roux


def test_the_end_screen_says_who_saw_it(client, session, member, roux, soup):
    attempt = situations.finished(session=session)
    actions.save_closing_file(session, by=roux, end_screens={attempt.pk: True})

    page = soup(client.get(url("closing_file", session)), "main")

    assert "enregistré par Anne ROUX" in words(page.select_one(f"#by-seen-{attempt.pk}"))


def test_whatever_has_the_focus_can_find_it_again_where_it_is_replaced(
    client, session, member, roux, soup
):
    situations.ended(session=session)
    situations.started(session=session)
    situations.finished(session=session)
    add_document(session, roux)
    write(session, roux, has_incident=True, global_comment="L’image de la question 3 manquait.")
    invigilation_actions.write_note(session, text="Alarme.", by=roux)
    polled = soup(client.get(url("live", session), **HTMX), None)

    controls = polled.select("a, button, select, summary, input:not([type=hidden])")

    assert {"missing", "document-list", "room-notes", "hints"} <= {
        parent.get("id") for control in controls for parent in control.parents
    }
    assert [str(control) for control in controls if not control.get("id")] == []
